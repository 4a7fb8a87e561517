//! reqwest as a process behind the client contract: `wireproof run --client reqwest`.

use std::process::ExitCode;

fn main() -> ExitCode {
    wireproof_client::contract::serve(&wireproof_client_reqwest::Reqwest)
}
