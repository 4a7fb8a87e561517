//! Errors and what caused them.

use std::{error::Error as StdError, io};

use crate::outcome::Error;

/// The causes of an error, outermost first, itself not among them. Unlike `source` alone, this looks into errors of
/// input and output, which hide what they carry.
pub fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(cause(error), |error| cause(*error))
}

fn cause<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    carried.map(|carried| carried as &(dyn StdError + 'static)).or_else(|| error.source())
}

/// The first of this type among an error and its causes.
pub fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    std::iter::once(error).chain(causes(error)).find_map(|error| error.downcast_ref())
}

/// The causes of an error as they are reported: type and text. Of a cause only the name is known that its `Debug` gives.
pub fn told(error: &(dyn StdError + 'static)) -> Vec<(String, String)> {
    causes(error).map(|cause| (name(cause), cause.to_string())).collect()
}

fn name(error: &(dyn StdError + 'static)) -> String {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return format!("std::io::Error({:?})", error.kind());
    }
    let shown = format!("{error:?}");
    let end = shown.find(|character: char| !character.is_alphanumeric() && !"_:".contains(character));
    shown[..end.unwrap_or(shown.len())].to_owned()
}

/// The class of an error of input or output, where its kind tells.
pub fn class_of(kind: io::ErrorKind) -> Option<&'static [&'static str]> {
    use io::ErrorKind as Kind;

    Some(match kind {
        Kind::ConnectionRefused => &["refused"],
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown | Kind::AddrNotAvailable => {
            &["unreachable"]
        }
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe => &["reset"],
        _ => return None,
    })
}

impl Error {
    /// An error of these classes (one, or those that the client does not tell apart) and phases; none is unknown.
    pub fn new(class: &[&str], phase: &[&str]) -> Self {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Self { class: owned(class), phase: owned(phase), ..Self::default() }
    }

    /// The same, with what the client said: the name of its error, the text, the causes.
    #[must_use]
    pub fn told_by(self, kind: impl Into<String>, error: &(dyn StdError + 'static)) -> Self {
        Self { kind: Some(kind.into()), text: Some(error.to_string()), causes: told(error), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::Raised;

    #[test]
    fn causes_within_errors_of_input_and_output_are_seen() {
        let error = io::Error::other(io::Error::other(Raised("oops".to_owned())));
        assert_eq!(find::<Raised>(&error), Some(&Raised("oops".to_owned())));
        let told = Error::new(&["caller"], &[]).told_by("io", &error);
        let causes = [("std::io::Error(Other)", "oops"), ("Raised", "oops")];
        assert_eq!(told.causes, causes.map(|(kind, text)| (kind.to_owned(), text.to_owned())));
        assert_eq!(told.text.as_deref(), Some("oops"));
    }
}
