//! Which rule fires: tried in the order written, the first that holds and is not used up.

use crate::{
    case::{Server, lock},
    connection::Connection,
    digest::{Challenge, Proofs},
    parser::values,
    script::{Conditions, Content, FieldPattern, When},
    seen::RequestSeen,
    tap::Tap,
    text::{Context, FillError},
};

/// What the rules of one server remember.
#[derive(Debug)]
pub(crate) struct Rules {
    /// How often each has fired.
    fired: Vec<u64>,
    /// The last challenges this server sent, and the answers to them.
    proofs: Proofs,
}

/// What is to be done about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// This rule fires, for the `count`th time.
    Fires { rule: usize, count: u64 },
    /// None holds.
    Unmatched,
    /// It depends on content that has not come yet.
    Later,
}

impl Rules {
    pub(crate) fn new(rules: usize) -> Self {
        Self { fired: vec![0; rules], proofs: Proofs::default() }
    }

    /// The server sent these challenges.
    pub(crate) fn challenge(&mut self, challenges: Vec<Challenge>) {
        if !challenges.is_empty() {
            self.proofs.challenge(challenges);
        }
    }

    fn claim(&mut self, rule: usize) -> Decision {
        self.fired[rule] += 1;
        Decision::Fires { rule, count: self.fired[rule] }
    }

    fn used_up(&self, rule: usize, times: Option<u64>) -> bool {
        times.is_some_and(|times| self.fired[rule] >= times)
    }

    /// A rule was chosen, but the request broke off before it could fire.
    pub(crate) fn give_back(&mut self, rule: usize) {
        self.fired[rule] -= 1;
    }
}

/// The rule that fires on accept.
pub(crate) fn on_accept(server: &Server) -> Option<(usize, u64)> {
    if !server.greets {
        return None;
    }
    let mut state = lock(&server.rules);
    let rules = server.script.rules.iter().enumerate();
    let (rule, _) = rules
        .filter(|(_, rule)| rule.when == When::Accept)
        .find(|(i, rule)| !state.used_up(*i, rule.times))?;
    match state.claim(rule) {
        Decision::Fires { rule, count } => Some((rule, count)),
        _ => None,
    }
}

/// The rule that fires on the request with this index. A text that cannot be filled is our fault, and holds not.
pub(crate) fn on_request(connection: &Connection, tap: &Tap, index: usize) -> Decision {
    let server = connection.server();
    let Some(request) = tap.request(index) else { return Decision::Later };
    let facts = Facts {
        request,
        context: Context {
            addresses: &connection.case.addresses,
            request: tap.parts(index),
            ..Context::default()
        },
        connection: tap.seen.number,
        nth: index as u64 + 1,
        over: request.complete || tap.input_over || request.malformed.is_some(),
    };
    let mut state = lock(&server.rules);
    for (index, rule) in server.script.rules.iter().enumerate() {
        let When::Request(conditions) = &rule.when else { continue };
        if state.used_up(index, rule.times) {
            continue;
        }
        match facts.meet(conditions, &state.proofs) {
            Ok(Holds::Yes(proof)) => {
                state.proofs.remember(proof);
                return state.claim(index);
            }
            Ok(Holds::No) => {}
            Ok(Holds::NotYet) => return Decision::Later,
            Err(error) => connection.fault(&error.to_string()),
        }
    }
    Decision::Unmatched
}

/// What conditions are held against.
struct Facts<'a> {
    request: &'a RequestSeen,
    context: Context<'a>,
    connection: Option<u64>,
    nth: u64,
    /// No more of it will come.
    over: bool,
}

enum Holds {
    /// With the nonce and its count, where a proof was asked for.
    Yes(Option<(Vec<u8>, u64)>),
    No,
    NotYet,
}

impl Facts<'_> {
    fn meet(&self, conditions: &Conditions, proofs: &Proofs) -> Result<Holds, FillError> {
        let Conditions { request, fields, without, body, connection, nth, proves } = conditions;
        if nth.is_some_and(|nth| nth != self.nth)
            || connection.is_some_and(|number| self.connection != Some(number))
        {
            return Ok(Holds::No);
        }
        if let Some(pattern) = request {
            let line = [&self.request.method[..], b" ", &self.request.target].concat();
            if !pattern.fill(&self.context)?.matches(&line) {
                return Ok(Holds::No);
            }
        }
        if !self.fields_match(fields)? || !self.all_absent(without)? {
            return Ok(Holds::No);
        }
        let proof = match proves {
            None => None,
            Some(digest) => {
                let (user, password) =
                    (digest.user.fill(&self.context)?, digest.password.fill(&self.context)?);
                match proofs.check(self.request, &user, &password, digest.count) {
                    Some(proof) => Some(proof),
                    None => return Ok(Holds::No),
                }
            }
        };
        Ok(match body {
            None => Holds::Yes(proof),
            Some(_) if !self.over => Holds::NotYet,
            Some(body) if self.request.complete && self.body_is(body)? => Holds::Yes(proof),
            Some(_) => Holds::No,
        })
    }

    /// For each name that is listed: exactly these lines, in this order.
    fn fields_match(&self, fields: &[FieldPattern]) -> Result<bool, FillError> {
        let mut names: Vec<Vec<u8>> = Vec::with_capacity(fields.len());
        for field in fields {
            names.push(field.name.fill(&self.context)?);
        }
        for (at, name) in names.iter().enumerate() {
            if names[..at].iter().any(|before| before.eq_ignore_ascii_case(name)) {
                continue;
            }
            let mut came = self.request.fields.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
            for (field, _) in fields.iter().zip(&names).filter(|(_, n)| n.eq_ignore_ascii_case(name)) {
                let pattern = field.value.fill(&self.context)?;
                if !came.next().is_some_and(|(_, value)| pattern.matches(value)) {
                    return Ok(false);
                }
            }
            if came.next().is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn all_absent(&self, without: &[crate::text::Text]) -> Result<bool, FillError> {
        for name in without {
            let name = name.fill(&self.context)?;
            if self.request.fields.iter().any(|(n, _)| n.eq_ignore_ascii_case(&name)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn body_is(&self, body: &Content) -> Result<bool, FillError> {
        match body.bytes(&self.context, self.request.body.len() as u64) {
            Ok(bytes) => Ok(bytes == self.request.body),
            Err(FillError::TooLong) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// The Digest challenges among the fields of a response.
pub(crate) fn challenges(fields: &[(Vec<u8>, Vec<u8>)]) -> Vec<Challenge> {
    ["www-authenticate", "proxy-authenticate"]
        .into_iter()
        .flat_map(|name| values(fields, name))
        .filter_map(Challenge::parse)
        .collect()
}
