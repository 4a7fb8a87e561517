//! How a client behaves, a line a case: kept and reviewed, so that an upgrade of the client shows as a diff.

pub mod chance;

use std::{collections::BTreeMap, fmt};

use wireproof_client::capabilities::Hello;

use crate::verdict::{Behaviour, Word};

/// The behaviour of one version of a client on one operating system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Whose it is.
    pub of: Subject,
    /// By case.
    pub cases: BTreeMap<String, Behaviour>,
}

/// Whose behaviour a profile describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The client's name.
    pub client: String,
    /// Its version.
    pub version: String,
    /// What it is written in.
    pub language: String,
    /// The operating system: sockets end differently on others.
    pub system: String,
}

impl Subject {
    /// A client on this machine.
    pub fn here(hello: &Hello) -> Self {
        Self {
            client: hello.client.clone(),
            version: hello.version.clone(),
            language: hello.language.clone(),
            system: std::env::consts::OS.to_owned(),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({}) on {}", self.client, self.version, self.language, self.system)
    }
}

/// What a profile is written as. Values are one line each.
const HEAD: [&str; 4] = ["client", "version", "language", "system"];

impl Profile {
    /// What cases came to.
    pub fn new(of: Subject, cases: impl IntoIterator<Item = (String, Behaviour)>) -> Self {
        let mut profile = Self { of, cases: BTreeMap::new() };
        for (case, behaviour) in cases {
            profile.enter(case, behaviour);
        }
        profile
    }

    /// Enters what a case came to, in the place of what it came to before.
    pub fn enter(&mut self, case: String, behaviour: Behaviour) {
        let behaviour = chance::settled(&case, behaviour);
        self.cases.insert(case, behaviour);
    }

    /// Reads what its `Display` wrote, also where a snapshot's own header stands before it.
    ///
    /// # Errors
    /// What is wrong, and in which line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut lines = text.lines().enumerate().peekable();
        if lines.next_if(|(_, line)| *line == "---").is_some() {
            lines.by_ref().find(|(_, line)| *line == "---");
        }
        let mut head = HEAD.map(|name| {
            let (_, line) = lines.next()?;
            Some(line.strip_prefix(name)?.strip_prefix(':')?.trim().to_owned())
        });
        let mut taken = |index: usize| {
            head[index].take().ok_or_else(|| format!("it is no profile: it does not say its {}", HEAD[index]))
        };
        let of = Subject { client: taken(0)?, version: taken(1)?, language: taken(2)?, system: taken(3)? };
        let mut cases = BTreeMap::new();
        for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let (case, behaviour) = behaviour(line)
                .ok_or_else(|| format!("line {}: `CASE VERDICT (LABEL)` is expected", index + 1))?;
            if cases.insert(case, behaviour).is_some() {
                return Err(format!("line {}: this case is there twice", index + 1));
            }
        }
        Ok(Self { of, cases })
    }
}

fn behaviour(line: &str) -> Option<(String, Behaviour)> {
    let (case, rest) = line.split_once(' ')?;
    let (word, label) = match rest.split_once(" (") {
        Some((word, label)) => (word, Some(label.strip_suffix(')')?.to_owned())),
        None => (rest, None),
    };
    Some((case.to_owned(), Behaviour { word: Word::read(word)?, label }))
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Subject { client, version, language, system } = &self.of;
        for (name, value) in HEAD.into_iter().zip([client, version, language, system]) {
            writeln!(f, "{}", format!("{name}: {value}").trim_end())?;
        }
        writeln!(f)?;
        self.cases.iter().try_for_each(|(case, behaviour)| writeln!(f, "{case} {behaviour}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "client: agent\nversion: 3.13.0\nlanguage: Python 3.13.0\nsystem: linux\n\n\
                        a/b/c pass\na/b/d survey (repeats the request (twice))\na/c/e fail\n";

    #[test]
    fn a_profile_reads_as_it_is_written() {
        let profile = Profile::parse(TEXT).unwrap();
        assert_eq!(profile.of.version, "3.13.0");
        let label = Some("repeats the request (twice)".to_owned());
        assert_eq!(profile.cases["a/b/d"], Behaviour { word: Word::Survey, label });
        assert_eq!(profile.to_string(), TEXT);
        let snapshot = format!("---\nsource: some test\n---\n{TEXT}");
        assert_eq!(Profile::parse(&snapshot).unwrap(), profile);
    }

    #[test]
    fn what_is_no_profile_is_told() {
        assert!(Profile::parse("pass\n").unwrap_err().contains("does not say its client"));
        assert!(Profile::parse(&TEXT.replace("c pass", "c passes")).unwrap_err().contains("line 6"));
        assert!(Profile::parse(&TEXT.replace("a/b/c", "a/c/e")).unwrap_err().contains("twice"));
    }
}
