//! Which version of a crate is under test.

/// The version of a package in the text of a `Cargo.lock`: what is linked, where `include_str!` is given the lock file
/// that the adapter is built with. Of several versions the last one counts, which is the highest. `None`: it is not there.
///
/// ```
/// let lock = "[[package]]\nname = \"http\"\nversion = \"1.4.0\"\n";
/// assert_eq!(wireproof_client::adapter::locked_version(lock, "http"), Some("1.4.0"));
/// ```
pub fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let mut found = None;
    let mut lines = lock.lines();
    while let Some(line) = lines.next() {
        if quoted(line, "name") == Some(package) {
            found = lines.next().and_then(|line| quoted(line, "version")).or(found);
        }
    }
    found
}

fn quoted<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::locked_version;

    #[test]
    fn a_name_is_not_found_within_another() {
        let lock = "name = \"http-body\"\nversion = \"1\"\n\nname = \"http\"\nversion = \"2\"\n\nname = \"http\"\nversion = \"3\"\n";
        assert_eq!(locked_version(lock, "http"), Some("3"));
        assert_eq!(locked_version(lock, "htt"), None);
    }
}
