//! `wireproof list`

use super::{Failure, ListArgs, suite};
use crate::{plan::Scale, report::exit, scenario::scalar::Word as _};

pub(super) fn list(args: &ListArgs) -> Result<u8, Failure> {
    let scenarios = suite::chosen(&args.choice, Scale::ONE)?;
    let dim = anstyle::Style::new().dimmed();
    for scenario in &scenarios {
        let (level, about) = (scenario.level.word(), &scenario.about);
        anstream::println!("{}  {dim}{level}, {}: {about}{dim:#}", scenario.id, scenario.spec);
    }
    Ok(exit::CONFORMS)
}
