//! Clients that are wrong in one point each, and thereby prove that a case can fail.
//!
//! A mutant is the conforming [`Policy`] with one field changed, under a name that says what is wrong. Nothing in
//! the client knows of them. Whatever they do for too long is bounded by the deadline of the job.
//!
//! A variant is made the same way and is not wrong: it chooses otherwise where specifications leave the choice, so
//! that no case can fail for it. It proves that an answer of a survey can be given.

use std::sync::LazyLock;

use crate::reference::{Policy, Reference};

/// A client with one fault, or one choice of its own.
#[derive(Debug, Clone, Copy)]
pub struct Mutant {
    /// A slug that says what it does, or does wrong.
    pub name: &'static str,
    /// The same in a sentence.
    pub about: &'static str,
    apply: fn(&mut Policy),
}

impl Mutant {
    /// Its policy: the default with one field changed.
    pub fn policy(&self) -> Policy {
        let mut policy = Policy::default();
        (self.apply)(&mut policy);
        policy
    }

    /// The client that does so.
    pub fn client(&self) -> Reference {
        Reference::new(self.policy())
    }
}

/// All mutants, chapter by chapter.
pub fn all() -> &'static [Mutant] {
    static ALL: LazyLock<Vec<Mutant>> = LazyLock::new(|| {
        [
            requests::MUTANTS,
            uploads::MUTANTS,
            heads::MUTANTS,
            framing::MUTANTS,
            codings::MUTANTS,
            text::MUTANTS,
            ranges::MUTANTS,
            connections::MUTANTS,
            time::MUTANTS,
            redirects::MUTANTS,
            auth::MUTANTS,
            proxies::MUTANTS,
        ]
        .concat()
    });
    &ALL
}

/// All variants: they choose otherwise where it is left to a client, as some real client does.
pub fn variants() -> &'static [Mutant] {
    choices::MUTANTS
}

/// The mutant or variant of this name.
pub fn find(name: &str) -> Option<&'static Mutant> {
    all().iter().chain(variants()).find(|mutant| mutant.name == name)
}

/// `"name": "what it does" => field = value;`
macro_rules! mutants {
    ($($name:literal: $about:literal => $field:ident = $value:expr;)*) => {
        pub(super) const MUTANTS: &[Mutant] = &[$(
            Mutant { name: $name, about: $about, apply: |policy: &mut Policy| policy.$field = $value },
        )*];
    };
}

mod auth;
mod choices;
mod codings;
mod connections;
mod framing;
mod heads;
mod proxies;
mod ranges;
mod redirects;
mod requests;
mod text;
mod time;
mod uploads;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn all_and_variants() -> Vec<Mutant> {
        [all(), variants()].concat()
    }

    #[test]
    fn names_are_unique_slugs() {
        let names: BTreeSet<&str> = all_and_variants().iter().map(|mutant| mutant.name).collect();
        assert_eq!(names.len(), all().len() + variants().len());
        for name in names {
            let is_slug = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            // A version has a dot.
            let name = name.strip_suffix("-1.2").unwrap_or(name);
            assert!(name.bytes().all(is_slug) && !name.starts_with('-') && !name.ends_with('-'), "{name}");
        }
        assert!(
            all_and_variants()
                .iter()
                .all(|mutant| find(mutant.name).is_some_and(|found| found.name == mutant.name))
        );
    }

    #[test]
    fn each_differs_from_the_default_and_from_every_other() {
        let all = all_and_variants();
        for (at, mutant) in all.iter().enumerate() {
            assert_ne!(mutant.policy(), Policy::default(), "{}", mutant.name);
            let same = all[..at].iter().find(|other| other.policy() == mutant.policy());
            assert!(same.is_none(), "{} is {}", mutant.name, same.map_or("", |same| same.name));
        }
    }
}
