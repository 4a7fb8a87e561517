//! Field lines, names and values (RFC 9110 5), wherever they stand: in heads or in trailers.

/// A field line: its name as spelled, its value without outer whitespace.
pub type FieldLine = (String, Vec<u8>);

/// Field lines in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields(pub Vec<FieldLine>);

impl Fields {
    /// The values of a field, line by line; names are compared without case (RFC 9110 5.1).
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.0
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_slice())
    }

    /// The first value of a field.
    pub fn first(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_slice())
    }

    /// Whether there is such a field.
    pub fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }

    /// The value of a field, its lines joined by a comma (RFC 9110 5.3).
    pub fn joined(&self, name: &str) -> Option<Vec<u8>> {
        let lines: Vec<&[u8]> = self.all(name).collect();
        (!lines.is_empty()).then(|| lines.join(&b", "[..]))
    }

    /// The members of a field that is a list, trimmed, empty ones left out (RFC 9110 5.6.1). Not for fields
    /// with quoted strings.
    pub fn members<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.all(name)
            .flat_map(|value| value.split(|&byte| byte == b','))
            .map(trim)
            .filter(|member| !member.is_empty())
    }

    /// Removes all lines of a field.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }
}

/// `tchar` of RFC 9110 5.6.2.
pub fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Without outer spaces and tabs (OWS of RFC 9110 5.6.3).
pub fn trim(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| !is_blank(*byte)).unwrap_or(bytes.len());
    trim_end(&bytes[start..])
}

/// Without spaces and tabs at its end.
pub fn trim_end(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| !is_blank(*byte)).map_or(0, |last| last + 1);
    &bytes[..end]
}

/// A CR gets here only where bare ones are let through.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}
