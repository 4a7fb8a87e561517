//! Decisions with more than two answers. The first of each is the conforming one.

/// How a Content-Length is read (RFC 9110 8.6: `1*DIGIT`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LengthSyntax {
    /// `1*DIGIT`, within 64 bits.
    Digits,
    /// As C's `strtoul` and Python's `int` would: a plus sign goes through.
    PlusSign,
    /// Digits up to the first other character.
    LeadingDigits,
    /// A minus sign goes through, and means nothing is there.
    MinusSign,
    /// Hexadecimal with a prefix goes through.
    Hexadecimal,
    /// Whatever exceeds 64 bits wraps around.
    Wrapping64,
    /// Whatever exceeds 32 bits wraps around.
    Wrapping32,
}

/// What is made of several Content-Length values (RFC 9112 6.3, 5.: equal ones may be taken once).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RepeatedLength {
    /// Equal ones are one, different ones an error.
    EqualOnly,
    /// The first counts.
    First,
    /// The last counts.
    Last,
    /// They are added up.
    Sum,
}

/// What a chunk size that is not `1*HEXDIG` does (RFC 9112 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BadChunkSize {
    /// It makes the message malformed.
    Refuse,
    /// It ends the body.
    EndBody,
    /// A `0x` is skipped.
    SkipPrefix,
    /// A sign is skipped.
    SkipSign,
    /// Too large a number wraps around.
    Wrap,
}

/// What continues a field line (RFC 9112 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObsFold {
    /// A space.
    Space,
    /// The line break as it came.
    LineBreak,
    /// Nothing: the continuation is lost.
    Dropped,
}

/// What becomes of a field line without a colon (RFC 9112 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoColon {
    /// It makes the message malformed.
    Refuse,
    /// It is skipped.
    Skip,
    /// It ends the head.
    EndHead,
}

/// What becomes of a CR that no LF follows (RFC 9112 2.2: refused, or replaced by a space).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BareCr {
    /// Refused.
    Refuse,
    /// Part of the line.
    Keep,
    /// The line ends there.
    EndLine,
}

/// What becomes of NUL in a field value (RFC 9110 5.5: refused, or replaced by a space).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NulInValue {
    /// Refused.
    Refuse,
    /// The value ends there.
    Cut,
    /// Part of the value.
    Keep,
}

/// What becomes of obs-text in a field value (RFC 9110 5.5: opaque data).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObsText {
    /// Handed over as bytes.
    Keep,
    /// The message is refused.
    Refuse,
    /// Each byte becomes a replacement character.
    Replace,
}

/// Where a status code outside the registered ones leads (RFC 9110 15: as x00, but shown as it is).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnknownStatus {
    /// Handed over as it is.
    Keep,
    /// Refused.
    Refuse,
    /// Reported as the x00 of its class.
    Generalise,
    /// Outside of the classes: reported as 500, as RFC 9110 15 has such responses processed.
    ServerError,
}

/// How a Location is made absolute (RFC 9110 10.2.2, RFC 3986 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resolution {
    /// By RFC 3986 5.2.
    Rfc3986,
    /// Relative paths start at the root.
    AgainstRoot,
    /// The text is appended to the base.
    Append,
    /// Dot segments stay.
    KeepDotSegments,
    /// The query of the reference is lost.
    DropQuery,
    /// The query of the base is inherited.
    InheritQuery,
}

/// What becomes of a field line whose name is no token (RFC 9110 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BadName {
    /// It makes the message malformed.
    Refuse,
    /// It is a field all the same.
    Keep,
    /// It is skipped.
    Skip,
}

/// What becomes of fields about the connection that the caller sets (RFC 9110 7.6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectionFields {
    /// They are sent.
    AsGiven,
    /// They are sent, and TE is listed in Connection (RFC 9110 10.1.4).
    TeListed,
    /// They are left out.
    Dropped,
    /// The request is refused.
    Refused,
}

/// What tells of coded content once it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DecodedFields {
    /// The fields as they came.
    Keep,
    /// The length as it came, and no coding.
    DropCoding,
    /// The length of what was decoded.
    TellLength,
}

/// What is made of octets that are no text in their charset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InvalidText {
    /// A replacement character for each sequence that is none (WHATWG Encoding 4.1).
    Mark,
    /// One for all that come together.
    MarkOnce,
    /// Nothing.
    Drop,
    /// An error.
    Refuse,
}

/// How a file name beyond ASCII is written into multipart content (RFC 7578 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileNames {
    /// In UTF-8.
    Utf8,
    /// Percent-encoded.
    Percent,
    /// As `filename*` (RFC 8187), which RFC 7578 forbids.
    Extended,
    /// With question marks.
    Ascii,
}

/// What becomes of octets of the caller's that no URL may hold (RFC 3986 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OddOctets {
    /// They are sent.
    Keep,
    /// They are percent-encoded.
    Encode,
    /// The URL is refused, and so is one with a percent sign that encodes nothing.
    Refuse,
}
