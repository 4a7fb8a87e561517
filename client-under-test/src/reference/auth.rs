//! Basic authentication (RFC 7617, RFC 9110 11): credentials, passwords, protection spaces.

use std::sync::{Arc, PoisonError};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};

use super::{
    challenge::{basic_realm, challenges},
    error::{Error, Result},
    opener::{Handler, Opener, Verdict},
    policy::Policy,
    request::Request,
    response::Response,
    session::Session,
    url::Url,
};

/// A user and a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user.
    pub user: Vec<u8>,
    /// The password.
    pub password: Vec<u8>,
}

/// Never shows the password.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &String::from_utf8_lossy(&self.user))
            .finish_non_exhaustive()
    }
}

impl Credentials {
    /// Refuses what must not stand in them (RFC 7617 2).
    ///
    /// # Errors
    /// `invalid-request` for control characters.
    pub fn check(&self, policy: &Policy) -> Result<()> {
        let mut octets = self.user.iter().chain(&self.password);
        if policy.refuses_controls_in_credentials && octets.any(u8::is_ascii_control) {
            return Err(Error::invalid(
                "user and password of Basic authentication have no control characters",
            ));
        }
        Ok(())
    }

    /// The value of Authorization or Proxy-Authorization (RFC 7617 2).
    pub fn basic(&self, policy: &Policy) -> Vec<u8> {
        let mut password = self.password.clone();
        if !policy.keeps_colons_in_passwords {
            password.truncate(password.iter().position(|&byte| byte == b':').unwrap_or(password.len()));
        }
        let mut pair = [self.user.as_slice(), b":", &password].concat();
        if !policy.sends_utf8_credentials {
            let text = String::from_utf8_lossy(&pair).into_owned();
            pair = text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect();
        }
        let encoded = if policy.pads_base64 { STANDARD.encode(pair) } else { STANDARD_NO_PAD.encode(pair) };
        format!("Basic {encoded}").into_bytes()
    }
}

/// Passwords by realm and URL: `HTTPPasswordMgrWithDefaultRealm`.
#[derive(Debug, Clone, Default)]
pub struct PasswordManager {
    entries: Vec<(Option<String>, Url, Credentials)>,
}

impl PasswordManager {
    /// Adds credentials for a URL and all below it; no realm is any realm.
    pub fn add_password(&mut self, realm: Option<&str>, url: &Url, credentials: Credentials) {
        self.entries.push((realm.map(str::to_owned), url.clone(), credentials));
    }

    /// The credentials for this realm at this URL; those of the realm itself before those of any.
    pub fn find_user_password(
        &self,
        realm: Option<&str>,
        url: &Url,
        policy: &Policy,
    ) -> Option<&Credentials> {
        let fits = |(_, base, _): &&(Option<String>, Url, Credentials)| {
            !policy.binds_credentials_to_origin || (base.same_origin(url) && is_suburi(&base.path, &url.path))
        };
        let own =
            self.entries.iter().filter(fits).find(|(known, ..)| known.is_some() && known.as_deref() == realm);
        let any = self.entries.iter().filter(fits).find(|(known, ..)| known.is_none());
        own.or(any).map(|(.., credentials)| credentials)
    }
}

/// Whether a path is the base or below it, by whole segments.
fn is_suburi(base: &str, path: &str) -> bool {
    let base = base.strip_suffix('/').unwrap_or(base);
    path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Where credentials were accepted: an origin, and the directory of the path (RFC 7617 2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    origin: String,
    directory: String,
}

impl Space {
    /// The space that a URL opens.
    pub fn of(url: &Url) -> Self {
        let end = url.path.rfind('/').map_or(0, |slash| slash + 1);
        Self { origin: origin(url), directory: url.path[..end].to_owned() }
    }

    /// Whether a URL lies in it.
    pub fn covers(&self, url: &Url, policy: &Policy) -> bool {
        let below = url.path.starts_with(&self.directory) || !policy.keeps_to_protection_space;
        self.origin == origin(url) && below
    }
}

fn origin(url: &Url) -> String {
    format!("{}://{}", url.scheme, url.host_and_port().to_ascii_lowercase())
}

/// Whether the answer would show the credentials: that to TRACE holds the request (RFC 9110 9.3.8).
fn is_shown(request: &Request, policy: &Policy) -> bool {
    request.method == "TRACE" && policy.keeps_credentials_from_trace
}

/// Answers the challenges of origins.
pub struct BasicAuthHandler {
    /// What is known.
    pub passwords: Arc<PasswordManager>,
    /// Which remembers where credentials were accepted.
    pub session: Arc<Session>,
}

impl BasicAuthHandler {
    fn knows(&self, url: &Url) -> bool {
        let policy = &self.session.policy;
        let spaces = self.session.spaces.lock().unwrap_or_else(PoisonError::into_inner);
        policy.remembers_protection_space && spaces.iter().any(|space| space.covers(url, policy))
    }
}

impl Handler for BasicAuthHandler {
    fn name(&self) -> &'static str {
        "HTTPBasicAuthHandler"
    }

    fn order(&self) -> i32 {
        490
    }

    fn prepare(&self, request: &mut Request) -> Result<()> {
        let policy = &self.session.policy;
        if is_shown(request, policy) {
            return Ok(());
        }
        let userinfo = request.url.credentials(policy).filter(|_| !policy.prefers_own_authorization);
        if let Some((user, password)) = userinfo {
            request.remove_header("authorization");
            let credentials = Credentials { user, password };
            request.add_unredirected_header("Authorization", &credentials.basic(policy));
            return Ok(());
        }
        if request.has_header("authorization") || (policy.waits_for_challenge && !self.knows(&request.url)) {
            return Ok(());
        }
        if let Some(credentials) = self.passwords.find_user_password(None, &request.url, policy) {
            request.add_unredirected_header("Authorization", &credentials.basic(policy));
        }
        Ok(())
    }

    fn error(&self, request: &Request, mut response: Response, opener: &Opener) -> Result<Verdict> {
        let policy = &self.session.policy;
        let declined = |response| Ok(Verdict::Declined(Box::new(response)));
        let asked = response.status == 401 || (response.status == 403 && !policy.answers_401_only);
        // Credentials of the caller's own, or such that were just refused, are not sent again.
        let sent = request.has_header("authorization") && policy.challenge_limit == 1;
        if is_shown(request, policy) {
            return declined(response);
        }
        if !asked || !policy.answers_challenges || sent || request.challenges >= policy.challenge_limit {
            return declined(response);
        }
        let found = challenges(&response.fields, "www-authenticate", policy);
        let realm = if response.status == 403 || found.is_empty() && !policy.demands_challenge {
            Some(String::new())
        } else {
            basic_realm(&found, policy)
        };
        let Some(realm) = realm else { return declined(response) };
        let of_location = request
            .url
            .credentials(policy)
            .filter(|_| !request.history.is_empty() && !policy.distrusts_userinfo_of_locations);
        let of_location = of_location.map(|(user, password)| Credentials { user, password });
        let known = self.passwords.find_user_password(Some(&realm), &request.url, policy);
        let Some(credentials) = known.or(of_location.as_ref()) else { return declined(response) };
        let mut again = request.clone();
        if !policy.resends_content_after_challenge {
            again.content = super::request::Content::Nothing;
        } else if !again.content.rewind() {
            return declined(response);
        }
        again.challenges += 1;
        again.add_unredirected_header("Authorization", &credentials.basic(policy));
        response.drop_content();
        let answered = opener.open(again)?;
        if answered.status != 401 {
            self.session.remember(Space::of(&request.url));
        }
        Ok(Verdict::Handled(Box::new(answered)))
    }
}

/// Answers the challenges of proxies to plain requests.
pub struct ProxyBasicAuthHandler {
    /// The decisions.
    pub policy: Arc<Policy>,
}

impl Handler for ProxyBasicAuthHandler {
    fn name(&self) -> &'static str {
        "ProxyBasicAuthHandler"
    }

    fn order(&self) -> i32 {
        490
    }

    fn error(&self, request: &Request, mut response: Response, opener: &Opener) -> Result<Verdict> {
        let declined = |response| Ok(Verdict::Declined(Box::new(response)));
        let limit = self.policy.challenge_limit;
        let asked = response.status == 407 && request.proxy_challenges < limit;
        let through_tunnel = request.url.scheme == "https" && self.policy.distrusts_407_of_origin;
        let Some(proxy) = request.proxy.as_ref().filter(|_| asked && !through_tunnel) else {
            return declined(response);
        };
        let Some(authorized) = proxy.answering(&response.fields, &self.policy) else {
            return declined(response);
        };
        if !request.content.rewind() {
            return declined(response);
        }
        let mut again = request.clone();
        again.proxy_challenges += 1;
        again.proxy = Some(Arc::new(authorized));
        response.drop_content();
        opener.open(again).map(|response| Verdict::Handled(Box::new(response)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_written() {
        let credentials = Credentials { user: b"Aladdin".to_vec(), password: b"open sesame".to_vec() };
        assert_eq!(credentials.basic(&Policy::default()), b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(!format!("{credentials:?}").contains("sesame"));
    }

    #[test]
    fn credentials_with_controls_are_refused() {
        let policy = Policy::default();
        for (user, password) in [("a\nb", "p"), ("u", "p\0"), ("u", "\u{7f}p")] {
            let credentials = Credentials { user: user.into(), password: password.into() };
            assert_eq!(credentials.check(&policy).unwrap_err().class.word(), "invalid-request", "{user:?}");
            let lenient = Policy { refuses_controls_in_credentials: false, ..policy.clone() };
            assert!(credentials.check(&lenient).is_ok());
        }
        assert!(Credentials { user: "\u{e9}".into(), password: " :".into() }.check(&policy).is_ok());
    }

    #[test]
    fn passwords_are_found_by_realm_and_space() {
        let policy = Policy::default();
        let url = |text: &str| Url::parse(text.as_bytes(), &policy).unwrap();
        let pair = |user: &str| Credentials { user: user.as_bytes().to_vec(), password: Vec::new() };
        let mut manager = PasswordManager::default();
        manager.add_password(None, &url("http://h/"), pair("any"));
        manager.add_password(Some("r"), &url("http://h/deep"), pair("own"));
        let find = |realm, at: &str| {
            manager.find_user_password(realm, &url(at), &policy).map(|found| found.user.clone())
        };
        assert_eq!(find(Some("r"), "http://h/deep/x"), Some(b"own".to_vec()));
        assert_eq!(find(Some("r"), "http://h/deeper"), Some(b"any".to_vec()));
        assert_eq!(find(Some("s"), "http://h:80/"), Some(b"any".to_vec()));
        assert_eq!(find(Some("r"), "http://other/"), None);
        assert_eq!(find(Some("r"), "http://h:81/"), None);
    }

    #[test]
    fn spaces_cover_what_is_below() {
        let policy = Policy::default();
        let url = |text: &str| Url::parse(text.as_bytes(), &policy).unwrap();
        let space = Space::of(&url("http://h/a/b?q"));
        assert!(space.covers(&url("http://H/a/c/d"), &policy));
        assert!(!space.covers(&url("http://h/x"), &policy));
        assert!(!space.covers(&url("http://h:81/a/c"), &policy));
    }
}
