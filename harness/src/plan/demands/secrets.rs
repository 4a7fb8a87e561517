//! What no message may tell: the passwords and tokens that a case hands to its client. Whoever logs an error logs them.

use wireproof_server::text::{Piece, Text};

use crate::{
    plan::calls,
    scenario::{
        Scenario,
        client::{ClientOptions, Proxy},
    },
};

/// A secret that is shorter may be a word of the message.
const SHORTEST: usize = 5;

/// The secrets of a case, each once. Those that are only known at run time are none of an author's.
pub(super) fn of(scenario: &Scenario) -> Vec<Text> {
    let mut found = of_options(&scenario.client);
    for call in calls(scenario) {
        found.extend(of_options(&call.with));
        found.extend(of_url(&call.url));
    }
    found.retain(|secret| secret.len() >= SHORTEST);
    found.sort();
    found.dedup();
    found.into_iter().map(|secret| Text(vec![Piece::Bytes(secret)])).collect()
}

fn of_options(options: &ClientOptions) -> Vec<Vec<u8>> {
    let credentials = options.credentials.as_ref();
    let told = credentials.into_iter().flat_map(|one| [&one.password, &one.bearer]).flatten();
    let proxies = match &options.proxy {
        None | Some(Proxy::None) => Vec::new(),
        Some(Proxy::Url(url)) => vec![url],
        Some(Proxy::ByScheme { http, https, .. }) => http.iter().chain(https).collect(),
    };
    told.filter_map(literal).chain(proxies.into_iter().filter_map(of_url)).collect()
}

/// The bytes of a text without templates.
fn literal(text: &Text) -> Option<Vec<u8>> {
    match &text.0[..] {
        [Piece::Bytes(bytes)] => Some(bytes.clone()),
        _ => None,
    }
}

/// The password in a URL: it stands before all that a template can stand for.
fn of_url(url: &Text) -> Option<Vec<u8>> {
    let Some(Piece::Bytes(first)) = url.0.first() else { return None };
    let first = std::str::from_utf8(first).ok()?;
    let (_, authority) = first.split_once("://")?;
    let (user, _) = authority.split('/').next()?.rsplit_once('@')?;
    let (_, password) = user.split_once(':')?;
    Some(password.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_a_url_is_found() {
        let of = |url: &str| of_url(&Text::from(url)).map(|found| String::from_utf8(found).unwrap());
        assert_eq!(of("http://bob:secret@127.0.0.1/").as_deref(), Some("secret"));
        assert_eq!(of("http://bob:a:b@c@127.0.0.1").as_deref(), Some("a:b@c"));
        for without in ["http://127.0.0.1/a:b@c", "http://bob@127.0.0.1/", "/a:b@c"] {
            assert_eq!(of(without), None, "{without}");
        }
    }
}
