//! Text with holes: what a script sends or compares, before addresses, requests and counters are known.

mod date;
mod fill;
mod pattern;

use std::time::Duration;

pub use fill::{Context, FillError, RequestParts};
pub use pattern::FilledPattern;
pub(crate) use pattern::find;

/// Bytes with holes that are filled at run time. What is put in is never read again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct Text(pub Vec<Piece>);

/// One stretch of a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// A part of a server's address, known once its listener is bound.
    Address {
        /// The server's name in the case.
        server: String,
        /// Which part.
        part: AddressPart,
    },
    /// A date, written when the text is.
    Date {
        /// Seconds and nanoseconds from now on (scaled already); negative is in the past.
        offset: Offset,
        /// How it is spelled.
        form: DateForm,
    },
    /// A part of the request being answered.
    Request(RequestPart),
    /// How often this rule has fired, from 1.
    Count,
    /// The turn of the nearest `repeat` or `times`, from 1.
    Turn,
}

/// A distance from now, in either direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Offset {
    /// True for the past.
    pub back: bool,
    /// How far.
    pub by: Duration,
}

/// The spellings of a date (RFC 9110 5.6.7), and seconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DateForm {
    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    Imf,
    /// `Sunday, 06-Nov-94 08:49:37 GMT`
    Rfc850,
    /// `Sun Nov  6 08:49:37 1994`
    Asctime,
    /// `784111777`
    Unix,
}

/// A part of the address of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AddressPart {
    /// Scheme, host and port; the default port left out; no trailing slash.
    Origin,
    /// `http`
    Scheme,
    /// The first of its names, else its address (IPv6 in brackets).
    Host,
    /// The port, in decimal.
    Port,
    /// Host and port; the default port left out.
    Authority,
    /// The IP address, without brackets.
    Address,
    /// The path of its Unix socket.
    Socket,
}

/// A part of the request being answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RequestPart {
    /// The method.
    Method,
    /// The request target, as sent.
    Target,
    /// The content, after transfer coding.
    Body,
    /// The head, as sent.
    Head,
    /// The field lines of this name (lower case), joined by `, `; absent is empty.
    Field(String),
}

/// A text in which `*` stood for any run of bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct Pattern(pub Vec<PatternPiece>);

/// One stretch of a [`Pattern`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PatternPiece {
    /// Any run of bytes, also none.
    Star,
    /// Exactly this.
    Text(Text),
}
