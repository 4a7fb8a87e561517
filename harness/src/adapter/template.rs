//! Command templates: `curl -sS {url}`, for programs without an adapter.
//!
//! A template is split into words as a shell would split it, and no shell is run. Placeholders are filled within
//! words. Words between `[` and `]` are a group: it is left out where its placeholder has no value, and repeated
//! where it has several.
//!
//! | placeholder | filled with | stands |
//! |---|---|---|
//! | `{url}` | the URL, as it is | anywhere, at least once |
//! | `{method}` | the method | in a group, which is left out for GET |
//! | `{header}` | a field line, `Name: value` | in a group, repeated for each |
//! | `{body}` | the path of a file with the content | in a group |

use std::{
    ffi::OsString,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::Path,
};

use wireproof_client::{
    capabilities::{self, Support},
    job::{Call, Options},
};

/// A command with holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    program: String,
    parts: Vec<Part>,
}

/// A word, or words that come and go together.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Word(String),
    Group { of: Hole, words: Vec<String> },
}

/// What a group hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hole {
    Method,
    Header,
    Body,
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A quote is left open.
    #[error("a quote is not closed")]
    Quote,
    /// There is no word in it.
    #[error("it names no program")]
    Empty,
    /// `{url}` is missing.
    #[error("it has no `{{url}}`: nothing could be asked")]
    NoUrl,
    /// A group is left open.
    #[error("the group that begins with `{0}` has no `]`")]
    Open(String),
    /// A group hangs on nothing, or on several things.
    #[error("the group `{0}` needs exactly one of {{method}}, {{header}} and {{body}}")]
    Group(String),
    /// A placeholder that has no value for every call stands outside of a group.
    #[error("`{0}` has no value for every call: put it into a group, as in `[-H {{header}}]`")]
    Bare(&'static str),
    /// A capability that no template can have.
    #[error("`{0}` cannot be had with a template{hint}", hint = hint(.0))]
    Capability(String),
}

fn hint(name: &str) -> &'static str {
    if capabilities::is_known(name) {
        ": it takes an adapter (client-under-test/README.md)"
    } else {
        ": there is no such capability"
    }
}

impl Hole {
    const ALL: [Self; 3] = [Self::Method, Self::Header, Self::Body];

    fn written(self) -> &'static str {
        match self {
            Self::Method => "{method}",
            Self::Header => "{header}",
            Self::Body => "{body}",
        }
    }
}

/// Options that are on or off: those of a program without an adapter are as its command line has them, so a
/// template can have them on, and cannot switch them.
const SWITCHES: &[&str] = &[
    "redirects",
    "cookies",
    "decompress",
    "expect-continue",
    "netrc",
    "proxy-env",
    "hsts",
    "http-cache",
    "alt-svc",
    "insecure",
    "insecure-host",
];

/// What needs no switch and no more than one plain call.
const ABLE: &[&str] = &[
    "proxy-connect",
    "proxy-https",
    "socks",
    "tls",
    "http2",
    "h2c",
    "ipv6",
    "idn",
    "gzip",
    "deflate",
    "br",
    "zstd",
    "request-compression",
    "custom-method",
    "get-body",
    "custom-host",
    "range",
    "url-bytes",
    "field-duplicates",
    "field-order",
    "field-case",
    "field-bytes",
];

/// How far a template has a capability that its user says it has.
///
/// # Errors
/// When no template can have it.
pub(super) fn able(name: &str) -> Result<Support, TemplateError> {
    if SWITCHES.contains(&name) {
        Ok(Support::Always)
    } else if ABLE.contains(&name) || name.starts_with("x-") {
        Ok(Support::Yes)
    } else {
        Err(TemplateError::Capability(name.to_owned()))
    }
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let words = shell_words::split(text).map_err(|_| TemplateError::Quote)?;
        let mut words = words.into_iter();
        let program = words.next().filter(|program| !program.is_empty()).ok_or(TemplateError::Empty)?;
        let mut parts = Vec::new();
        while let Some(word) = words.next() {
            match word.strip_prefix('[') {
                Some(first) => parts.push(group(first.to_owned(), &mut words)?),
                None => parts.push(Part::Word(word)),
            }
        }
        let template = Self { program, parts };
        template.fault().map_or(Ok(template), Err)
    }

    fn fault(&self) -> Option<TemplateError> {
        let bare = |part: &Part| match part {
            Part::Word(word) => Some(word.clone()),
            Part::Group { .. } => None,
        };
        let bare: Vec<String> = self.parts.iter().filter_map(bare).collect();
        if let Some(hole) = Hole::ALL.into_iter().find(|hole| contains(&bare, hole.written())) {
            return Some(TemplateError::Bare(hole.written()));
        }
        (!contains(&bare, "{url}")).then_some(TemplateError::NoUrl)
    }

    /// The program.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// Whether content can be handed over.
    pub(super) fn takes_content(&self) -> bool {
        self.has(Hole::Body)
    }

    fn has(&self, hole: Hole) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Group { of, .. } if *of == hole))
    }

    /// What of a call the template cannot say: what is lacking, in words.
    pub(super) fn lacking(&self, options: &Options, call: &Call) -> Vec<String> {
        let mut lacking: Vec<String> = Vec::new();
        let switches = [(options, "option of the session"), (&call.options, "option of the call")].map(
            |(given, what)| {
                let value = serde_json::to_value(given).unwrap_or_default();
                let switched: Vec<String> = value
                    .as_object()
                    .into_iter()
                    .flatten()
                    .filter(|(name, value)| !is_harmless(name, value))
                    .map(|(name, _)| format!("{what} {name}"))
                    .collect();
                switched
            },
        );
        lacking.extend(switches.concat());
        let mut need = |needed: bool, what: &str| {
            if needed {
                lacking.push(what.to_owned());
            }
        };
        need(call.method != "GET" && !self.has(Hole::Method), "{method}");
        // Programs that can make HEAD requests have a switch for it; told by the method they wait for content.
        need(call.method == "HEAD", "HEAD");
        need(!call.fields.is_empty() && !self.has(Hole::Header), "{header}");
        need(call.fields.iter().any(|(_, value)| value.is_none()), "field-suppress");
        need(call.body.is_some() && !self.has(Hole::Body), "{body}");
        need(!call.query.is_empty(), "query");
        need(call.before.is_some(), "waits");
        need(!call.read.is_all(), "streaming-response");
        need(call.cancel.is_some(), "cancel");
        need(call.target.is_some(), "request-target");
        need(!call.trailers.is_empty(), "request-trailers");
        need(call.upgrade.is_some(), "upgrade");
        lacking
    }

    /// The arguments of a call; `body` is a file with its content, if it has any. `None` where an argument would
    /// hold a NUL, which no program can be handed.
    pub(super) fn arguments(&self, call: &Call, body: Option<&Path>) -> Option<Vec<OsString>> {
        let url = call.url.to_vec();
        let mut arguments = Vec::new();
        for part in &self.parts {
            match part {
                Part::Word(word) => arguments.push(fill(word, "{url}", &url)),
                Part::Group { of, words } => {
                    for value in values(*of, call, body) {
                        let filled = words.iter().map(|word| fill(word, of.written(), &value));
                        arguments.extend(filled);
                    }
                }
            }
        }
        let has_nul = arguments.iter().any(|argument| argument.contains(&0));
        (!has_nul).then(|| arguments.into_iter().map(OsString::from_vec).collect())
    }
}

/// What is on may be asked for, and what is off may be switched off.
fn is_harmless(name: &str, value: &serde_json::Value) -> bool {
    SWITCHES.contains(&name) && value.is_boolean() || name == "status-errors" && value == false
}

fn values(hole: Hole, call: &Call, body: Option<&Path>) -> Vec<Vec<u8>> {
    match hole {
        Hole::Method if call.method == "GET" => Vec::new(),
        Hole::Method => vec![call.method.clone().into_bytes()],
        Hole::Header => call
            .fields
            .iter()
            .map(|(name, value)| {
                let value = value.as_ref().map(wireproof_client::bytes::Bytes::to_vec).unwrap_or_default();
                [name.as_bytes(), b": ", &value].concat()
            })
            .collect(),
        Hole::Body => body.map(|path| path.as_os_str().as_bytes().to_vec()).into_iter().collect(),
    }
}

fn group(first: String, rest: &mut impl Iterator<Item = String>) -> Result<Part, TemplateError> {
    let mut words = vec![first];
    while !words.last().is_some_and(|word| word.ends_with(']')) {
        let Some(word) = rest.next() else { return Err(TemplateError::Open(format!("[{}", words[0]))) };
        words.push(word);
    }
    let last = words.len() - 1;
    words[last].pop();
    let of: Vec<Hole> = Hole::ALL.into_iter().filter(|hole| contains(&words, hole.written())).collect();
    match of[..] {
        [of] => Ok(Part::Group { of, words }),
        _ => Err(TemplateError::Group(format!("[{}]", words.join(" ")))),
    }
}

fn contains(words: &[String], placeholder: &str) -> bool {
    words.iter().any(|word| word.contains(placeholder))
}

/// The word with its placeholder filled. What it is filled with is not looked at again.
fn fill(word: &str, placeholder: &str, value: &[u8]) -> Vec<u8> {
    let pieces: Vec<&[u8]> = word.split(placeholder).map(str::as_bytes).collect();
    pieces.join(value)
}

#[cfg(test)]
mod tests {
    use wireproof_client::bytes::Bytes;

    use super::*;

    const WHOLE: &str = "curl -sS '-A my client' {url} [-X {method}] [-H {header}] [--data-binary @{body}]";

    fn arguments(template: &str, call: &Call, body: Option<&str>) -> Vec<String> {
        let template = Template::parse(template).unwrap();
        let arguments = template.arguments(call, body.map(Path::new)).unwrap();
        arguments.into_iter().map(|argument| argument.into_string().unwrap()).collect()
    }

    fn get(url: &str) -> Call {
        Call { url: url.into(), method: "GET".to_owned(), ..Call::default() }
    }

    #[test]
    fn groups_without_a_value_are_left_out() {
        assert_eq!(arguments(WHOLE, &get("http://h/"), None), ["-sS", "-A my client", "http://h/"]);
    }

    #[test]
    fn groups_with_several_values_are_repeated() {
        let field = |name: &str| (name.to_owned(), Some(Bytes::from("{method} 1")));
        let call =
            Call { method: "PUT".to_owned(), fields: vec![field("A"), field("B")], ..get("http://h/{body}") };
        assert_eq!(
            arguments(WHOLE, &call, Some("/tmp/b")),
            [
                "-sS",
                "-A my client",
                "http://h/{body}",
                "-X",
                "PUT",
                "-H",
                "A: {method} 1",
                "-H",
                "B: {method} 1",
                "--data-binary",
                "@/tmp/b"
            ]
        );
    }

    #[test]
    fn what_the_template_does_not_say_is_lacking() {
        let plain = Template::parse("wget -qO- {url}").unwrap();
        let none = Options::default();
        let post = Call {
            method: "POST".to_owned(),
            body: Some(wireproof_client::job::Body::Bytes("x".into())),
            fields: vec![("A".to_owned(), Some("1".into()))],
            ..get("http://h/")
        };
        assert_eq!(plain.lacking(&none, &get("http://h/")), Vec::<String>::new());
        assert_eq!(plain.lacking(&none, &post), ["{method}", "{header}", "{body}"]);
        assert_eq!(Template::parse(WHOLE).unwrap().lacking(&none, &post), Vec::<String>::new());
        let limited = Options { read_timeout: Some(5), redirects: Some(true), ..Options::default() };
        assert_eq!(plain.lacking(&limited, &get("http://h/")), ["option of the session read-timeout"]);
        let nul = Call { url: Bytes::from(&b"http://h/\0"[..]), ..get("") };
        assert_eq!(plain.arguments(&nul, None), None);
    }

    #[test]
    fn faults_are_named() {
        let fault = |text: &str| Template::parse(text).unwrap_err();
        assert_eq!(fault("curl '{url}"), TemplateError::Quote);
        assert_eq!(fault("  "), TemplateError::Empty);
        assert_eq!(fault("curl"), TemplateError::NoUrl);
        assert_eq!(fault("curl {url} [-X {method}"), TemplateError::Open("[-X".to_owned()));
        assert_eq!(fault("curl {url} [-s]"), TemplateError::Group("[-s]".to_owned()));
        assert_eq!(fault("curl {url} -X {method}"), TemplateError::Bare("{method}"));
    }

    #[test]
    fn only_what_a_command_line_can_do_is_believed() {
        assert_eq!(able("redirects"), Ok(Support::Always));
        assert_eq!(able("gzip"), Ok(Support::Yes));
        for name in ["multi-call", "read-timeout", "sees-reason", "nonsense"] {
            assert!(able(name).is_err(), "{name}");
        }
        for name in SWITCHES.iter().chain(ABLE) {
            assert!(capabilities::is_known(name), "{name}");
        }
    }
}
