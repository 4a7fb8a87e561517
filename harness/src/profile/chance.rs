//! Cases in which two things happen at once and either may be first: their stories and labels are not compared, only
//! their verdicts.

use crate::{known::glob, verdict::Behaviour};

/// The cases, `*` standing for any run of characters, and what is decided by chance.
const DECIDED: &[(&str, &str)] = &[
    ("cancel/cancel/between-two-chunks", "the head and the moment to give up race on a busy machine"),
    ("cancel/cancel/while-content-is-decoded", "the head and the moment to give up race on a busy machine"),
    ("cancel/cancel/while-it-waits-for-a-connection", "either of two calls gets the one connection"),
    ("cancel/cancel/within-the-body", "the head and the moment to give up race on a busy machine"),
    ("framing/ends/answer-before-the-request", "the system may withdraw the answer when the request comes"),
    ("informational/interim/endless", "a limit on how many there are and one on time race"),
    (
        "pooling/at-once/waiting-for-a-connection-takes-time-too",
        "either of two calls gets the one connection",
    ),
    ("pooling/unread/still-to-come", "the client may be gone before the rest is sent"),
    ("proxies/connect/opened-by-*", "the client may be gone before the proxy reaches the origin"),
    ("redirects/content/redirected-while-sending", "the redirect and the rest of the content race"),
    ("timeouts/total/all-hops-together", "how many hops fit into the time"),
    ("uploads/answered-midway/challenged-midway", "how much is sent before the challenge is heard"),
    ("uploads/failing-sources/next-request-is-*", "which of two connections is heard first"),
    ("unreachable/ends/reset-on-accept", "the reset may strike before or after the request"),
    ("unreachable/hosts/https-on-plain-port-through-a-tunnel", "the client may be gone before the answer"),
];

/// What chance decides in this case; `None` where it has no part.
pub fn decides(case: &str) -> Option<&'static str> {
    DECIDED.iter().find(|(pattern, _)| glob(pattern, case)).map(|(_, why)| *why)
}

/// The behaviour, without the label where chance decides which it is.
#[must_use]
pub fn settled(case: &str, behaviour: Behaviour) -> Behaviour {
    let label = behaviour.label.filter(|_| decides(case).is_none());
    Behaviour { label, ..behaviour }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Word;

    #[test]
    fn a_label_is_told_unless_chance_decides_it() {
        let takes = Behaviour { word: Word::Pass, label: Some("takes it".to_owned()) };
        assert_eq!(settled("framing/ends/other", takes.clone()), takes);
        let bare = Behaviour { word: Word::Pass, label: None };
        assert_eq!(settled("framing/ends/answer-before-the-request", takes), bare);
    }
}
