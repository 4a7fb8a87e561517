//! Openers and handlers, in the shape of `urllib.request`.
//!
//! A request passes the handlers three times, in their order: to be prepared, to be opened by the first that
//! knows how, and as a response to be processed. A response other than 2xx then passes them a fourth time,
//! until one of them deals with it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::{
    auth::{BasicAuthHandler, ProxyBasicAuthHandler},
    error::{Class, Error, Phase, Result},
    fields::Fields,
    policy::Policy,
    pool::Pool,
    proxy::ProxyHandler,
    redirect::RedirectHandler,
    request::Request,
    response::Response,
    retry::{attempts, is_worth_repeating, may_be_sent_again, retry_after},
    session::Session,
};

/// What a handler made of a response other than 2xx.
#[derive(Debug)]
pub enum Verdict {
    /// It dealt with it: this is the response.
    Handled(Box<Response>),
    /// It is for the next handler.
    Declined(Box<Response>),
}

/// A handler. Each method is one of the names that `urllib` looks up: `http_request`, `http_open`,
/// `http_response`, `http_error_nnn`.
pub trait Handler: Send + Sync {
    /// Handlers of one name replace each other.
    fn name(&self) -> &'static str;

    /// Lower comes first.
    fn order(&self) -> i32 {
        500
    }

    /// Prepares a request.
    ///
    /// # Errors
    /// Whatever keeps it from being sent.
    fn prepare(&self, _request: &mut Request) -> Result<()> {
        Ok(())
    }

    /// Opens a request, if it knows how.
    fn open(&self, _request: &Request) -> Option<Result<Response>> {
        None
    }

    /// Looks at a response.
    ///
    /// # Errors
    /// Whatever makes it unusable.
    fn process(&self, _request: &Request, response: Response, _opener: &Opener) -> Result<Response> {
        Ok(response)
    }

    /// Deals with a response other than 2xx.
    ///
    /// # Errors
    /// Those of what it does about it.
    fn error(&self, _request: &Request, response: Response, _opener: &Opener) -> Result<Verdict> {
        Ok(Verdict::Declined(Box::new(response)))
    }
}

/// Handlers, and how a request passes through them.
#[derive(Clone, Default)]
pub struct Opener {
    handlers: Vec<Arc<dyn Handler>>,
}

impl Opener {
    /// The handlers that a session starts with, and this one to choose proxies.
    pub fn for_session(session: &Arc<Session>, proxies: ProxyHandler) -> Self {
        let mut opener = Self::default();
        opener.add_handler(proxies);
        opener.add_handler(HttpHandler { session: Arc::clone(session) });
        opener.add_handler(RedirectHandler { session: Arc::clone(session) });
        opener.add_handler(DefaultErrorHandler { policy: Arc::clone(&session.policy) });
        opener.add_handler(ErrorProcessor { policy: Arc::clone(&session.policy) });
        opener
    }

    /// Adds a handler; it replaces one of the same name.
    pub fn add_handler(&mut self, handler: impl Handler + 'static) {
        self.handlers.retain(|known| known.name() != handler.name());
        let at = self.handlers.partition_point(|known| known.order() <= handler.order());
        self.handlers.insert(at, Arc::new(handler));
    }

    /// Adds the handlers that answer challenges with these credentials.
    pub fn add_credentials(&mut self, manager: super::auth::PasswordManager, session: &Arc<Session>) {
        let passwords = Arc::new(manager);
        self.add_handler(BasicAuthHandler { passwords, session: Arc::clone(session) });
        self.add_handler(ProxyBasicAuthHandler { policy: Arc::clone(&session.policy) });
    }

    /// The names of the handlers, in their order.
    pub fn names(&self) -> Vec<&'static str> {
        self.handlers.iter().map(|handler| handler.name()).collect()
    }

    /// Opens a request.
    ///
    /// # Errors
    /// Those of the contract; `HTTPError`, which holds the response, where `status_errors` is on.
    pub fn open(&self, mut request: Request) -> Result<Response> {
        for handler in &self.handlers {
            handler.prepare(&mut request)?;
        }
        let opened = self.handlers.iter().find_map(|handler| handler.open(&request));
        let mut response = opened.unwrap_or_else(|| {
            Err(Error::new(Class::InvalidRequest, Phase::Prepare, "URLError", "unknown url type"))
        })?;
        for handler in &self.handlers {
            response = handler.process(&request, response, self)?;
        }
        Ok(response)
    }

    /// Passes a response other than 2xx to whoever deals with it.
    ///
    /// # Errors
    /// Those of the handler that does.
    pub fn error(&self, request: &Request, response: Response) -> Result<Response> {
        let mut response = Box::new(response);
        for handler in &self.handlers {
            match handler.error(request, *response, self)? {
                Verdict::Handled(response) => return Ok(*response),
                Verdict::Declined(declined) => response = declined,
            }
        }
        Ok(*response)
    }
}

/// Sends requests of http and https.
pub struct HttpHandler {
    /// What it sends them through.
    pub session: Arc<Session>,
}

impl Handler for HttpHandler {
    fn name(&self) -> &'static str {
        "HTTPHandler"
    }

    fn open(&self, request: &Request) -> Option<Result<Response>> {
        let policy = &self.session.policy;
        let mut left = attempts(request, policy);
        loop {
            let response = self.expecting(request);
            left = left.saturating_sub(1);
            if left == 0
                || !is_worth_repeating(request, &response, policy)
                || !may_be_sent_again(request, policy)
            {
                let is_failure = |response: &Response| response.status == 503 && request.treatment.retry > 0;
                return Some(match response {
                    Ok(last) if is_failure(&last) && !policy.hands_over_last_failure => {
                        Err(Error::new(Class::Status, Phase::Head, "MaxRetryError", "too many 503 responses"))
                    }
                    other => other.map(|response| response.resumed_by(&self.session, request)),
                });
            }
            let says = response.as_ref().is_ok_and(|response| response.fields.has("retry-after"));
            let pause = response.ok().and_then(|response| retry_after(&response.fields, policy));
            if says && pause.is_none() && !policy.ignores_bad_retry_after {
                return Some(Err(Error::new(
                    Class::Malformed,
                    Phase::Head,
                    "InvalidHeader",
                    "bad Retry-After",
                )));
            }
            if let Some(pause) = pause.filter(|_| policy.obeys_retry_after)
                && let Err(fault) = request.timers.anything().sleep(pause)
            {
                return Some(Err(fault.error(Phase::Head, policy)));
            }
        }
    }
}

impl HttpHandler {
    /// 417 is answered by the same request without the expectation (RFC 9110 10.1.1).
    fn expecting(&self, request: &Request) -> Result<Response> {
        let response = self.through_proxy(request)?;
        if response.status == 416 && request.has_header("range") && !self.session.policy.accepts_416 {
            let mut whole = request.clone();
            whole.remove_header("range");
            return self.through_proxy(&whole);
        }
        let expected = request.treatment.expect_continue || request.has_header("expect");
        if response.status != 417
            || !expected
            || !self.session.policy.repeats_after_417
            || !request.content.rewind()
        {
            return Ok(response);
        }
        let mut again = request.clone();
        again.treatment.expect_continue = false;
        again.remove_header("expect");
        self.through_proxy(&again)
    }

    /// A tunnel that was refused for want of credentials is asked for again with them.
    fn through_proxy(&self, request: &Request) -> Result<Response> {
        let policy = &self.session.policy;
        let error = match self.session.exchange(request) {
            Err(error) if error.phase == Phase::Connect && request.proxy.is_some() => error,
            other => return other,
        };
        let Some(refusal) = &error.refusal else {
            let direct = Request { proxy: None, ..request.clone() };
            return if policy.insists_on_proxy { Err(error) } else { self.session.exchange(&direct) };
        };
        if refusal.status == 407 {
            return match authorized(request, &refusal.fields, policy) {
                Some(again) => self.through_proxy(&again),
                None => Err(error),
            };
        }
        match refusal.fields.first("location").filter(|_| !policy.keeps_off_redirects_of_proxy) {
            Some(location) => {
                let url = request.url.join(location, policy)?;
                self.session.exchange(&Request { url, proxy: None, ..request.clone() })
            }
            None => Err(error),
        }
    }
}

/// The request with the credentials that the proxy asks for; `None` where it has had them, or there are none.
fn authorized(request: &Request, asked: &Fields, policy: &Policy) -> Option<Request> {
    let proxy = request.proxy.as_ref().filter(|_| request.proxy_challenges < policy.challenge_limit)?;
    let proxy = Some(Arc::new(proxy.answering(asked, policy)?));
    Some(Request { proxy, proxy_challenges: request.proxy_challenges + 1, ..request.clone() })
}

/// Passes responses other than 2xx on to the handlers for them.
pub struct ErrorProcessor {
    /// The decisions.
    pub policy: Arc<Policy>,
}

impl Handler for ErrorProcessor {
    fn name(&self) -> &'static str {
        "HTTPErrorProcessor"
    }

    fn order(&self) -> i32 {
        1000
    }

    fn process(&self, request: &Request, mut response: Response, opener: &Opener) -> Result<Response> {
        let status = response.status;
        if !self.policy.shows_error_responses && status >= 500 {
            response.drop_content();
            return Err(Error::new(Class::Closed, Phase::Head, "URLError", format!("status {status}")));
        }
        if status / 100 != 2 || self.policy.redirect_statuses.contains(&status) {
            response = opener.error(request, response)?;
        }
        if !self.policy.shows_error_content && response.status >= 400 {
            response.drop_content();
        }
        Ok(response)
    }
}

/// Makes an `HTTPError` of what nobody dealt with, where that was asked for.
pub struct DefaultErrorHandler {
    /// The decisions.
    pub policy: Arc<Policy>,
}

impl Handler for DefaultErrorHandler {
    fn name(&self) -> &'static str {
        "HTTPDefaultErrorHandler"
    }

    fn order(&self) -> i32 {
        1001
    }

    fn process(&self, request: &Request, response: Response, _opener: &Opener) -> Result<Response> {
        if request.treatment.status_errors { raise_for_status(response, &self.policy) } else { Ok(response) }
    }
}

/// Makes an error of a response, as `raise_for_status` does.
///
/// # Errors
/// `status` (`HTTPError`) for statuses that are errors, with the response inside.
pub fn raise_for_status(response: Response, policy: &Policy) -> Result<Response> {
    if !(policy.first_error_status..policy.end_of_error_statuses).contains(&response.status) {
        return Ok(response);
    }
    let reason = String::from_utf8_lossy(&response.reason).into_owned();
    let text = format!("HTTP Error {}: {reason}", response.status);
    let mut error = Error::new(Class::Status, Phase::Head, "HTTPError", text);
    error.response = Some(Box::new(response));
    Err(error)
}

fn installed() -> &'static Mutex<Option<Opener>> {
    static INSTALLED: OnceLock<Mutex<Option<Opener>>> = OnceLock::new();
    INSTALLED.get_or_init(Mutex::default)
}

/// An opener with a session of its own and the default handlers.
pub fn build_opener() -> Opener {
    let policy = Arc::new(Policy::default());
    let pool = Pool::new(None, None, Arc::clone(&policy));
    let proxies = ProxyHandler::from_environment(std::env::vars(), Arc::clone(&policy));
    Opener::for_session(&Arc::new(Session::new(policy, super::dial::Dialler::default(), pool)), proxies)
}

/// Makes this the opener of [`urlopen`].
pub fn install_opener(opener: Opener) {
    *installed().lock().unwrap_or_else(PoisonError::into_inner) = Some(opener);
}

/// Opens a request with the installed opener. Statuses other than 2xx are errors that hold the response.
///
/// # Errors
/// Those of [`Opener::open`]; `HTTPError` for a status that is an error.
pub fn urlopen(mut request: Request) -> Result<Response> {
    request.treatment.status_errors = true;
    let opener = {
        let mut installed = installed().lock().unwrap_or_else(PoisonError::into_inner);
        installed.get_or_insert_with(build_opener).clone()
    };
    opener.open(request)
}
