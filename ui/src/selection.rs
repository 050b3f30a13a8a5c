//! What the user looks at.

/// The one thing that is selected; all panels show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// Nothing was chosen yet.
    #[default]
    Nothing,
    /// A capture as a whole, by its place among the open ones.
    Capture(usize),
    /// A session, by the place of its capture and its own in there.
    Session { capture: usize, session: usize },
}

impl Selection {
    pub fn session(self) -> Option<usize> {
        match self {
            Selection::Session { session, .. } => Some(session),
            Selection::Nothing | Selection::Capture(_) => None,
        }
    }

    pub fn capture(self) -> Option<usize> {
        match self {
            Selection::Nothing => None,
            Selection::Capture(capture) | Selection::Session { capture, .. } => Some(capture),
        }
    }
}
