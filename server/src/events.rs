//! What happens, told while it happens: for `wireproof serve`. Verdicts never look here.

use std::time::Duration;

use crate::seen::Ended;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When, counted from the moment the script was staged.
    pub at: Duration,
    /// On which server.
    pub server: String,
    /// On which connection; `None` where it has no number yet.
    pub connection: Option<u64>,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A connection was accepted.
    Accepted,
    /// The head of a request was complete: its request line, without the line end.
    Head(Vec<u8>),
    /// A request was complete, with so many bytes of content.
    Complete(u64),
    /// The rule with this index fired.
    Fired(usize),
    /// No rule held; 404 is answered.
    Unmatched,
    /// A reply with this status is being sent.
    Replied(u16),
    /// A step list is at its end; so many bytes were sent on the connection so far.
    Answered(u64),
    /// A signal was given.
    Signal(String),
    /// The connection ended.
    Ended(Ended),
    /// Something went wrong on our side.
    Fault(String),
}
