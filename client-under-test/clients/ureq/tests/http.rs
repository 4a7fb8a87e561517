//! Every case as a test of ureq, in this process.

use std::process::ExitCode;

use wireproof::testing::Conformance;
use wireproof_client_ureq::Ureq;

fn main() -> ExitCode {
    Conformance::of(Ureq).known("known.yaml").strict().run()
}
