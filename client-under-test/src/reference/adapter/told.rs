//! What is told of a call, in the contract's terms.

use std::time::Instant;

use crate::{
    outcome::{self, CallResult, FieldLine, Interim, Times},
    reference::{
        collect::millis,
        error::{Class, Error, Phase},
        fields::Fields,
        head::ResponseHead,
        response,
    },
};

pub(super) fn shown(fields: &Fields) -> Vec<FieldLine> {
    fields.0.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect()
}

pub(super) fn hop(hop: &response::Hop) -> outcome::Hop {
    outcome::Hop {
        status: hop.status,
        url: Some(hop.url.to_string().into()),
        fields: Some(shown(&hop.fields)),
    }
}

pub(super) fn interim(head: &ResponseHead) -> Interim {
    Interim { status: head.status, fields: Some(shown(&head.fields)) }
}

pub(super) fn failed(error: &Error, start: Instant) -> CallResult {
    CallResult {
        error: Some(error.report()),
        times: Some(Times { end: millis(start, Instant::now()), ..Times::default() }),
        ..CallResult::default()
    }
}

pub(super) fn panicked() -> CallResult {
    failed(
        &Error::new(Class::Other, Phase::Prepare, "RuntimeError", "the call ended by itself"),
        Instant::now(),
    )
}
