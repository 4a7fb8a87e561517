//! The rows that can be said as cases, with a token of this run in every answer.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hasher, RandomState},
};

use crate::{
    plan::Scale,
    scenario::{self, Known, Scenario, SourceFile},
};

/// The pages, by path.
const PAGES: [(&str, &str); 7] = [
    ("certification/conduct.yaml", include_str!("../../certification/conduct.yaml")),
    ("certification/environment.yaml", include_str!("../../certification/environment.yaml")),
    ("certification/errors.yaml", include_str!("../../certification/errors.yaml")),
    ("certification/fields.yaml", include_str!("../../certification/fields.yaml")),
    ("certification/plain.yaml", include_str!("../../certification/plain.yaml")),
    ("certification/sessions.yaml", include_str!("../../certification/sessions.yaml")),
    ("certification/timers.yaml", include_str!("../../certification/timers.yaml")),
];

/// The page of switches is the longest by far.
const SWITCHES: (&str, &str) =
    ("certification/switches.yaml", include_str!("../../certification/switches.yaml"));

/// What the token is written as.
const PLACE: &str = "TOKEN";

/// All cases of certification, by their own ids.
pub struct Page(HashMap<String, Scenario>);

impl Page {
    /// The cases, with a token drawn for this run.
    ///
    /// # Errors
    /// The faults of the pages: our fault.
    pub fn draw(scale: Scale) -> Result<Self, String> {
        let token = token();
        let sources: Vec<SourceFile> = PAGES
            .into_iter()
            .chain([SWITCHES])
            .map(|(path, text)| SourceFile {
                path: path.to_owned(),
                bytes: text.replace(PLACE, &token).into_bytes(),
            })
            .collect();
        let known = Known { time_scale: scale.factor(), ..Known::anything() };
        let scenarios = scenario::parse(&sources, &known)
            .map_err(|faults| crate::error::render(&faults, false).trim().to_owned())?;
        Ok(Self(scenarios.into_iter().map(|scenario| (scenario.id.case.clone(), scenario)).collect()))
    }

    /// All cases, in no order.
    pub fn cases(&self) -> impl Iterator<Item = &Scenario> {
        self.0.values()
    }

    pub(super) fn case(&self, id: &str) -> Option<&Scenario> {
        self.0.get(id)
    }
}

/// Ten letters and digits, a letter first so that no page reads them as a number. A hasher's keys are random, and
/// nothing else of the standard library is.
fn token() -> String {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut left = RandomState::new().build_hasher().finish();
    let mut token = String::from("t");
    for _ in 0..9 {
        token.push(char::from(LETTERS[usize::try_from(left % 36).unwrap_or_default()]));
        left /= 36;
    }
    token
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_are_ten_long() {
        let (one, other) = (token(), token());
        assert!(one != other && one.len() == 10 && one.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }

    #[test]
    fn every_case_is_read_and_holds_the_token() {
        let page = Page::draw(Scale::ONE).unwrap_or_else(|faults| panic!("{faults}"));
        let cases = PAGES.iter().chain([&SWITCHES]).map(|(_, text)| text.matches("\n  - id: ").count());
        assert_eq!(page.cases().count(), cases.sum::<usize>());
        for (path, text) in PAGES.iter().chain([&SWITCHES]) {
            assert!(text.contains(PLACE), "{path}");
        }
    }
}
