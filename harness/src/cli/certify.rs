//! `wireproof certify`: whether an adapter may speak for its client.

use std::num::NonZero;

use clap::Args;

use super::{Failure, clients::Chosen, reports::Format};
use crate::{
    certify::{Certificate, Certification, certify},
    plan::Scale,
    report::{self, exit},
    run::Stand,
};

/// One process for the hello; certification starts its own.
const PLACES: usize = 1;

#[derive(Debug, Args)]
pub(super) struct CertifyArgs {
    /// The client: the folder of its adapter, the name of a bundled one, `reference` or `mutant:NAME`
    #[arg(long, value_name = "NAME|PATH", env = "WIREPROOF_CLIENT")]
    client: String,
    /// Stretch all times by this factor, for slow machines; at least 1
    #[arg(long, value_name = "X", default_value = "1", value_parser = super::scale)]
    time_scale: Scale,
    /// How to write the certificate; for programs, one JSON object
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(args: &CertifyArgs) -> Result<u8, Failure> {
    let (certificate, notes) = match Chosen::find(&args.client)?.start(PLACES) {
        Ok(driver) => {
            let stand = Stand::new(driver)?;
            (certify(&stand, args.time_scale, None), stand.close())
        }
        Err(unstarted) => (Certificate::without_hello(&unstarted.name, &unstarted.why), Vec::new()),
    };
    match args.format {
        Format::Text => anstream::print!("{}", report::certificate(&certificate)),
        Format::Json => {
            let text = serde_json::to_string(&certificate).map_err(std::io::Error::other)?;
            anstream::println!("{text}");
        }
    }
    for amiss in notes {
        anstream::eprintln!("note: {amiss}");
    }
    Ok(status(&certificate))
}

/// Certifies the adapter before its client is run, where there is one and nobody said not to.
pub(super) fn before_a_run(
    stand: &Stand,
    scale: Scale,
    jobs: Option<NonZero<usize>>,
    skip: bool,
) -> Certification {
    match () {
        () if !stand.driver().has_adapter() => Certification::NotNeeded,
        () if skip => Certification::Skipped,
        () => Certification::Asked(certify(stand, scale, jobs)),
    }
}

fn status(certificate: &Certificate) -> u8 {
    if certificate.is_met() { exit::CONFORMS } else { exit::BROKEN }
}
