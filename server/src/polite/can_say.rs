//! Which replies hyper spells exactly as the wire engine does.

use http::{HeaderName, HeaderValue, StatusCode};
use hyper::ext::ReasonPhrase;

use crate::{
    script::{After, Conditions, Field, Framing, Reply, Rule, Step, When},
    text::{PatternPiece, Piece, Text},
    wire::reply::{framing, reason_phrase},
};

/// Whether the polite engine can serve this rule so that the same bytes go out: a single final reply once all of a
/// request is there, with field names in hyper's spelling, equal names together, and framed by hyper.
///
/// Not for CONNECT, whose 2xx has no framing field; nor in chunks where HEAD may be asked, since hyper announces none then.
/// What it cannot know: a rule for any method may meet CONNECT all the same.
pub fn polite_can_say(rule: &Rule) -> bool {
    let When::Request(conditions) = &rule.when else { return false };
    let [Step::Reply(reply)] = rule.steps.as_slice() else { return false };
    let method = method(conditions);
    let chunked = framing(reply) == Framing::Chunked;
    let never_head = method.is_some_and(|method| method != b"HEAD");
    rule.after == After::Body && method != Some(b"CONNECT") && (!chunked || never_head) && can_spell(reply)
}

/// The only method that meets the conditions, if there is one.
fn method(conditions: &Conditions) -> Option<&[u8]> {
    let Some(PatternPiece::Text(Text(pieces))) = conditions.request.as_ref()?.0.first() else { return None };
    let Some(Piece::Bytes(line)) = pieces.first() else { return None };
    let space = line.iter().position(|byte| *byte == b' ')?;
    Some(&line[..space])
}

fn can_spell(reply: &Reply) -> bool {
    let final_status = (200..1000).contains(&reply.status) && StatusCode::from_u16(reply.status).is_ok();
    let reason = match &reply.reason {
        None => !reason_phrase(reply.status).is_empty(),
        Some(reason) => reason
            .static_bytes()
            .is_some_and(|bytes| !bytes.is_empty() && ReasonPhrase::try_from(&*bytes).is_ok()),
    };
    final_status
        && reason
        && reply.framing != Framing::Close
        && reply.trailers.is_empty()
        && reply.fields.iter().all(can_spell_field)
        && names_together(&reply.fields)
}

fn can_spell_field(field: &Field) -> bool {
    let Some(name) = field.name.static_bytes() else { return false };
    let Ok(parsed) = HeaderName::from_bytes(&name) else { return false };
    // hyper acts on these, or orders them.
    let framing = ["connection", "content-length", "transfer-encoding", "upgrade"].contains(&parsed.as_str());
    let value = match field.value.static_bytes() {
        Some(bytes) => HeaderValue::from_bytes(&bytes).is_ok(),
        // Addresses, dates and counters are always well formed; what a client sent may be anything.
        None => field.value.0.iter().all(|piece| match piece {
            Piece::Bytes(bytes) => HeaderValue::from_bytes(bytes).is_ok(),
            Piece::Request(_) => false,
            _ => true,
        }),
    };
    !framing && value && is_title_case(&name)
}

/// As hyper spells names: capitals at the beginning and after hyphens, only there.
fn is_title_case(name: &[u8]) -> bool {
    let mut start = true;
    name.iter().all(|byte| {
        let right = if start { !byte.is_ascii_lowercase() } else { !byte.is_ascii_uppercase() };
        start = *byte == b'-';
        right
    })
}

/// Whether equal names stand together; apart, hyper would bring them together.
fn names_together(fields: &[Field]) -> bool {
    let same = |a: &Field, b: &Field| match (a.name.static_bytes(), b.name.static_bytes()) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(&b),
        _ => false,
    };
    fields.iter().enumerate().all(|(at, field)| {
        let before = fields[..at].iter().rposition(|other| same(other, field));
        before.is_none_or(|before| before + 1 == at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(status: u16, fields: &[(&str, &str)]) -> Rule {
        let fields =
            fields.iter().map(|(name, value)| Field { name: (*name).into(), value: (*value).into() });
        let reply = Reply {
            status,
            reason: None,
            fields: fields.collect(),
            body: "x".into(),
            framing: Framing::Length,
            chunk: None,
            trailers: Vec::new(),
        };
        Rule {
            when: When::Request(Conditions::default()),
            times: None,
            after: After::Body,
            steps: vec![Step::Reply(reply)],
        }
    }

    #[test]
    fn what_hyper_spells() {
        assert!(polite_can_say(&rule(
            200,
            &[("Content-Type", "a"), ("Set-Cookie", "a"), ("Set-Cookie", "b")]
        )));
        assert!(!polite_can_say(&rule(200, &[("ETag", "a")])));
        assert!(!polite_can_say(&rule(200, &[("x", "a")])));
        assert!(!polite_can_say(&rule(200, &[("A", "1"), ("B", "2"), ("A", "3")])));
        assert!(!polite_can_say(&rule(200, &[("A", "1"), ("A", "3\r\n")])));
        assert!(!polite_can_say(&rule(200, &[("Connection", "close")])));
        assert!(!polite_can_say(&rule(103, &[])));
        assert!(!polite_can_say(&rule(299, &[])), "there is no phrase, and hyper would make one up");
    }

    #[test]
    fn what_only_the_wire_engine_does() {
        assert!(!polite_can_say(&Rule { after: After::Head, ..rule(200, &[]) }));
        assert!(!polite_can_say(&Rule { when: When::Accept, ..rule(200, &[]) }));
        assert!(!polite_can_say(&Rule { steps: Vec::new(), ..rule(200, &[]) }));
        let on = |line: &str, rule: Rule| {
            let conditions = Conditions { request: Some(line.into()), ..Conditions::default() };
            Rule { when: When::Request(conditions), ..rule }
        };
        assert!(!polite_can_say(&on("CONNECT *", rule(200, &[]))));
        let mut chunked = rule(200, &[]);
        if let Some(Step::Reply(reply)) = chunked.steps.first_mut() {
            reply.chunk = Some(1);
        }
        assert!(!polite_can_say(&chunked), "it may meet HEAD");
        assert!(!polite_can_say(&on("HEAD /", chunked.clone())));
        assert!(polite_can_say(&on("GET /*", chunked)));
    }
}
