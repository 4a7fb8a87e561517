//! What the reference client cannot do, done around it: cookies, .netrc and a cache, each as a switch.

use std::fs;

use wireproof_client::{
    bytes::{Bytes, Octets},
    capabilities::{Hello, Support},
    contract::{Answer, Client, Surroundings},
    job::{Call, Credentials, Job},
    outcome::{CallResult, Outcome},
    reference::Reference,
};

/// Abilities that are added to the reference client.
pub(super) struct Extras {
    switches: Vec<&'static str>,
    /// Whether they are on whatever is asked.
    unasked: bool,
}

impl Extras {
    pub(super) fn none() -> Self {
        Self { switches: Vec::new(), unasked: false }
    }

    /// All of them, off unless asked for.
    pub(super) fn all() -> Self {
        Self { switches: vec!["cookies", "netrc", "http-cache"], unasked: false }
    }

    /// This one, off unless asked for.
    pub(super) fn of(switch: &'static str) -> Self {
        Self { switches: vec![switch], unasked: false }
    }

    /// This one, on whatever is asked.
    pub(super) fn unasked(switch: &'static str) -> Self {
        Self { switches: vec![switch], unasked: true }
    }

    pub(super) fn declare(&self, hello: &mut Hello) {
        for name in &self.switches {
            hello.capabilities.insert((*name).to_owned(), Support::Configurable);
        }
    }

    /// Has the job done, with what is asked of these.
    pub(super) fn answer(
        &self,
        hello: &Hello,
        reference: &Reference,
        mut job: Job,
        surroundings: &Surroundings,
    ) -> Answer {
        let options = &mut job.options;
        let take = |name: &str, option: &mut Option<bool>| {
            let is_ours = self.switches.contains(&name);
            let asked = if is_ours { option.take() } else { None };
            is_ours && (self.unasked || asked.unwrap_or(hello.support(name) == Support::Yes))
        };
        let cookies = take("cookies", &mut options.cookies);
        let netrc = take("netrc", &mut options.netrc);
        let cache = take("http-cache", &mut options.http_cache);
        job.needs.retain(|name| !self.switches.contains(&name.as_str()));
        if netrc {
            authenticate(&mut job, surroundings);
        }
        if (cookies || cache) && job.calls.len() > 1 {
            one_by_one(reference, &job, surroundings, cookies, cache)
        } else {
            reference.answer(&job, surroundings)
        }
    }
}

/// The user and password of the one machine that .netrc names.
fn authenticate(job: &mut Job, surroundings: &Surroundings) {
    let home = surroundings.home.as_ref();
    let Some(text) = home.and_then(|home| fs::read_to_string(home.join(".netrc")).ok()) else { return };
    let behind =
        |word: &str| text.split_whitespace().skip_while(|one| *one != word).nth(1).unwrap().to_owned();
    job.options.basic_auth = Some(Credentials {
        user: Bytes::from(behind("login").into_bytes()),
        password: Bytes::from(behind("password").into_bytes()),
    });
    job.needs.push("basic-auth".to_owned());
}

fn one_by_one(
    reference: &Reference,
    job: &Job,
    surroundings: &Surroundings,
    cookies: bool,
    cache: bool,
) -> Answer {
    let mut results: Vec<CallResult> = Vec::new();
    let mut jar: Option<Octets> = None;
    for (index, call) in job.calls.iter().enumerate() {
        let before = job.calls[..index].iter().position(|one| one.url == call.url);
        if let Some(stored) = before.filter(|_| cache) {
            results.push(results[stored].clone());
            continue;
        }
        let mut call: Call = call.clone();
        call.fields.extend(jar.clone().map(|Octets(cookie)| ("Cookie".to_owned(), Some(cookie.into()))));
        let one = Job { calls: vec![call], ..job.clone() };
        match reference.answer(&one, surroundings) {
            Answer::Outcome(outcome) => results.extend(outcome.calls),
            other => return other,
        }
        let fields = results.last().and_then(|result| result.fields.as_ref());
        let set = fields.and_then(|fields| fields.iter().find(|(name, _)| name == "Set-Cookie"));
        jar = set.map(|(_, value)| value.clone()).filter(|_| cookies).or(jar);
    }
    Answer::Outcome(Outcome { id: job.id.clone(), calls: results })
}
