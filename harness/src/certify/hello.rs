//! The first message: whether it says what can be said.

use wireproof_client::capabilities::{Hello, Support, WITHOUT_OPTION, is_known};

use super::{certificate::Line, falsify};

/// The limits that there are.
const LIMITS: [&str; 9] = [
    "max-redirects",
    "retry",
    "head-bytes",
    "field-count",
    "pool-per-host",
    "expect-wait",
    "connect-timeout",
    "read-timeout",
    "total-timeout",
];

/// What may be said.
#[derive(Clone, Copy)]
struct Legal {
    /// Whether this can be the name of a client, its version or its language.
    text: fn(&str) -> bool,
    /// Whether there is this capability.
    capability: fn(&str) -> bool,
    /// Whether there is this limit.
    limit: fn(&str) -> bool,
}

const LEGAL: Legal = Legal {
    text: |text| !text.trim().is_empty(),
    capability: is_known,
    limit: |name| LIMITS.contains(&name) || name.starts_with("x-"),
};

/// The row of the hello. That there is one, in time and of our version, is what starting the client took.
pub(super) fn line(hello: &Hello) -> Line {
    let mut opposites = vec![Legal { text: |text| text.trim().is_empty(), ..LEGAL }];
    // What is not said cannot be wrong.
    if !hello.capabilities.is_empty() {
        opposites.push(Legal { capability: |name| !is_known(name), ..LEGAL });
    }
    if !hello.limits.is_empty() {
        opposites.push(Legal { limit: |name| !(LEGAL.limit)(name), ..LEGAL });
    }
    Line::new(
        "hello",
        "The hello says what it has to, by names that there are",
        falsify::both_ways(&LEGAL, &opposites, |legal| amiss(hello, legal)),
    )
}

fn amiss(hello: &Hello, legal: &Legal) -> Vec<String> {
    let mut amiss = Vec::new();
    for (what, text) in
        [("client", &hello.client), ("version", &hello.version), ("language", &hello.language)]
    {
        if !(legal.text)(text) {
            amiss.push(format!("`{what}` is empty"));
        }
    }
    for (name, support) in &hello.capabilities {
        if !(legal.capability)(name) {
            amiss.push(format!("there is no capability `{name}`: private names begin with `x-`"));
        }
        if WITHOUT_OPTION.contains(&name.as_str())
            && matches!(support, Support::Configurable | Support::Always)
        {
            amiss.push(format!("`{name}` has no option: it is `yes` or `no`"));
        }
    }
    for name in &hello.per_call {
        if hello.support(name) == Support::No {
            amiss.push(format!("`{name}` is per call and no capability"));
        } else if WITHOUT_OPTION.contains(&name.as_str()) {
            amiss.push(format!("`{name}` is per call and no option"));
        }
    }
    for (name, value) in &hello.limits {
        if !(legal.limit)(name) {
            amiss.push(format!("there is no limit `{name}`"));
        }
        if !value.is_u64() && value != "none" {
            amiss.push(format!("the limit `{name}` is {value}, and neither a number nor \"none\""));
        }
    }
    amiss
}

#[cfg(test)]
mod tests {
    use super::{super::certificate::Finding, *};

    fn amiss_of(more: &str) -> String {
        let text = format!(r#"{{"protocol":1,"client":"c","version":"1","language":"l"{more}}}"#);
        let hello = serde_json::from_str(&text).unwrap();
        match line(&hello).finding {
            Finding::NotMet(why) => why.join("; "),
            Finding::Met | Finding::NotAsked(_) => String::new(),
        }
    }

    #[test]
    fn what_can_be_said_is_right() {
        assert_eq!(amiss_of(""), "");
        assert_eq!(
            amiss_of(
                r#","capabilities":{"x-mine":"always","redirects":"always","tls":"yes"},"per-call":["redirects"],
                   "limits":{"retry":0,"read-timeout":"none"}"#
            ),
            ""
        );
    }

    #[test]
    fn what_cannot_is_named() {
        for (more, word) in [
            (r#","capabilities":{"redirect":"yes"}"#, "`redirect`"),
            (r#","capabilities":{"tls":"configurable"}"#, "`tls` has no option"),
            (r#","per-call":["redirects"]"#, "per call and no capability"),
            (r#","capabilities":{"tls":"yes"},"per-call":["tls"]"#, "no option"),
            (r#","limits":{"retries":1}"#, "no limit `retries`"),
            (r#","limits":{"retry":"many"}"#, "\"many\""),
        ] {
            assert!(amiss_of(more).contains(word), "{more}: {}", amiss_of(more));
        }
        let nameless = r#"{"protocol":1,"client":"c","version":" ","language":"l"}"#;
        assert_eq!(amiss(&serde_json::from_str(nameless).unwrap(), &LEGAL), ["`version` is empty"]);
    }
}
