//! Builds captures of CPM group sessions, with the truth beside them, for tests, samples and benchmarks.
