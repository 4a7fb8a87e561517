//! Templates: `{name}` in a text, once the columns of a table are filled in.
//!
//! What is put in is never escaped and never read again.

use wireproof_server::text::{Pattern, PatternPiece, Piece, Text};

mod hole;

use hole::filling;

/// What templates may refer to where a text stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Referents<'a> {
    pub(crate) servers: &'a [ServerName],
    /// Columns of the table: named for hints only, they are filled in already.
    pub(crate) columns: &'a [String],
    pub(crate) time_scale: f64,
    pub(crate) live: Live,
}

/// A server that templates may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerName {
    pub(crate) name: String,
    pub(crate) unix: bool,
}

/// What is known while a text is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Live {
    /// The request being answered, and how often its rule has fired.
    pub(crate) request: bool,
    /// The turn of a `repeat` or `times`.
    pub(crate) turn: bool,
}

/// A template that is wrong: what, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Wrong {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }
}

/// The names of all templates, for columns and servers to keep away from.
pub(crate) const NAMES: &[&str] = &["repeat", "base64", "now", "seconds", "request", "count", "n"];

/// Reads a text.
pub(crate) fn text(source: &str, referents: &Referents<'_>) -> Result<Text, Vec<Wrong>> {
    let mut pieces = Pieces::default();
    let mut wrongs = Vec::new();
    for token in tokens(source).map_err(|wrong| vec![wrong])? {
        match token {
            Token::Literal(text) => pieces.bytes(text.as_bytes()),
            Token::Hole(hole) => match filling(hole, referents) {
                Ok(piece) => pieces.push(piece),
                Err(wrong) => wrongs.push(wrong),
            },
        }
    }
    if wrongs.is_empty() { Ok(Text(pieces.0)) } else { Err(wrongs) }
}

/// Reads a pattern: a text in which `*` stands for any run of bytes.
pub(crate) fn pattern(source: &str, referents: &Referents<'_>) -> Result<Pattern, Vec<Wrong>> {
    let mut done = Vec::new();
    let mut pieces = Pieces::default();
    let mut wrongs = Vec::new();
    for token in tokens(source).map_err(|wrong| vec![wrong])? {
        match token {
            Token::Hole(hole) => match filling(hole, referents) {
                Ok(piece) => pieces.push(piece),
                Err(wrong) => wrongs.push(wrong),
            },
            Token::Literal(text) => {
                for (number, stretch) in text.split('*').enumerate() {
                    if number > 0 {
                        pieces.move_to(&mut done);
                        done.push(PatternPiece::Star);
                    }
                    pieces.bytes(stretch.as_bytes());
                }
            }
        }
    }
    pieces.move_to(&mut done);
    if wrongs.is_empty() { Ok(Pattern(done)) } else { Err(wrongs) }
}

/// Pieces of a text, neighbouring bytes joined.
#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn push(&mut self, piece: Piece) {
        match piece {
            Piece::Bytes(bytes) => self.bytes(&bytes),
            other => self.0.push(other),
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        match self.0.last_mut() {
            _ if bytes.is_empty() => {}
            Some(Piece::Bytes(before)) => before.extend_from_slice(bytes),
            _ => self.0.push(Piece::Bytes(bytes.to_vec())),
        }
    }

    fn move_to(&mut self, done: &mut Vec<PatternPiece>) {
        if !self.0.is_empty() {
            done.push(PatternPiece::Text(Text(std::mem::take(&mut self.0))));
        }
    }
}

enum Token<'a> {
    Literal(&'a str),
    Hole(&'a str),
}

/// Cuts a text at its braces.
fn tokens(source: &str) -> Result<Vec<Token<'_>>, Wrong> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find(['{', '}']) {
        let brace = &rest[at..=at];
        let after = &rest[at + 1..];
        if after.starts_with(brace) {
            tokens.push(Token::Literal(&rest[..=at]));
            rest = &after[1..];
            continue;
        }
        if brace == "}" {
            return Err(Wrong { help: Some(doubled("}")), ..Wrong::new("a `}` that closes nothing") });
        }
        tokens.push(Token::Literal(&rest[..at]));
        let end = after.find(['{', '}']);
        let Some(end) = end.filter(|end| after[*end..].starts_with('}')) else {
            let message =
                if end.is_some() { "a template inside of a template" } else { "a `{` that is not closed" };
            return Err(Wrong { help: Some(doubled("{")), ..Wrong::new(message) });
        };
        tokens.push(Token::Hole(&after[..end]));
        rest = &after[end + 1..];
    }
    tokens.push(Token::Literal(rest));
    Ok(tokens)
}

fn doubled(brace: &str) -> String {
    format!("a literal `{brace}` is written `{brace}{brace}`")
}

/// Where the first space is that is not inside of a template.
pub(crate) fn first_space(source: &str) -> Option<usize> {
    let mut depth = 0_usize;
    source.char_indices().find_map(|(at, character)| {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        (character == ' ' && depth == 0).then_some(at)
    })
}

/// Fills in the columns of a row. Everything else is left as it is.
pub(crate) fn fill(source: &str, row: &[(String, String)]) -> String {
    let mut filled = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find('{') {
        filled.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let column = row
            .iter()
            .find_map(|(name, value)| Some((after.strip_prefix(name.as_str())?.strip_prefix('}')?, value)));
        if let Some((after, value)) = column {
            filled.push_str(value);
            rest = after;
        } else if let Some(after) = after.strip_prefix('{') {
            filled.push_str("{{");
            rest = after;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wireproof_server::text::{AddressPart, DateForm, Offset, RequestPart};

    use super::*;

    const SERVERS: &[&str] = &["origin", "sock"];

    fn with<T>(live: Live, run: impl FnOnce(&Referents<'_>) -> T) -> T {
        let servers: Vec<ServerName> = SERVERS
            .iter()
            .map(|name| ServerName { name: (*name).to_owned(), unix: *name == "sock" })
            .collect();
        run(&Referents { servers: &servers, columns: &["size".to_owned()], time_scale: 1.5, live })
    }

    fn everywhere(source: &str) -> Result<Text, Vec<Wrong>> {
        with(Live { request: true, turn: true }, |referents| text(source, referents))
    }

    fn nowhere(source: &str) -> Result<Text, Vec<Wrong>> {
        with(Live::default(), |referents| text(source, referents))
    }

    fn just(bytes: &[u8]) -> Text {
        Text(vec![Piece::Bytes(bytes.to_vec())])
    }

    #[test]
    fn braces_are_doubled() {
        assert_eq!(everywhere("{{not json}}"), Ok(just(b"{not json}")));
        assert_eq!(everywhere("{{{0x41}}}"), Ok(just(b"{A}")));
        assert_eq!(everywhere(r#"{{"n": {0x31}}}"#), Ok(just(br#"{"n": 1}"#)));
        for wrong in ["{", "}", "a } b", "{origin", "{repeat 2 {0x00}}", "{}", "{{}"] {
            assert!(everywhere(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn bytes_are_written_in_hexadecimal() {
        assert_eq!(everywhere("caf{0xE9ff}"), Ok(just(b"caf\xE9\xFF")));
        for wrong in ["{0x}", "{0xE}", "{0xEG}", "{0x+1}"] {
            assert!(everywhere(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn texts_are_repeated_and_encoded() {
        assert_eq!(everywhere("{repeat 3 ab c}"), Ok(just(b"ab cab cab c")));
        assert_eq!(everywhere("{repeat 2  }"), Ok(just(b"  ")));
        assert_eq!(everywhere("{base64 bob:secret}"), Ok(just(b"Ym9iOnNlY3JldA==")));
        for wrong in
            ["{repeat}", "{repeat 3}", "{repeat 3 }", "{repeat x a}", "{repeat 99999999 a}", "{base64}"]
        {
            assert!(everywhere(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn dates_and_seconds_are_scaled() {
        let date = |back, seconds, form| {
            Ok(Text(vec![Piece::Date { offset: Offset { back, by: Duration::from_secs(seconds) }, form }]))
        };
        assert_eq!(nowhere("{now}"), date(false, 0, DateForm::Imf));
        assert_eq!(nowhere("{now+1h as asctime}"), date(false, 5400, DateForm::Asctime));
        assert_eq!(nowhere("{now-2s as rfc850}"), date(true, 3, DateForm::Rfc850));
        assert_eq!(nowhere("{seconds 1s}"), Ok(just(b"2")));
        assert_eq!(nowhere("{seconds 0s}"), Ok(just(b"0")));
        for wrong in ["{now+1}", "{now as iso}", "{nowish}", "{seconds 500ms}", "{seconds}", "{now 1h}"] {
            assert!(nowhere(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_request_is_known_in_rules_only() {
        let field = Piece::Request(RequestPart::Field("cookie".to_owned()));
        assert_eq!(
            everywhere("{request.headers.Cookie}{count}{n}"),
            Ok(Text(vec![field, Piece::Count, Piece::Turn]))
        );
        for wrong in ["{request.target}", "{count}", "{n}"] {
            assert!(nowhere(wrong).is_err(), "{wrong}");
        }
        assert!(everywhere("{request.url}").is_err());
    }

    #[test]
    fn servers_have_parts() {
        let part = |server: &str, part| Ok(Text(vec![Piece::Address { server: server.to_owned(), part }]));
        assert_eq!(nowhere("{origin}"), part("origin", AddressPart::Origin));
        assert_eq!(nowhere("{origin.port}"), part("origin", AddressPart::Port));
        assert_eq!(nowhere("{sock.socket}"), part("sock", AddressPart::Socket));
        assert!(nowhere("{origin.socket}").is_err());
        let wrong = nowhere("{orgin} {0xG}").unwrap_err();
        assert_eq!(wrong[0].help.as_deref(), Some("did you mean `origin`?"));
        assert_eq!(wrong.len(), 2);
    }

    #[test]
    fn a_star_is_any_run_of_bytes_unless_it_is_made() {
        let read = |source| with(Live::default(), |referents| pattern(source, referents));
        let piece = |text: &str| PatternPiece::Text(Text(vec![Piece::Bytes(text.into())]));
        assert_eq!(
            read("GET /*x*"),
            Ok(Pattern(vec![piece("GET /"), PatternPiece::Star, piece("x"), PatternPiece::Star]))
        );
        assert_eq!(read("OPTIONS {0x2A}"), Ok(Pattern(vec![piece("OPTIONS *")])));
        assert_eq!(read(""), Ok(Pattern(vec![])));
    }

    #[test]
    fn columns_are_filled_in_first_and_once() {
        let row = [("size".to_owned(), "8".to_owned()), ("unit".to_owned(), "{size}".to_owned())];
        assert_eq!(fill("/{repeat {size} a}", &row), "/{repeat 8 a}");
        assert_eq!(fill("{unit}{size}", &row), "{size}8");
        assert_eq!(fill("{{size}}{{{size}}}", &row), "{{size}}{{8}}");
        assert_eq!(fill("{sizes}{", &row), "{sizes}{");
    }
}
