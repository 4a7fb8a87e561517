//! References, as Location holds them, and where they lead (RFC 3986 4.1, 5).

use super::{Url, push_encoded, split_scheme, split_tail};
use crate::reference::{
    error::{Class, Error, Phase, Result},
    policy::{Policy, Resolution},
};

impl Url {
    /// The URL that a reference found in a response leads to (RFC 3986 5.2), with the fragment inherited where
    /// it has none (RFC 9110 10.2.2).
    ///
    /// # Errors
    /// `bad-redirect` where the reference is no URL, or one of another scheme.
    pub fn join(&self, reference: &[u8], policy: &Policy) -> Result<Self> {
        let reference = if policy.encodes_location {
            encode_all(reference)
        } else {
            String::from_utf8_lossy(reference).into_owned()
        };
        let mut joined = self.resolve(&reference, policy).map_err(|error| bad_redirect(error.text))?;
        if policy.inherits_fragment && joined.fragment.is_none() {
            joined.fragment.clone_from(&self.fragment);
        }
        Ok(joined)
    }

    fn resolve(&self, reference: &str, policy: &Policy) -> Result<Self> {
        let lenient = Policy { checks_target: false, ..policy.clone() };
        let policy = if policy.encodes_location { policy } else { &lenient };
        if let Some((scheme, rest)) = split_scheme(reference) {
            if !matches!(&*scheme.to_ascii_lowercase(), "http" | "https") {
                return Err(bad_redirect(format!("redirection to scheme {scheme:?} is not allowed")));
            }
            let rest = rest.strip_prefix("//").ok_or_else(|| bad_redirect("no host given".to_owned()))?;
            return self.rooted(&format!("{scheme}://{rest}"), policy);
        }
        if let Some(rest) = reference.strip_prefix("//") {
            return self.rooted(&format!("{}://{rest}", self.scheme), policy);
        }
        Ok(self.resolve_path(reference, policy.resolution))
    }

    fn rooted(&self, text: &str, policy: &Policy) -> Result<Self> {
        let mut url = Self::parse(text.as_bytes(), policy)?;
        if policy.resolution != Resolution::KeepDotSegments {
            url.path = remove_dot_segments(&url.path);
        }
        if policy.resolution == Resolution::DropQuery {
            url.query = None;
        }
        debug_assert!(!self.scheme.is_empty(), "a base has a scheme");
        Ok(url)
    }

    fn resolve_path(&self, reference: &str, resolution: Resolution) -> Self {
        let (path, query, fragment) = split_tail(reference);
        let mut url = Self { fragment, ..self.clone() };
        if path.is_empty() {
            url.query = query.or_else(|| self.query.clone());
            return url;
        }
        url.query = match resolution {
            Resolution::DropQuery => None,
            Resolution::InheritQuery => query.or_else(|| self.query.clone()),
            _ => query,
        };
        let merged = if path.starts_with('/') {
            path
        } else if resolution == Resolution::AgainstRoot {
            format!("/{path}")
        } else if resolution == Resolution::Append {
            format!("{}/{path}", self.path)
        } else {
            let directory = self.path.rfind('/').map_or("/", |slash| &self.path[..=slash]);
            format!("{directory}{path}")
        };
        url.path =
            if resolution == Resolution::KeepDotSegments { merged } else { remove_dot_segments(&merged) };
        url
    }
}

fn encode_all(text: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for &byte in text {
        match byte {
            0..=0x20 | 0x7f.. => push_encoded(&mut encoded, byte),
            _ => encoded.push(char::from(byte)),
        }
    }
    encoded
}

/// RFC 3986 5.2.4.
fn remove_dot_segments(path: &str) -> String {
    let mut output: Vec<&str> = Vec::new();
    let mut segments = path.split('/').peekable();
    segments.next();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    output.pop();
                }
                if last {
                    output.push("");
                }
            }
            _ => output.push(segment),
        }
    }
    if path.is_empty() { String::new() } else { format!("/{}", output.join("/")) }
}

fn bad_redirect(text: String) -> Error {
    Error::new(Class::BadRedirect, Phase::Head, "HTTPError", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text.as_bytes(), &Policy::default()).unwrap()
    }

    /// RFC 3986 5.4.1 and 5.4.2, those with this scheme.
    #[test]
    fn references_are_resolved() {
        let base = url("http://a/b/c/d;p?q");
        for (reference, expected) in [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q#s"),
            ("g?y#s", "http://a/b/c/g?y#s"),
            (";x", "http://a/b/c/;x"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            ("./../g", "http://a/b/g"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
            ("a b", "http://a/b/c/a%20b"),
        ] {
            assert_eq!(base.join(reference.as_bytes(), &Policy::default()).unwrap().to_string(), expected);
        }
        assert_eq!(
            base.join(b"file:///etc/passwd", &Policy::default()).unwrap_err().class,
            Class::BadRedirect
        );
    }

    #[test]
    fn fragments_are_inherited() {
        let base = url("http://a/b#one");
        assert_eq!(base.join(b"/c", &Policy::default()).unwrap().to_string(), "http://a/c#one");
        assert_eq!(base.join(b"/c#two", &Policy::default()).unwrap().to_string(), "http://a/c#two");
    }
}
