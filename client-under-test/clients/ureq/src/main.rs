//! ureq as a process behind the client contract: `wireproof run --client ureq`.

use std::process::ExitCode;

fn main() -> ExitCode {
    wireproof_client::contract::serve(&wireproof_client_ureq::Ureq)
}
