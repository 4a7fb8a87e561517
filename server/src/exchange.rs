//! What both engines do before they answer: wait for a request, find its rule, wait for as much of the request
//! as the rule wants.

use std::{future::poll_fn, task::Poll};

use crate::{
    connection::Connection,
    events::What,
    rules::{self, Decision},
    script::After,
    seen::Answer,
    tap::{Came, Wanted},
};

/// A request to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// By this rule.
    Rule { rule: usize, count: u64 },
    /// With 404.
    Unmatched,
    /// No further request will come, or it broke off.
    Over,
}

/// Waits until the request with this index is to be answered.
pub(crate) async fn next(connection: &Connection, index: usize) -> Turn {
    if came(connection, index, Wanted::Head).await == Came::BrokeOff {
        return Turn::Over;
    }
    // Whatever changes the decision comes through the tap, and so wakes this task.
    let decision = poll_fn(|_| {
        let tap = connection.tap();
        match rules::on_request(connection, &tap, index) {
            Decision::Later => Poll::Pending,
            decided => Poll::Ready(decided),
        }
    })
    .await;
    let Decision::Fires { rule, count } = decision else {
        let mut tap = connection.tap();
        tap.answer(index, Answer::Unmatched);
        connection.tell(&tap, || What::Unmatched);
        return Turn::Unmatched;
    };
    let wanted = match connection.server().script.rules[rule].after {
        After::Head => Wanted::Head,
        After::Bytes(count) => Wanted::Bytes(count),
        After::Body => Wanted::All,
    };
    if came(connection, index, wanted).await == Came::BrokeOff {
        crate::case::lock(&connection.server().rules).give_back(rule);
        return Turn::Over;
    }
    let mut tap = connection.tap();
    tap.answer(index, Answer::Rule(rule));
    connection.tell(&tap, || What::Fired(rule));
    Turn::Rule { rule, count }
}

/// Waits for this much of a request, or until it is clear that it will not come.
pub(crate) async fn came(connection: &Connection, index: usize, wanted: Wanted) -> Came {
    poll_fn(|_| connection.tap().has(index, wanted).map_or(Poll::Pending, Poll::Ready)).await
}

/// Waits for the client's end.
pub(crate) async fn client_end(connection: &Connection) {
    poll_fn(|_| if connection.tap().input_over { Poll::Ready(()) } else { Poll::Pending }).await;
}
