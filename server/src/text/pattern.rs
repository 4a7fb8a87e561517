//! Texts in which `*` stands for any run of bytes.

use super::{Context, FillError, Pattern, PatternPiece, Text};

/// A pattern with every hole filled. What was put in is literal, stars and all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilledPattern {
    /// The stretches between the stars: one star fewer than stretches.
    literals: Vec<Vec<u8>>,
}

impl Pattern {
    /// The pattern, with every hole filled.
    ///
    /// # Errors
    /// Where the context does not know what a hole names.
    pub fn fill(&self, context: &Context<'_>) -> Result<FilledPattern, FillError> {
        let mut literals = vec![Vec::new()];
        for piece in &self.0 {
            match (piece, literals.last_mut()) {
                (PatternPiece::Text(text), Some(last)) => text.fill_into(context, last)?,
                _ => literals.push(Vec::new()),
            }
        }
        Ok(FilledPattern { literals })
    }
}

impl From<Text> for Pattern {
    fn from(text: Text) -> Self {
        Self(vec![PatternPiece::Text(text)])
    }
}

/// Every `*` is a star. For patterns without holes.
impl From<&str> for Pattern {
    fn from(text: &str) -> Self {
        let mut pieces = Vec::new();
        for (index, literal) in text.split('*').enumerate() {
            if index > 0 {
                pieces.push(PatternPiece::Star);
            }
            if !literal.is_empty() {
                pieces.push(PatternPiece::Text(literal.into()));
            }
        }
        Self(pieces)
    }
}

impl FilledPattern {
    /// The stretches between the stars: one star fewer than stretches.
    pub fn literals(&self) -> &[Vec<u8>] {
        &self.literals
    }

    /// Whether it matches all of `bytes`.
    ///
    /// Literals between stars are taken where they are first found, which is never worse than later: no
    /// backtracking, and time linear in the bytes for the literals that occur here.
    pub fn matches(&self, bytes: &[u8]) -> bool {
        let [first, rest @ ..] = self.literals.as_slice() else { return bytes.is_empty() };
        let Some((last, middle)) = rest.split_last() else { return bytes == first.as_slice() };
        let Some(bytes) = bytes.strip_prefix(first.as_slice()) else { return false };
        let Some(mut bytes) = bytes.strip_suffix(last.as_slice()) else { return false };
        for literal in middle {
            match find(bytes, literal) {
                Some(at) => bytes = &bytes[at + literal.len()..],
                None => return false,
            }
        }
        true
    }
}

/// Where `needle` is first found (Knuth, Morris, Pratt: linear, whatever the client sends).
pub(crate) fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    if needle.is_empty() {
        return Some(0);
    }
    // How long the longest proper prefix is that each prefix of the needle ends with.
    let mut borders = vec![0; needle.len()];
    let mut matched = 0;
    for at in 1..needle.len() {
        while matched > 0 && needle[at] != needle[matched] {
            matched = borders[matched - 1];
        }
        matched += usize::from(needle[at] == needle[matched]);
        borders[at] = matched;
    }
    let mut matched = 0;
    for (at, byte) in bytes.iter().enumerate() {
        while matched > 0 && *byte != needle[matched] {
            matched = borders[matched - 1];
        }
        matched += usize::from(*byte == needle[matched]);
        if matched == needle.len() {
            return Some(at + 1 - matched);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::from(pattern).fill(&Context::default()).unwrap().matches(text.as_bytes())
    }

    #[test]
    fn stars_stand_for_any_run() {
        for (pattern, text, holds) in [
            ("", "", true),
            ("", "a", false),
            ("GET /", "GET /", true),
            ("GET /", "GET /a", false),
            ("*", "", true),
            ("*", "anything", true),
            ("GET *", "GET /", true),
            ("GET *", "GET", false),
            ("* /x", "POST /x", true),
            ("a*b*c", "a--b--c", true),
            ("a*b*c", "a--c--b", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*ab*ab*", "abab", true),
            ("*ab*ab*", "aab", false),
            ("**", "x", true),
            ("*aab*", "aaab", true),
        ] {
            assert_eq!(matches(pattern, text), holds, "`{pattern}` on `{text}`");
        }
    }

    #[test]
    fn a_star_in_a_text_is_literal() {
        let pattern = Pattern(vec![PatternPiece::Text("a*".into())]).fill(&Context::default()).unwrap();
        assert!(pattern.matches(b"a*"));
        assert!(!pattern.matches(b"ab"));
    }

    #[test]
    fn finds_the_first() {
        assert_eq!(find(b"aabaabaaab", b"aaab"), Some(6));
        assert_eq!(find(b"abc", b""), Some(0));
        assert_eq!(find(b"abc", b"cd"), None);
    }
}
