//! Routes behind credentials.

use std::{
    collections::{HashMap, VecDeque},
    sync::Mutex,
};

use axum::response::Response;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{StatusCode, header};
use serde_json::json;

use super::{
    asked::{Asked, utf8},
    cookies::with_cookie,
    dynamic::random_hex,
    reply,
    routes::Path,
    status,
};
use crate::{
    case::lock,
    digest::{Algorithm, Challenge, Parameters, Subject},
};

/// `/basic-auth/U/P`
pub(super) async fn basic(asked: Asked, Path((user, password)): Path<(String, String)>) -> Response {
    if is_basic(&asked, &user, &password) { welcome(&user) } else { status::of(StatusCode::UNAUTHORIZED) }
}

/// `/hidden-basic-auth/U/P`: 404 to who does not know.
pub(super) async fn hidden_basic(asked: Asked, Path((user, password)): Path<(String, String)>) -> Response {
    if is_basic(&asked, &user, &password) { welcome(&user) } else { status::of(StatusCode::NOT_FOUND) }
}

fn welcome(user: &str) -> Response {
    reply::json(json!({ "authenticated": true, "user": user }))
}

/// Whether these credentials were given (RFC 7617).
fn is_basic(asked: &Asked, user: &str, password: &str) -> bool {
    let Some(credentials) = asked.field("authorization") else { return false };
    let Some((scheme, token)) = credentials.split_once(' ') else { return false };
    let given = BASE64_STANDARD.decode(token.trim());
    scheme.eq_ignore_ascii_case("basic")
        && given.is_ok_and(|given| given == format!("{user}:{password}").as_bytes())
}

/// `/bearer`: any token will do.
pub(super) async fn bearer(asked: Asked) -> Response {
    match asked.field("authorization").as_deref().and_then(|given| given.strip_prefix("Bearer ")) {
        Some(token) => reply::json(json!({ "authenticated": true, "token": utf8(token) })),
        None => reply::with(reply::empty(StatusCode::UNAUTHORIZED), header::WWW_AUTHENTICATE, "Bearer"),
    }
}

const REALM: &str = "Fake Realm";

/// `/digest-auth/QOP/U/P/ALGORITHM/STALE_AFTER` (RFC 7616).
///
/// Any other `QOP` than `auth` and `auth-int` offers both, any unknown `ALGORITHM` is MD5, and any `STALE_AFTER` that is
/// no number is never. Otherwise a nonce is good for so many answers. Answers are checked as they come: cookies are set
/// as httpbin does, but nobody has to send them, unless `require-cookie` asks for that.
pub(super) fn digest(nonces: &Nonces, asked: &Asked, Path(path): Path<HashMap<String, String>>) -> Response {
    let part = |name: &str| path.get(name).map(String::as_str);
    let wall = Wall {
        nonces,
        qops: match part("qop") {
            Some("auth") => "auth",
            Some("auth-int") => "auth-int",
            _ => "auth, auth-int",
        },
        algorithm: part("algorithm").filter(|name| ALGORITHMS.contains(name)).unwrap_or(ALGORITHMS[0]),
        stale_after: part("stale_after").unwrap_or("never"),
    };
    wall.answer(asked, part("user").unwrap_or_default(), part("password").unwrap_or_default())
}

/// Those of httpbin, and the one that is registered instead of the last of them.
const ALGORITHMS: [&str; 4] = ["MD5", "SHA-256", "SHA-512", "SHA-512-256"];

/// What a digest route demands.
struct Wall<'a> {
    nonces: &'a Nonces,
    qops: &'static str,
    algorithm: &'a str,
    stale_after: &'a str,
}

impl Wall<'_> {
    fn answer(&self, asked: &Asked, user: &str, password: &str) -> Response {
        let needs_cookie = asked
            .args()
            .iter()
            .find(|(name, _)| name == "require-cookie")
            .is_some_and(|(_, value)| ["1", "t", "true"].contains(&value.to_ascii_lowercase().as_str()));
        let authorization = asked.field("authorization");
        let answer = authorization.and_then(|given| Parameters::of_digest(utf8(&given).as_bytes()));
        let Some(answer) = answer.filter(|_| !needs_cookie || asked.field("cookie").is_some()) else {
            return self.challenge(false);
        };
        let fake = ("fake".to_owned(), "fake_value".to_owned());
        if needs_cookie && !asked.cookies().contains(&fake) {
            let mut refused = reply::json(json!({ "errors": ["missing cookie set on challenge"] }));
            *refused.status_mut() = StatusCode::FORBIDDEN;
            return with_cookie(refused, "fake", "fake_value");
        }
        if !self.is_proven(asked, &answer, user, password) {
            return self.challenge(false);
        }
        let nonce = answer.get("nonce").unwrap_or_default();
        match self.nonces.answered(nonce, self.stale_after.parse().ok()) {
            // The answer is right, and only the nonce is not: the client need not ask its user again.
            None => self.challenge(true),
            Some(answers) => {
                let left = self.stale_after.parse::<u64>().map(|limit| limit - answers);
                let left = left.map_or_else(|_| "never".to_owned(), |left| left.to_string());
                with_cookie(with_cookie(welcome(user), "fake", "fake_value"), "stale_after", &left)
            }
        }
    }

    fn is_proven(&self, asked: &Asked, answer: &Parameters, user: &str, password: &str) -> bool {
        let Some(algorithm) = Algorithm::parse(Some(self.algorithm.as_bytes())) else { return false };
        let offered = |qop: &[u8]| self.qops.split(", ").any(|offered| offered.as_bytes() == qop);
        let nonce = answer.get("nonce").unwrap_or_default();
        let known = self.nonces.opaque(nonce);
        let opaque = known.as_ref().map_or(answer.get("opaque"), |opaque| Some(opaque.as_bytes()));
        let target = &asked.target;
        let subject = Subject { method: asked.method.as_str().as_bytes(), target, content: &asked.content };
        answer.get("qop").is_some_and(offered)
            && Challenge::new(REALM, nonce, opaque, algorithm)
                .proof(answer, &subject, user.as_bytes(), password.as_bytes())
                .is_some()
    }

    /// 401 with a new nonce.
    fn challenge(&self, stale: bool) -> Response {
        let (nonce, opaque) = self.nonces.issue();
        let (qops, algorithm) = (self.qops, self.algorithm);
        let stale = if stale { "TRUE" } else { "FALSE" };
        let challenge = format!(
            "Digest realm=\"{REALM}\", nonce=\"{nonce}\", qop=\"{qops}\", opaque=\"{opaque}\", \
             algorithm={algorithm}, stale={stale}"
        );
        let asked = reply::with(reply::empty(StatusCode::UNAUTHORIZED), header::WWW_AUTHENTICATE, &challenge);
        with_cookie(with_cookie(asked, "stale_after", self.stale_after), "fake", "fake_value")
    }
}

/// The nonces given out last.
#[derive(Debug, Default)]
pub(super) struct Nonces(Mutex<VecDeque<Nonce>>);

#[derive(Debug)]
struct Nonce {
    text: String,
    opaque: String,
    /// How often it was answered.
    answers: u64,
}

/// Older ones are forgotten, and so stale.
const REMEMBERED: usize = 1024;

impl Nonces {
    /// A new nonce, and its opaque.
    fn issue(&self) -> (String, String) {
        let (nonce, opaque) = (random_hex(), random_hex());
        let mut nonces = lock(&self.0);
        if nonces.len() == REMEMBERED {
            nonces.pop_front();
        }
        nonces.push_back(Nonce { text: nonce.clone(), opaque: opaque.clone(), answers: 0 });
        (nonce, opaque)
    }

    /// What was given out with this nonce.
    fn opaque(&self, nonce: &[u8]) -> Option<String> {
        lock(&self.0).iter().find(|known| known.text.as_bytes() == nonce).map(|known| known.opaque.clone())
    }

    /// Counts an answer to this nonce; `None` where it is stale: unknown, or answered so often.
    fn answered(&self, nonce: &[u8], limit: Option<u64>) -> Option<u64> {
        let mut nonces = lock(&self.0);
        let known = nonces.iter_mut().find(|known| known.text.as_bytes() == nonce)?;
        if limit.is_some_and(|limit| known.answers >= limit) {
            return None;
        }
        known.answers += 1;
        Some(known.answers)
    }
}
