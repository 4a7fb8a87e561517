//! The `wireproof` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    wireproof::cli::main()
}
