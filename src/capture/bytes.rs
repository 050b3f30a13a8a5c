//! Numbers in the byte order of the file they stand in.

/// The byte order of a file, or of one section of a pcapng file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    #[inline]
    pub fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Order::Little => u16::from_le_bytes(bytes),
            Order::Big => u16::from_be_bytes(bytes),
        }
    }

    #[inline]
    pub fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Order::Little => u32::from_le_bytes(bytes),
            Order::Big => u32::from_be_bytes(bytes),
        }
    }

    #[inline]
    pub fn i64(self, bytes: [u8; 8]) -> i64 {
        match self {
            Order::Little => i64::from_le_bytes(bytes),
            Order::Big => i64::from_be_bytes(bytes),
        }
    }

    /// The `N` numbers of 16 bits that stand at `at`.
    #[inline]
    pub fn u16s<const N: usize>(self, bytes: &[u8], at: usize) -> Option<[u16; N]> {
        let words = bytes.get(at..)?.as_chunks::<2>().0.first_chunk::<N>()?;
        Some(words.map(|word| self.u16(word)))
    }

    /// The `N` numbers of 32 bits that stand at `at`.
    #[inline]
    pub fn u32s<const N: usize>(self, bytes: &[u8], at: usize) -> Option<[u32; N]> {
        let words = bytes.get(at..)?.as_chunks::<4>().0.first_chunk::<N>()?;
        Some(words.map(|word| self.u32(word)))
    }
}
