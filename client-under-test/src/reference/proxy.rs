//! Forward proxies: which one a request goes through, and what it is told (RFC 9110 7.3, 11.7).

use std::sync::Arc;

use super::{
    auth::Credentials,
    challenge::{basic_realm, challenges},
    environment::Environment,
    error::{Error, Result},
    fields::Fields,
    opener::Handler,
    policy::Policy,
    request::Request,
    url::Url,
};

/// A proxy, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyServer {
    /// Where it is; the userinfo has become `credentials`.
    pub url: Url,
    /// Credentials for it.
    pub credentials: Option<Credentials>,
    /// Whether it has asked for them.
    pub asked: bool,
}

impl ProxyServer {
    /// A proxy at this URL; a mere host and port is one of http, as in `urllib`.
    ///
    /// # Errors
    /// `invalid-request` where it is no URL of http.
    pub fn parse(text: &str, policy: &Policy) -> Result<Self> {
        let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let mut url = Url::parse(text.as_bytes(), policy)?;
        if url.scheme != "http" {
            return Err(Error::invalid(format!("proxies of scheme {} are not known", url.scheme)));
        }
        let credentials = url.credentials(policy).map(|(user, password)| Credentials { user, password });
        credentials.iter().try_for_each(|credentials| credentials.check(policy))?;
        url.userinfo = None;
        Ok(Self { url, credentials, asked: false })
    }

    /// The field lines for it: credentials once it has asked for them.
    pub fn fields(&self, policy: &Policy) -> Vec<(String, Vec<u8>)> {
        let name = if policy.answers_407_in_its_field { "Proxy-Authorization" } else { "Authorization" };
        let credentials = self.credentials.as_ref().filter(|_| self.asked);
        credentials.map(|credentials| (name.to_owned(), credentials.basic(policy))).into_iter().collect()
    }

    /// The same proxy, to be told its credentials; `None` where it asked for none that there are, or was
    /// told before.
    pub fn answering(&self, fields: &Fields, policy: &Policy) -> Option<Self> {
        let told = self.asked && policy.challenge_limit == 1;
        let known = challenges(fields, "proxy-authenticate", policy);
        let usable = self.credentials.is_some() && policy.answers_proxy_challenges && !told;
        basic_realm(&known, policy).filter(|_| usable).map(|_| Self { asked: true, ..self.clone() })
    }
}

/// Which proxies a caller asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Choice {
    /// Those of the environment.
    #[default]
    Environment,
    /// This one, for every host but the exempted ones.
    One(Box<ProxyServer>),
    /// None.
    Direct,
}

/// Chooses the proxy of a request: `ProxyHandler`.
pub struct ProxyHandler {
    choice: Choice,
    credentials: Option<Credentials>,
    exempt: Vec<String>,
    environment: Environment,
    policy: Arc<Policy>,
}

impl ProxyHandler {
    /// Obeys the proxy variables among these.
    pub fn from_environment(variables: impl Iterator<Item = (String, String)>, policy: Arc<Policy>) -> Self {
        let environment = Environment::read(variables, &policy);
        Self { choice: Choice::Environment, credentials: None, exempt: Vec::new(), environment, policy }
    }

    /// Does what the caller chose instead. `exempt`: hosts for which no proxy is used.
    #[must_use]
    pub fn choosing(mut self, choice: Choice, credentials: Option<Credentials>, exempt: Vec<String>) -> Self {
        (self.choice, self.credentials, self.exempt) = (choice, credentials, exempt);
        self
    }

    /// The proxy for a URL, if one applies.
    ///
    /// # Errors
    /// `invalid-request` where that of the environment is no URL of http.
    pub fn proxy_of(&self, url: &Url) -> Result<Option<ProxyServer>> {
        let exempt = super::environment::is_exempt(&self.exempt, url, &self.policy);
        let mut proxy = match &self.choice {
            _ if exempt && self.policy.obeys_no_proxy => return Ok(None),
            Choice::Direct if self.policy.obeys_proxy_switch => return Ok(None),
            Choice::One(proxy) => (**proxy).clone(),
            Choice::Environment | Choice::Direct => match self.environment.proxy_for(url, &self.policy) {
                Some(text) => ProxyServer::parse(text, &self.policy)?,
                None => return Ok(None),
            },
        };
        if let Some(credentials) = &self.credentials {
            proxy.credentials = Some(credentials.clone());
        }
        if !self.policy.keeps_proxy_credentials_apart {
            proxy.credentials = self.environment.any_credentials(&self.policy).or(proxy.credentials);
            proxy.asked = proxy.credentials.is_some();
        }
        Ok(Some(proxy))
    }
}

impl ProxyHandler {
    /// Credentials for a proxy go to an origin that is asked directly, as no conforming client sends them.
    fn leak(&self, request: &mut Request) {
        let Choice::One(proxy) = &self.choice else { return };
        let credentials = self.credentials.as_ref().or(proxy.credentials.as_ref());
        if let Some(credentials) = credentials.filter(|_| !self.policy.keeps_proxy_credentials_from_origin) {
            request.add_unredirected_header("Proxy-Authorization", &credentials.basic(&self.policy));
        }
    }
}

impl Handler for ProxyHandler {
    fn name(&self) -> &'static str {
        "ProxyHandler"
    }

    fn order(&self) -> i32 {
        100
    }

    fn prepare(&self, request: &mut Request) -> Result<()> {
        if request.proxy.is_none() {
            request.proxy = self.proxy_of(&request.url)?.map(Arc::new);
        }
        let Some(proxy) = &request.proxy else {
            self.leak(request);
            return Ok(());
        };
        let plain = request.url.scheme == "http";
        if plain || !self.policy.keeps_proxy_credentials_from_origin {
            for (name, value) in proxy.fields(&self.policy) {
                request.add_unredirected_header(&name, &value);
            }
        }
        Ok(())
    }
}
