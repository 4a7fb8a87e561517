//! Every case as a test of reqwest, in this process.

use std::process::ExitCode;

use wireproof::testing::Conformance;
use wireproof_client_reqwest::Reqwest;

fn main() -> ExitCode {
    Conformance::of(Reqwest).known("known.yaml").strict().run()
}
