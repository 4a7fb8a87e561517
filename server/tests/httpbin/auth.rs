//! Routes behind credentials.

use md5::{Digest as _, Md5};
use serde_json::json;
use sha2::{Sha256, Sha512, Sha512_256};

use crate::client::{Response, ask, get};

#[test]
fn basic() {
    let right = "Authorization: Basic dXNlcjpw\r\n";
    for (path, fields, status) in [
        ("/basic-auth/user/p", "", 401),
        ("/basic-auth/user/p", right, 200),
        ("/basic-auth/user/p", "Authorization: bAsIc dXNlcjpw\r\n", 200),
        ("/basic-auth/user/q", right, 401),
        ("/basic-auth/user/p", "Authorization: Basic !\r\n", 401),
        ("/basic-auth/user/p", "Authorization: Bearer dXNlcjpw\r\n", 401),
        ("/basic-auth/%C3%A9/p", "Authorization: Basic w6k6cA==\r\n", 200),
        ("/hidden-basic-auth/user/p", "", 404),
        ("/hidden-basic-auth/user/p", right, 200),
    ] {
        let response = get(path, fields);
        assert_eq!(response.status, status, "{path} {fields}");
        let challenge = (status == 401).then(|| "Basic realm=\"Fake Realm\"".to_owned());
        assert_eq!(response.field("www-authenticate"), challenge);
    }
    assert_eq!(get("/basic-auth/user/p", right).json(), json!({"authenticated": true, "user": "user"}));
}

#[test]
fn bearer() {
    let response = get("/bearer", "");
    assert_eq!((response.status, response.field("www-authenticate")), (401, Some("Bearer".to_owned())));
    assert_eq!(get("/bearer", "Authorization: Basic x\r\n").status, 401);
    let told = get("/bearer", "Authorization: Bearer a b\r\n").json();
    assert_eq!(told, json!({"authenticated": true, "token": "a b"}));
}

/// A parameter of a challenge.
fn parameter(response: &Response, name: &str) -> String {
    let challenge = response.field("www-authenticate").unwrap();
    let (_, rest) = challenge.split_once(&format!("{name}=")).unwrap();
    let end = match rest.strip_prefix('"') {
        Some(quoted) => quoted.find('"').unwrap() + 2,
        None => rest.find(',').unwrap_or(rest.len()),
    };
    rest[..end].trim_matches('"').to_owned()
}

fn hash(algorithm: &str, text: &str) -> String {
    let bytes = match algorithm {
        "MD5" => Md5::digest(text).to_vec(),
        "SHA-256" => Sha256::digest(text).to_vec(),
        "SHA-512" => Sha512::digest(text).to_vec(),
        "SHA-512-256" => Sha512_256::digest(text).to_vec(),
        other => panic!("{other}"),
    };
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

struct Answer<'a> {
    path: &'a str,
    qop: &'a str,
    content: &'a str,
    password: &'a str,
    nonce: &'a str,
}

/// Answers a challenge, computed from RFC 7616 3.4.1, not by the server's own code.
fn answer(challenge: &Response, of: &Answer<'_>) -> Response {
    let Answer { path, qop, content, password, nonce } = of;
    let (realm, opaque, algorithm) =
        (parameter(challenge, "realm"), parameter(challenge, "opaque"), parameter(challenge, "algorithm"));
    let of = |text: String| hash(&algorithm, &text);
    let secret = of(format!("u:{realm}:{password}"));
    let subject = match *qop {
        "auth-int" => of(format!("GET:{path}:{}", of((*content).to_owned()))),
        _ => of(format!("GET:{path}")),
    };
    let response = of(format!("{secret}:{nonce}:00000001:c:{qop}:{subject}"));
    let field = format!(
        "Authorization: Digest username=\"u\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{path}\", qop={qop}, \
         nc=00000001, cnonce=\"c\", response=\"{response}\", opaque=\"{opaque}\", algorithm={algorithm}\r\n"
    );
    ask("GET", path, &field, content.as_bytes())
}

#[test]
fn digest_algorithms_and_protections() {
    for algorithm in ["MD5", "SHA-256", "SHA-512", "SHA-512-256"] {
        for (offered, qops) in [("auth", "auth"), ("auth-int", "auth-int"), ("both", "auth, auth-int")] {
            let path = format!("/digest-auth/{offered}/u/p/{algorithm}");
            let challenge = get(&path, "");
            assert_eq!(challenge.status, 401);
            assert_eq!(parameter(&challenge, "qop"), qops);
            assert_eq!(parameter(&challenge, "stale"), "FALSE");
            let cookies = challenge.field("set-cookie").unwrap();
            assert_eq!(cookies, "stale_after=never; Path=/, fake=fake_value; Path=/");
            let nonce = parameter(&challenge, "nonce");
            for qop in ["auth", "auth-int"] {
                let right = Answer { path: &path, qop, content: "x", password: "p", nonce: &nonce };
                let expected = if qops.split(", ").any(|offered| offered == qop) { 200 } else { 401 };
                assert_eq!(answer(&challenge, &right).status, expected, "{path} {qop}");
                let wrong = answer(&challenge, &Answer { password: "q", ..right });
                assert_eq!(wrong.status, 401, "{path} {qop}");
                assert_eq!(parameter(&wrong, "stale"), "FALSE");
            }
        }
    }
    assert_eq!(parameter(&get("/digest-auth/auth/u/p", ""), "algorithm"), "MD5");
    assert_eq!(parameter(&get("/digest-auth/auth/u/p/X", ""), "algorithm"), "MD5");
}

#[test]
fn digest_nonces_become_stale() {
    let path = "/digest-auth/auth/u/p/SHA-256/2";
    let challenge = get(path, "");
    let nonce = parameter(&challenge, "nonce");
    let right = Answer { path, qop: "auth", content: "", password: "p", nonce: &nonce };
    for left in ["1", "0"] {
        let welcome = answer(&challenge, &right);
        assert_eq!(welcome.json(), json!({"authenticated": true, "user": "u"}));
        let cookies = welcome.field("set-cookie").unwrap();
        assert_eq!(cookies, format!("fake=fake_value; Path=/, stale_after={left}; Path=/"));
    }
    let stale = answer(&challenge, &right);
    assert_eq!((stale.status, parameter(&stale, "stale").as_str()), (401, "TRUE"));
    let nonce = parameter(&stale, "nonce");
    assert_eq!(answer(&stale, &Answer { nonce: &nonce, ..right }).status, 200);
    // A right answer to a nonce that nobody gave out.
    let foreign = answer(&challenge, &Answer { nonce: "x", ..right });
    assert_eq!((foreign.status, parameter(&foreign, "stale").as_str()), (401, "TRUE"));
}

#[test]
fn digest_with_cookies() {
    let path = "/digest-auth/auth/u/p?require-cookie=1";
    let challenge = get(path, "");
    let nonce = parameter(&challenge, "nonce");
    let right = Answer { path, qop: "auth", content: "", password: "p", nonce: &nonce };
    assert_eq!(answer(&challenge, &right).status, 401, "no cookie at all");
    let wrong = get(path, "Authorization: Digest nonce=\"x\"\r\nCookie: a=b\r\n");
    assert_eq!((wrong.status, wrong.json()), (403, json!({"errors": ["missing cookie set on challenge"]})));
}
