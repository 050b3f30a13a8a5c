//! Bytes ↔ messages, without judging: what is odd is kept and noted, never lost.
