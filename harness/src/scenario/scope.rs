//! How the leaves of a page become values: what they can refer to, and the faults they turn out to have.
//!
//! [`Close::close`] gives `None` where a fault was noted. A structure closes all of its parts before it gives up
//! (see `all!`), so that one look finds every fault.

use std::cell::RefCell;

use wireproof_server::text::{Pattern, Piece, Text};

use super::{
    document::{Document, Kind, NodeId, Style, did_you_mean, one_of},
    lexical,
    raw::{Leaf, Many, OneOrMany, Open, Part, Table, same_schema},
    scalar::Scalar,
    template::{self, Live, Referents, ServerName, Wrong},
};

/// Where leaves are closed: a document, a row of a table, the servers of a case.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) document: &'a Document,
    /// The columns of the row and their values.
    pub(crate) row: &'a [(String, String)],
    pub(crate) columns: &'a [String],
    pub(crate) servers: &'a [ServerName],
    pub(crate) time_scale: f64,
    pub(crate) live: Live,
    pub(crate) signals: &'a Signals,
    /// Whether content is written as it is: a block scalar would be a mistake.
    pub(crate) is_sending: bool,
}

/// The signals that are given and waited for in a case.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    given: RefCell<Vec<String>>,
    awaited: RefCell<Vec<(NodeId, String)>>,
}

impl Signals {
    /// Notes that a signal is given somewhere.
    pub(crate) fn give(&self, name: &str) {
        self.given.borrow_mut().push(name.to_owned());
    }

    /// Notes that a signal is waited for.
    pub(crate) fn wait_for(&self, at: NodeId, name: &str) {
        self.awaited.borrow_mut().push((at, name.to_owned()));
    }

    /// Notes a fault for each signal that is waited for and never given.
    pub(crate) fn check(&self, document: &Document) {
        let given = self.given.borrow();
        for (at, name) in self.awaited.borrow().iter().filter(|(_, name)| !given.contains(name)) {
            let help = did_you_mean(name, given.iter().map(String::as_str));
            document.fault_with_help(*at, format!("no server of this case gives the signal `{name}`"), help);
        }
    }
}

/// A value, or `None` where a fault was noted in the document.
pub(crate) type Closing<T> = Option<T>;

/// Something written that becomes a value once columns are filled in.
pub(crate) trait Close {
    /// The value.
    type Closed;

    /// The value; `None` where a fault was noted.
    fn close(&self, scope: &Scope<'_>) -> Closing<Self::Closed>;
}

/// Evaluates everything, and only then gives up if something is `None`.
macro_rules! all {
    ($($name:ident = $value:expr;)*) => {
        $(let $name = $value;)*
        $(let $name = $name?;)*
    };
}
pub(crate) use all;

impl Scope<'_> {
    /// The same scope, where the request being answered is known.
    pub(crate) fn in_rule(self) -> Self {
        Self { live: Live { request: true, ..self.live }, ..self }
    }

    /// The same scope, where a turn is known if it is so.
    pub(crate) fn in_turn(self, is_known: bool) -> Self {
        Self { live: Live { turn: self.live.turn || is_known, ..self.live }, ..self }
    }

    /// The same scope, for content that is written as it is, or not.
    pub(crate) fn sending(self, is_sending: bool) -> Self {
        Self { is_sending, ..self }
    }

    /// Notes a fault.
    pub(crate) fn fault(&self, at: NodeId, message: impl Into<String>) {
        self.document.fault(at, message);
    }

    /// The text of a leaf with columns filled in; `None` where it was refused already.
    pub(crate) fn filled(&self, leaf: Leaf) -> Closing<String> {
        match &self.document.node(leaf.0).kind {
            Kind::Scalar(scalar)
                if scalar.style == Style::Plain && lexical::respelled(&scalar.text).is_some() =>
            {
                None
            }
            Kind::Scalar(scalar) => Some(template::fill(&scalar.text, self.row)),
            _ => None,
        }
    }

    /// Notes a fault of a leaf, and which columns it holds.
    pub(crate) fn fault_of_leaf(&self, leaf: Leaf, message: String, help: Option<String>) {
        let help = help.or_else(|| self.columns_in(leaf));
        self.document.fault_with_help(leaf.0, message, help);
    }

    /// As in "`{size}` is `3x` in this row".
    fn columns_in(&self, leaf: Leaf) -> Option<String> {
        let text = self.document.text(leaf.0);
        let used = self.row.iter().filter(|(name, _)| text.contains(&format!("{{{name}}}")));
        let told: Vec<String> = used.map(|(name, value)| format!("`{{{name}}}` is `{value}`")).collect();
        (!told.is_empty()).then(|| format!("in one row {}", told.join(", ")))
    }

    fn templated<T>(
        &self,
        leaf: Leaf,
        read: impl FnOnce(&str, &Referents<'_>) -> Result<T, Vec<Wrong>>,
    ) -> Closing<T> {
        let filled = self.filled(leaf)?;
        self.read(leaf, &filled, read)
    }

    fn read<T>(
        &self,
        leaf: Leaf,
        filled: &str,
        read: impl FnOnce(&str, &Referents<'_>) -> Result<T, Vec<Wrong>>,
    ) -> Closing<T> {
        let referents = Referents {
            servers: self.servers,
            columns: self.columns,
            time_scale: self.time_scale,
            live: self.live,
        };
        match read(filled, &referents) {
            Ok(value) => Some(value),
            Err(wrongs) => {
                for Wrong { message, help } in wrongs {
                    self.fault_of_leaf(leaf, message, help);
                }
                None
            }
        }
    }

    /// A stretch of a leaf as a text.
    pub(crate) fn text_of(&self, leaf: Leaf, filled: &str) -> Closing<Text> {
        self.read(leaf, filled, template::text)
    }

    /// A stretch of a leaf as a pattern.
    pub(crate) fn pattern_of(&self, leaf: Leaf, filled: &str) -> Closing<Pattern> {
        self.read(leaf, filled, template::pattern)
    }

    /// A leaf as a text without holes.
    pub(crate) fn plain(&self, leaf: Leaf) -> Closing<String> {
        let text = self.templated(leaf, template::text)?;
        let known = known_bytes(&text).and_then(|bytes| String::from_utf8(bytes).ok());
        if known.is_none() {
            self.fault_of_leaf(
                leaf,
                "this must be known before the case runs, and be UTF-8".to_owned(),
                None,
            );
        }
        known
    }

    /// A leaf that is one of these words.
    pub(crate) fn word_of(&self, leaf: Leaf, what: &str, words: &[&str]) -> Closing<String> {
        let word = self.whole(leaf)?;
        if words.contains(&word.as_str()) {
            return Some(word);
        }
        let help = did_you_mean(&word, words.iter().copied())
            .unwrap_or_else(|| format!("expected {}", one_of(words)));
        self.fault_of_leaf(leaf, format!("`{word}` is no {what}"), Some(help));
        None
    }

    /// A number or word: plain, or a column as the whole value.
    pub(crate) fn whole(&self, leaf: Leaf) -> Closing<String> {
        let filled = self.filled(leaf)?;
        let written = self.document.text(leaf.0);
        let has_column = filled != written;
        if has_column && (!written.starts_with('{') || written.find('}') != Some(written.len() - 1)) {
            let message = "a column must be the whole value of a number or word".to_owned();
            self.fault_of_leaf(leaf, message, None);
            return None;
        }
        Some(filled)
    }

    fn scalar<T: Scalar>(&self, leaf: Leaf) -> Closing<T> {
        let text = self.whole(leaf)?;
        let value = T::read(&text);
        if value.is_none() {
            let help = did_you_mean(&text, T::words().iter().copied());
            let help = help.or_else(|| self.unknown_column(&text));
            self.fault_of_leaf(leaf, format!("expected {}, found `{text}`", T::EXPECTED), help);
        }
        value
    }

    fn unknown_column(&self, text: &str) -> Option<String> {
        let name = text.strip_prefix('{')?.strip_suffix('}')?;
        let none = || format!("the table of this case has no column `{name}`");
        did_you_mean(name, self.columns.iter().map(String::as_str)).or_else(|| Some(none()))
    }
}

/// The bytes of a text without holes.
pub(crate) fn known_bytes(text: &Text) -> Option<Vec<u8>> {
    match text.0.as_slice() {
        [] => Some(Vec::new()),
        [Piece::Bytes(bytes)] => Some(bytes.clone()),
        _ => None,
    }
}

impl Close for Leaf {
    type Closed = Text;

    fn close(&self, scope: &Scope<'_>) -> Closing<Text> {
        scope.templated(*self, template::text)
    }
}

impl<T: Scalar> Close for Open<T> {
    type Closed = T;

    fn close(&self, scope: &Scope<'_>) -> Closing<T> {
        scope.scalar(self.leaf)
    }
}

impl<T: Close> Close for Option<T> {
    type Closed = Option<T::Closed>;

    fn close(&self, scope: &Scope<'_>) -> Closing<Option<T::Closed>> {
        match self {
            Some(value) => value.close(scope).map(Some),
            None => Some(None),
        }
    }
}

impl<T: Close> Close for Box<T> {
    type Closed = T::Closed;

    fn close(&self, scope: &Scope<'_>) -> Closing<T::Closed> {
        (**self).close(scope)
    }
}

impl<T: Close> Close for OneOrMany<T> {
    type Closed = Vec<T::Closed>;

    fn close(&self, scope: &Scope<'_>) -> Closing<Vec<T::Closed>> {
        match self {
            Self::One(one) => one.close(scope).map(|one| vec![one]),
            Self::Many(many) => many.close(scope),
        }
    }
}

impl<T: Close> Close for Part<T> {
    type Closed = T::Closed;

    fn close(&self, scope: &Scope<'_>) -> Closing<T::Closed> {
        self.get()?.close(scope)
    }
}

impl<T: Close> Close for Many<T> {
    type Closed = Vec<T::Closed>;

    fn close(&self, scope: &Scope<'_>) -> Closing<Vec<T::Closed>> {
        let closed: Vec<Option<T::Closed>> = self.items.iter().map(|part| part.close(scope)).collect();
        closed.into_iter().collect()
    }
}

impl<T: Close> Close for Table<T> {
    /// Keys are texts without holes.
    type Closed = Vec<(String, T::Closed)>;

    fn close(&self, scope: &Scope<'_>) -> Closing<Self::Closed> {
        let close = |(key, value): &(Leaf, Part<T>)| {
            all! {
                key = scope.plain(*key);
                value = value.close(scope);
            }
            Some((key, value))
        };
        let closed: Vec<Option<_>> = self.0.iter().map(close).collect();
        closed.into_iter().collect()
    }
}

/// Leaves that are closed otherwise than to a text.
macro_rules! leaves {
    ($($(#[$doc:meta])* $name:ident is $closed:ty, by $close:expr;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, serde::Deserialize)]
            #[serde(transparent)]
            pub(crate) struct $name(pub(crate) Leaf);

            same_schema!($name as Leaf);

            impl Close for $name {
                type Closed = $closed;

                fn close(&self, scope: &Scope<'_>) -> Closing<$closed> {
                    let close: fn(&Scope<'_>, Leaf) -> Closing<$closed> = $close;
                    close(scope, self.0)
                }
            }
        )*
    };
}

leaves! {
    /// A text without holes.
    Plain is String, by |scope, leaf| scope.plain(leaf);
    /// A word that is looked up later, or by its position.
    Word is String, by |scope, leaf| scope.whole(leaf);
    /// The name of a server of the case.
    Server is String, by |scope, leaf| {
        let names: Vec<&str> = scope.servers.iter().map(|server| server.name.as_str()).collect();
        scope.word_of(leaf, "server of this case", &names)
    };
}
