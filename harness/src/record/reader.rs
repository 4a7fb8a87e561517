//! Reading a stored run: first whether it is whole, then its cases one by one.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::{CaseLine, FORMAT, Footer, Header};
use crate::show;

/// A stored run, its header read.
#[derive(Debug)]
pub struct Recording {
    path: PathBuf,
    header: Header,
    whole: Result<Footer, NotWhole>,
}

/// Why a stored run cannot be read. Messages fit after the name of the file.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It does not begin with a header.
    #[error("is no stored run: its first line is no header ({0})")]
    NoRun(String),
    /// It is of another version.
    #[error("is of format {theirs}, and this Wireproof reads format {FORMAT}: run the cases again")]
    Format {
        /// Its version.
        theirs: u64,
    },
    /// Something is missing or was changed.
    #[error("is not whole: {0}")]
    NotWhole(NotWhole),
    /// A line is not what it should be.
    #[error("cannot be understood in line {number}: {why}")]
    Line {
        /// From 1.
        number: usize,
        /// What is wrong with it.
        why: String,
    },
}

/// Why a stored run is not whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotWhole {
    /// The run was ended before it could write its footer.
    #[error("it has no footer")]
    NoFooter,
    /// Lines are missing, or too many.
    #[error("its footer speaks of {said} lines, and there are {found}")]
    Lines {
        /// By the footer.
        said: usize,
        /// In the file.
        found: usize,
    },
    /// A byte was changed.
    #[error("what stands above its footer is not what the footer's SHA-256 is of")]
    Changed,
    /// The footer is not the last line.
    #[error("something follows its footer")]
    MoreBehind,
}

impl Recording {
    /// Reads the header, and whether the file is whole.
    ///
    /// # Errors
    /// Where it is no stored run, or one of another format. One that is not whole is no error yet: see
    /// [`Recording::whole`].
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let mut lines = BufReader::new(File::open(path)?);
        let mut line = Vec::new();
        lines.read_until(b'\n', &mut line)?;
        let header = header(&line)?;
        let whole = check(lines, &line)?;
        Ok(Self { path: path.to_owned(), header, whole })
    }

    /// Who was run, and how.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The footer, where it vouches for the file.
    ///
    /// # Errors
    /// Where there is none, or it does not.
    pub fn whole(&self) -> Result<&Footer, NotWhole> {
        self.whole.as_ref().map_err(Clone::clone)
    }

    /// The cases, in the order of the file. One that stops in the middle of the last line of a file that is not whole is
    /// left out.
    ///
    /// # Errors
    /// Where the file cannot be opened again.
    pub fn cases(&self) -> io::Result<impl Iterator<Item = Result<CaseLine, ReadError>>> {
        let lines = BufReader::new(File::open(&self.path)?);
        let broken_off = self.whole.is_err();
        let mut lines = lines.split(b'\n').enumerate().skip(1).peekable();
        Ok(std::iter::from_fn(move || {
            let (index, line) = lines.next()?;
            let read = line.map_err(ReadError::from).and_then(|line| {
                if kind(&line).as_deref() == Some("footer") {
                    return Ok(None);
                }
                typed(&line).map(Some).map_err(|why| ReadError::Line { number: index + 1, why })
            });
            match read {
                Err(ReadError::Line { .. }) if broken_off && lines.peek().is_none() => None,
                read => read.transpose(),
            }
        }))
    }
}

fn header(line: &[u8]) -> Result<Header, ReadError> {
    let value: serde_json::Value =
        serde_json::from_slice(line).map_err(|error| ReadError::NoRun(error.to_string()))?;
    if value["type"] != "header" {
        return Err(ReadError::NoRun("its `type` is not `header`".to_owned()));
    }
    match value["format"].as_u64() {
        Some(format) if format == u64::from(FORMAT) => {}
        Some(theirs) => return Err(ReadError::Format { theirs }),
        None => return Err(ReadError::NoRun("it has no `format`".to_owned())),
    }
    serde_json::from_value(value).map_err(|error| ReadError::NoRun(error.to_string()))
}

/// Reads to the end; `first` is the line that was read already.
fn check(mut lines: impl BufRead, first: &[u8]) -> io::Result<Result<Footer, NotWhole>> {
    let mut hash = Sha256::new_with_prefix(first);
    let (mut found, mut line) = (1, Vec::new());
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Ok(Err(NotWhole::NoFooter));
        }
        if kind(&line).as_deref() != Some("footer") {
            hash.update(&line);
            found += 1;
            continue;
        }
        let Ok(footer) = typed::<Footer>(&line) else { return Ok(Err(NotWhole::NoFooter)) };
        let more = !line.ends_with(b"\n") || !lines.fill_buf()?.is_empty();
        return Ok(if more {
            Err(NotWhole::MoreBehind)
        } else if footer.lines != found {
            Err(NotWhole::Lines { said: footer.lines, found })
        } else if footer.sha256 != show::hex(&hash.finalize()) {
            Err(NotWhole::Changed)
        } else {
            Ok(footer)
        });
    }
}

/// The `type` of a line, which is written first.
fn kind(line: &[u8]) -> Option<String> {
    let rest = line.strip_prefix(br#"{"type":""#)?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    String::from_utf8(rest[..end].to_vec()).ok()
}

fn typed<T: DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    serde_json::from_slice(line).map_err(|error| error.to_string())
}
