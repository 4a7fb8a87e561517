//! Digest access authentication (RFC 7616): challenges that were sent, and whether a request answers them.

use md5::Md5;
use sha2::{Digest as _, Sha256, Sha512, Sha512_256};

use crate::{parser::values, script::NonceCount, seen::RequestSeen};

/// A Digest challenge (RFC 7616 3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    realm: Vec<u8>,
    nonce: Vec<u8>,
    opaque: Option<Vec<u8>>,
    algorithm: Algorithm,
    /// Whether it offers `qop`; without, RFC 2069 is answered.
    qop: bool,
}

/// The hash, and whether it makes session keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Algorithm {
    hash: Hash,
    session: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hash {
    Md5,
    Sha256,
    /// Not registered, but what httpbin has.
    Sha512,
    Sha512_256,
}

impl Algorithm {
    /// By its name, in any case; MD5 where there is none.
    pub(crate) fn parse(name: Option<&[u8]>) -> Option<Self> {
        let name = name.map_or_else(|| "md5".to_owned(), |name| String::from_utf8_lossy(name).to_lowercase());
        let (hash, session) = name.strip_suffix("-sess").map_or((name.as_str(), false), |hash| (hash, true));
        let hash = match hash {
            "md5" => Hash::Md5,
            "sha-256" => Hash::Sha256,
            "sha-512" => Hash::Sha512,
            "sha-512-256" => Hash::Sha512_256,
            _ => return None,
        };
        Some(Self { hash, session })
    }

    /// The hash of these parts, joined by colons, in lower-case hexadecimal.
    fn hash(self, parts: &[&[u8]]) -> Vec<u8> {
        let joined = parts.join(&b':');
        match self.hash {
            Hash::Md5 => hex(&Md5::digest(joined)),
            Hash::Sha256 => hex(&Sha256::digest(joined)),
            Hash::Sha512 => hex(&Sha512::digest(joined)),
            Hash::Sha512_256 => hex(&Sha512_256::digest(joined)),
        }
    }
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).collect()
}

impl Challenge {
    /// The first Digest challenge in the value of a `WWW-Authenticate` or `Proxy-Authenticate` field; `None` where there
    /// is none, or one with an algorithm that nobody here knows.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let at = crate::text::find(&value.to_ascii_lowercase(), b"digest ")?;
        let parameters = Parameters::parse(&value[at + "digest ".len()..]);
        Some(Self {
            realm: parameters.get("realm").unwrap_or_default().to_vec(),
            nonce: parameters.get("nonce")?.to_vec(),
            opaque: parameters.get("opaque").map(<[u8]>::to_vec),
            algorithm: Algorithm::parse(parameters.get("algorithm"))?,
            qop: parameters.get("qop").is_some(),
        })
    }

    /// A challenge that offers `qop`.
    pub(crate) fn new(realm: &str, nonce: &[u8], opaque: Option<&[u8]>, algorithm: Algorithm) -> Self {
        let opaque = opaque.map(<[u8]>::to_vec);
        Self { realm: realm.into(), nonce: nonce.to_vec(), opaque, algorithm, qop: true }
    }

    /// The nonce and its count, where this request answers the challenge with these credentials.
    pub fn answered_by(&self, request: &RequestSeen, user: &[u8], password: &[u8]) -> Option<(Vec<u8>, u64)> {
        let subject = Subject { method: &request.method, target: &request.target, content: &request.body };
        ["authorization", "proxy-authorization"]
            .into_iter()
            .flat_map(|name| values(&request.fields, name))
            .find_map(|value| self.proof(&Parameters::of_digest(value)?, &subject, user, password))
    }

    /// The nonce and its count, where these parameters answer the challenge with these credentials.
    pub(crate) fn proof(
        &self,
        answer: &Parameters,
        request: &Subject<'_>,
        user: &[u8],
        password: &[u8],
    ) -> Option<(Vec<u8>, u64)> {
        let algorithm = self.algorithm;
        let same = answer.get("realm") == Some(&self.realm)
            && answer.get("nonce") == Some(&self.nonce)
            && answer.get("opaque") == self.opaque.as_deref()
            && Algorithm::parse(answer.get("algorithm")) == Some(algorithm)
            && answer.get("uri") == Some(request.target);
        let hashed = answer.get("userhash").is_some_and(|flag| flag.eq_ignore_ascii_case(b"true"));
        let name = if hashed { algorithm.hash(&[user, &self.realm]) } else { user.to_vec() };
        if !same || answer.get("username") != Some(&name) {
            return None;
        }
        let cnonce = answer.get("cnonce").unwrap_or_default();
        let mut secret = algorithm.hash(&[user, &self.realm, password]);
        if algorithm.session {
            secret = algorithm.hash(&[&secret, &self.nonce, cnonce]);
        }
        let (count, response) = match (self.qop, answer.get("qop")) {
            (true, Some(qop)) => {
                let subject = match qop {
                    b"auth" => algorithm.hash(&[request.method, request.target]),
                    b"auth-int" => {
                        let content = algorithm.hash(&[request.content]);
                        algorithm.hash(&[request.method, request.target, &content])
                    }
                    _ => return None,
                };
                let count = answer.get("nc").filter(|count| count.len() == 8)?;
                let number = u64::from_str_radix(std::str::from_utf8(count).ok()?, 16).ok()?;
                (number, algorithm.hash(&[&secret, &self.nonce, count, cnonce, qop, &subject]))
            }
            (false, None) => {
                let subject = algorithm.hash(&[request.method, request.target]);
                (0, algorithm.hash(&[&secret, &self.nonce, &subject]))
            }
            _ => return None,
        };
        (answer.get("response") == Some(&response)).then(|| (self.nonce.clone(), count))
    }
}

/// What is proved to come from who knows the password.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) method: &'a [u8],
    pub(crate) target: &'a [u8],
    pub(crate) content: &'a [u8],
}

/// `name=value` pairs, values quoted or not, names without case.
pub(crate) struct Parameters(Vec<(String, Vec<u8>)>);

impl Parameters {
    /// Those of credentials of the Digest scheme; `None` for another scheme.
    pub(crate) fn of_digest(credentials: &[u8]) -> Option<Self> {
        let (scheme, rest) = credentials.split_at_checked("digest ".len())?;
        scheme.eq_ignore_ascii_case(b"digest ").then(|| Self::parse(rest))
    }

    /// Reads until something is no parameter, which may be the next challenge of the list.
    fn parse(mut rest: &[u8]) -> Self {
        let mut parameters = Vec::new();
        loop {
            rest = rest.trim_ascii_start();
            let Some(equals) = rest.iter().position(|byte| *byte == b'=') else { break };
            let name = rest[..equals].trim_ascii();
            if name.iter().any(|byte| byte.is_ascii_whitespace() || *byte == b',') {
                break;
            }
            let name = String::from_utf8_lossy(name).to_lowercase();
            let (value, after) = parameter_value(rest[equals + 1..].trim_ascii_start());
            parameters.push((name, value));
            rest = match after.trim_ascii_start() {
                [b',', more @ ..] => more,
                _ => break,
            };
        }
        Self(parameters)
    }

    /// The first of this name, which is in lower case.
    pub(crate) fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_slice())
    }
}

/// A token or a quoted string, and what follows it.
fn parameter_value(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let [b'"', quoted @ ..] = text else {
        let end = text.iter().position(|byte| *byte == b',').unwrap_or(text.len());
        return (text[..end].trim_ascii().to_vec(), &text[end..]);
    };
    let mut value = Vec::new();
    let mut bytes = quoted.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return (value, &quoted[at + 1..]),
            b'\\' => value.extend(bytes.next().map(|(_, escaped)| *escaped)),
            _ => value.push(*byte),
        }
    }
    (value, &[])
}

/// The challenges last sent, and the nonce counts that answered them.
#[derive(Debug, Default)]
pub(crate) struct Proofs {
    challenges: Vec<Challenge>,
    used: Vec<(Vec<u8>, u64)>,
}

impl Proofs {
    pub(crate) fn challenge(&mut self, challenges: Vec<Challenge>) {
        self.challenges = challenges;
    }

    /// The nonce and count of an answer that computes, and whose count is as asked.
    pub(crate) fn check(
        &self,
        request: &RequestSeen,
        user: &[u8],
        password: &[u8],
        count: NonceCount,
    ) -> Option<(Vec<u8>, u64)> {
        let answers = |challenge: &Challenge| challenge.answered_by(request, user, password);
        let (nonce, number) = self.challenges.iter().find_map(answers)?;
        let mut before = self.used.iter().filter(|(known, _)| *known == nonce).map(|(_, number)| *number);
        let right = match count {
            NonceCount::Any => true,
            NonceCount::Fresh => before.all(|other| other != number),
            NonceCount::Next => number == before.max().unwrap_or(0) + 1,
        };
        right.then_some((nonce, number))
    }

    pub(crate) fn remember(&mut self, proof: Option<(Vec<u8>, u64)>) {
        self.used.extend(proof);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{parser::Parser, script::NonceCount};

    fn request(authorization: &str) -> RequestSeen {
        let bytes = format!("GET /dir/index.html HTTP/1.1\r\nAuthorization: {authorization}\r\n\r\n");
        let mut requests = Vec::new();
        Parser::default().advance(bytes.as_bytes(), std::time::Duration::ZERO, &mut requests);
        requests.remove(0)
    }

    /// RFC 7616 3.9.1.
    const ANSWER: &str = "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", \
        algorithm={algorithm}, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
        cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, response=\"{response}\", \
        opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";

    fn challenge(algorithm: &str) -> Challenge {
        let value = format!(
            "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, \
             nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
             opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
        );
        Challenge::parse(value.as_bytes()).unwrap()
    }

    fn answer(algorithm: &str, response: &str) -> RequestSeen {
        request(&ANSWER.replace("{algorithm}", algorithm).replace("{response}", response))
    }

    #[test]
    fn the_examples_of_the_rfc() {
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let request = answer(algorithm, response);
            let proof = challenge(algorithm).answered_by(&request, b"Mufasa", b"Circle of Life");
            assert_eq!(proof.unwrap().1, 1, "{algorithm}");
            assert_eq!(challenge(algorithm).answered_by(&request, b"Mufasa", b"circle of life"), None);
        }
        let md5 = answer("MD5", "8ca523f5e9506fed4657c9700eebdbec");
        assert_eq!(challenge("SHA-256").answered_by(&md5, b"Mufasa", b"Circle of Life"), None);
    }

    #[test]
    fn nonce_counts() {
        let request = answer("MD5", "8ca523f5e9506fed4657c9700eebdbec");
        let mut proofs = Proofs::default();
        let check = |proofs: &Proofs, count| proofs.check(&request, b"Mufasa", b"Circle of Life", count);
        assert_eq!(check(&proofs, NonceCount::Any), None, "nothing was asked");
        proofs.challenge(vec![challenge("SHA-256"), challenge("MD5")]);
        let proof = check(&proofs, NonceCount::Next);
        assert!(proof.is_some());
        proofs.remember(proof);
        assert!(check(&proofs, NonceCount::Any).is_some());
        assert_eq!(check(&proofs, NonceCount::Fresh), None);
        assert_eq!(check(&proofs, NonceCount::Next), None);
    }

    #[test]
    fn the_older_form() {
        // RFC 2617 3.5 without qop, which is RFC 2069.
        let challenge = Challenge::parse(b"digest realm=\"r\", nonce=n").unwrap();
        let md5 = Algorithm::parse(None).unwrap();
        let secret = md5.hash(&[b"u", b"r", b"p"]);
        let subject = md5.hash(&[b"GET", b"/dir/index.html"]);
        let response = String::from_utf8(md5.hash(&[&secret, b"n", &subject])).unwrap();
        let value = format!(
            "Digest username=u, realm=\"r\", nonce=\"n\", uri=\"/dir/index.html\", response={response}"
        );
        assert_eq!(challenge.answered_by(&request(&value), b"u", b"p"), Some((b"n".to_vec(), 0)));
    }

    #[test]
    fn one_challenge_of_a_list() {
        let challenge =
            Challenge::parse(b"Basic realm=\"b\", Digest realm=\"a\\\"b\", nonce=x, Bearer").unwrap();
        assert_eq!((&challenge.realm[..], &challenge.nonce[..]), (&b"a\"b"[..], &b"x"[..]));
        assert_eq!(Challenge::parse(b"Basic realm=x"), None);
        assert_eq!(Challenge::parse(b"Digest realm=x, nonce=y, algorithm=SHA-3"), None);
    }
}
