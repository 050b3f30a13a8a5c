//! How far a live capture has come, for whoever wants to show it.

/// How far a live capture has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveStatus {
    pub frames: u64,
    /// Bytes in the file.
    pub bytes: u64,
    /// Packets that the system had to drop.
    pub dropped: u64,
    /// Why it ended, when nobody stopped it: a limit, or what failed.
    pub ended: Vec<String>,
    /// Did something fail? What came before is in the file.
    pub failed: bool,
}
