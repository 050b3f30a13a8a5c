//! The `rcshark` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    rcshark::cli::run()
}
