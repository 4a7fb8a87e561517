//! The proxy variables of the environment, by the rules of `urllib.request.getproxies_environment`.

use std::collections::BTreeMap;

use super::{auth::Credentials, policy::Policy, proxy::ProxyServer, url::Url};

/// The proxies that an environment names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Environment {
    /// By scheme: the text before `_proxy`, in lower case.
    proxies: BTreeMap<String, String>,
    /// The members of `no_proxy`.
    exempt: Vec<String>,
}

impl Environment {
    /// Reads the variables whose names end in `_proxy`, in any case. A lower-case name wins, an empty value
    /// removes, and `HTTP_PROXY` is not believed where `REQUEST_METHOD` says that a server may have set it.
    pub fn read(variables: impl Iterator<Item = (String, String)>, policy: &Policy) -> Self {
        let all: Vec<(String, String)> = variables.collect();
        let mut proxies = BTreeMap::new();
        let in_cgi =
            all.iter().any(|(name, _)| name == "REQUEST_METHOD") && policy.distrusts_http_proxy_in_cgi;
        let is_lower = |name: &str| !name.bytes().any(|byte| byte.is_ascii_uppercase());
        let passes = if policy.prefers_lower_case_variables { [false, true] } else { [true, false] };
        for lower in passes {
            for (name, value) in all.iter().filter(|(name, _)| is_lower(name) == lower) {
                let name = name.to_ascii_lowercase();
                let Some(scheme) = name.strip_suffix("_proxy") else { continue };
                if scheme == "http" && !lower && in_cgi {
                    continue;
                }
                if !value.is_empty() {
                    proxies.insert(scheme.to_owned(), value.clone());
                } else if policy.obeys_empty_variables {
                    proxies.remove(scheme);
                }
            }
        }
        let list = proxies.remove("no").unwrap_or_default();
        let exempt = list.split(',').map(str::to_owned).collect();
        Self { proxies, exempt }
    }

    /// The proxy for a URL, unless its host is exempted.
    pub fn proxy_for(&self, url: &Url, policy: &Policy) -> Option<&str> {
        let scheme = if policy.tells_variables_by_scheme { url.scheme.as_str() } else { "http" };
        let proxy = self.proxies.get(scheme)?;
        (!is_exempt(&self.exempt, url, policy) || !policy.obeys_no_proxy).then_some(proxy)
    }

    /// Credentials of whichever proxy has some, which no conforming client asks for.
    pub(super) fn any_credentials(&self, policy: &Policy) -> Option<Credentials> {
        let parsed = self.proxies.values().filter_map(|text| ProxyServer::parse(text, policy).ok());
        parsed.into_iter().find_map(|proxy| proxy.credentials)
    }
}

/// Whether a list exempts the host of a URL: by its name, the end of it from a dot on, either with a port, or
/// by a `*` (`urllib.request.proxy_bypass_environment`).
pub fn is_exempt(list: &[String], url: &Url, policy: &Policy) -> bool {
    let fold =
        |text: &str| if policy.folds_no_proxy_case { text.to_ascii_lowercase() } else { text.to_owned() };
    let host = fold(url.bare_host());
    let with_port = format!("{host}:{}", url.effective_port());
    let bracketed = format!("[{host}]:{}", url.effective_port());
    list.iter().any(|member| {
        let member = fold(if policy.trims_no_proxy { member.trim() } else { member });
        let member = member.strip_prefix('.').unwrap_or(&member);
        if member == "*" {
            return policy.knows_no_proxy_star;
        }
        let without_port =
            member.rsplit_once(':').filter(|(name, _)| !name.contains(':')).map(|(name, _)| name);
        let member = if policy.matches_no_proxy_port { member } else { without_port.unwrap_or(member) };
        !member.is_empty()
            && [&host, &with_port, &bracketed].iter().any(|name| ends_with(name, member, policy))
    })
}

fn ends_with(name: &str, member: &str, policy: &Policy) -> bool {
    match name.strip_suffix(member) {
        Some(rest) => rest.is_empty() || rest.ends_with('.') || !policy.matches_whole_labels,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let policy = Policy::default();
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let url = Url::parse(url.as_bytes(), &policy).unwrap();
        Environment::read(variables, &policy).proxy_for(&url, &policy).map(str::to_owned)
    }

    #[test]
    fn names_of_variables() {
        let at = |variables: &[(&str, &str)]| proxy(variables, "http://h/");
        assert_eq!(at(&[("http_proxy", "l")]).as_deref(), Some("l"));
        assert_eq!(at(&[("HTTP_PROXY", "u")]).as_deref(), Some("u"));
        assert_eq!(at(&[("Http_Proxy", "m")]).as_deref(), Some("m"));
        assert_eq!(at(&[("http_proxy", "l"), ("HTTP_PROXY", "u")]).as_deref(), Some("l"));
        assert_eq!(at(&[("http_proxy", ""), ("HTTP_PROXY", "u")]), None);
        assert_eq!(at(&[("https_proxy", "s"), ("ALL_PROXY", "a")]), None);
        assert_eq!(at(&[("HTTP_PROXY", "u"), ("REQUEST_METHOD", "GET")]), None);
        assert_eq!(at(&[("http_proxy", "l"), ("REQUEST_METHOD", "GET")]).as_deref(), Some("l"));
    }

    #[test]
    fn exempted_hosts() {
        for (list, url, direct) in [
            ("origin.test", "http://origin.test/", true),
            ("origin.test", "http://a.origin.test/", true),
            (".origin.test", "http://a.origin.test/", true),
            (".origin.test", "http://origin.test/", true),
            ("origin.test", "http://myorigin.test/", false),
            ("ORIGIN.TEST", "http://origin.TEST/", true),
            ("a.test, origin.test ,b.test", "http://origin.test/", true),
            ("*", "http://origin.test/", true),
            ("origin.test:81", "http://origin.test/", false),
            ("origin.test:80", "http://origin.test/", true),
            ("::1", "http://[::1]/", true),
            ("", "http://origin.test/", false),
            (" , ", "http://origin.test/", false),
        ] {
            let found = proxy(&[("http_proxy", "p"), ("no_proxy", list)], url);
            assert_eq!(found.is_none(), direct, "{list:?} {url}");
        }
    }
}
