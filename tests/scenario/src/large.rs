//! Large captures for benchmarks.
pub fn write(_: &std::path::Path, _: u64, _: u64) -> std::io::Result<()> {
    Ok(())
}
