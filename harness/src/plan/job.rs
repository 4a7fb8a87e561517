//! What the client is asked. Everything is decided but addresses, which are filled in once servers are staged.

mod body;
mod options;

use std::{net::SocketAddr, time::Duration};

use wireproof_client::{
    bytes::Bytes,
    capabilities::{Hello, Support},
    job::{self, Job, Options, Pause, ReadAs, Upgrade, Wait},
};
use wireproof_server::{
    script::{Field, Gate, Step},
    seen::Address,
    text::{Context, FillError, Piece, Text},
};

use self::{body::BodyPlan, options::OptionsPlan};
use super::{Scale, needs::Shortfall};
use crate::scenario::{
    Scenario,
    call::{Call, CallItem, Cancel, Read, Signal, Until},
};

/// A job whose addresses are still open.
#[derive(Debug, Clone)]
pub struct JobPlan {
    id: String,
    needs: Vec<String>,
    options: OptionsPlan,
    calls: Vec<CallPlan>,
    concurrent: bool,
    linger: Option<WaitPlan>,
    deadline: u64,
    gates: Vec<Gate>,
}

/// One call.
#[derive(Debug, Clone)]
struct CallPlan {
    /// The turn of its `times`, from 1.
    turn: u64,
    url: Text,
    method: Text,
    fields: Vec<(Text, Text)>,
    body: Option<BodyPlan>,
    options: OptionsPlan,
    before: Option<WaitPlan>,
    read: job::Read,
    pause: Option<WaitPlan>,
    cancel: Option<CancelPlan>,
    trailers: Vec<Field>,
    target: Option<Text>,
    upgrade: Option<UpgradePlan>,
}

/// A wait; a gate by its place among the gates of the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WaitPlan {
    Ms(u64),
    Gate(usize),
}

#[derive(Debug, Clone, Copy)]
enum CancelPlan {
    When(WaitPlan),
    Head,
}

#[derive(Debug, Clone)]
struct UpgradePlan {
    send: Vec<Text>,
    read: Vec<Text>,
}

impl JobPlan {
    pub(super) fn new(scenario: &Scenario, hello: &Hello, scale: Scale, shortfall: &mut Shortfall) -> Self {
        let asked: Vec<String> = shortfall.relied_on().to_vec();
        let options = OptionsPlan::of_session(&scenario.client, &asked, hello, scale, shortfall);
        let mut maker = Maker { scenario, hello, scale, shortfall, gates: Vec::new(), calls: Vec::new() };
        let linger = maker.items();
        let Maker { gates, calls, .. } = maker;
        let concurrent = scenario.calls.iter().any(|item| matches!(item, CallItem::Together(_)));
        let mut needs = shortfall.relied_on().to_vec();
        for name in options.given().into_iter().chain(calls.iter().flat_map(|call| call.options.given())) {
            if !needs.iter().any(|need| need == name) {
                needs.push(name.to_owned());
            }
        }
        Self {
            id: scenario.id.to_string(),
            needs,
            options,
            calls,
            concurrent,
            linger,
            deadline: scale.millis(scenario.deadline),
            gates,
        }
    }

    /// The gates that the job waits at.
    pub(super) fn gates(&self) -> &[Gate] {
        &self.gates
    }

    /// How long is waited before each call.
    pub(super) fn pauses(&self) -> Vec<Duration> {
        self.calls
            .iter()
            .map(|call| match call.before {
                Some(WaitPlan::Ms(ms)) => Duration::from_millis(ms),
                Some(WaitPlan::Gate(_)) | None => Duration::ZERO,
            })
            .collect()
    }

    /// Whether time plays a part.
    pub(super) fn takes_time(&self) -> bool {
        self.waits() > Duration::ZERO
    }

    /// The time that the client waits, at the most.
    pub(super) fn waits(&self) -> Duration {
        let of = |wait: Option<WaitPlan>| match wait {
            Some(WaitPlan::Ms(ms)) => ms,
            Some(WaitPlan::Gate(_)) | None => 0,
        };
        let calls: u64 = self
            .calls
            .iter()
            .map(|call| {
                let cancel = match call.cancel {
                    Some(CancelPlan::When(wait)) => of(Some(wait)),
                    Some(CancelPlan::Head) | None => 0,
                };
                let body = call.body.as_ref().map_or(0, BodyPlan::waits);
                of(call.before) + of(call.pause) + cancel + body + call.options.time_limit()
            })
            .sum();
        Duration::from_millis(calls + of(self.linger) + self.options.time_limit())
    }

    /// The job, with the addresses of this run.
    pub fn resolve(&self, addresses: &[Address], gates: &[SocketAddr]) -> Result<Job, FillError> {
        let filling = Filling { addresses, gates, turn: 1 };
        Ok(Job {
            id: self.id.clone(),
            needs: self.needs.clone(),
            options: self.options.resolve(filling)?,
            calls: self
                .calls
                .iter()
                .map(|call| call.resolve(Filling { turn: call.turn, ..filling }))
                .collect::<Result<_, _>>()?,
            concurrent: self.concurrent,
            linger: self.linger.map(|wait| filling.wait(wait)),
            deadline: self.deadline,
        })
    }
}

impl CallPlan {
    fn resolve(&self, filling: Filling<'_>) -> Result<job::Call, FillError> {
        let mut read = self.read.clone();
        read.pause = self.pause.map(|wait| Pause { after: 0, wait: filling.wait(wait) });
        let mut fields = Vec::with_capacity(self.fields.len());
        for (name, value) in &self.fields {
            fields.push((filling.string(name)?, Some(filling.bytes(value)?)));
        }
        Ok(job::Call {
            url: filling.bytes(&self.url)?,
            method: filling.string(&self.method)?,
            fields,
            query: Vec::new(),
            body: self.body.as_ref().map(|body| body.resolve(filling)).transpose()?,
            options: self.options.resolve(filling)?,
            before: self.before.map(|wait| filling.wait(wait)),
            read,
            cancel: self.cancel.map(|cancel| match cancel {
                CancelPlan::When(wait) => job::Cancel::Wait(filling.wait(wait)),
                CancelPlan::Head => job::Cancel::Head,
            }),
            target: self.target.as_ref().map(|target| filling.bytes(target)).transpose()?,
            trailers: self.trailers(filling)?,
            upgrade: self.upgrade.as_ref().map(|upgrade| upgrade.resolve(filling)).transpose()?,
        })
    }
}

impl CallPlan {
    fn trailers(&self, filling: Filling<'_>) -> Result<Vec<(String, Bytes)>, FillError> {
        let line = |field: &Field| Ok((filling.string(&field.name)?, filling.bytes(&field.value)?));
        self.trailers.iter().map(line).collect()
    }
}

impl UpgradePlan {
    fn resolve(&self, filling: Filling<'_>) -> Result<Upgrade, FillError> {
        let joined = |texts: &[Text]| -> Result<Vec<u8>, FillError> {
            let mut bytes = Vec::new();
            for text in texts {
                bytes.extend(filling.fill(text)?);
            }
            Ok(bytes)
        };
        Ok(Upgrade { send: joined(&self.send)?.into(), read: joined(&self.read)?.len() as u64 })
    }
}

/// What the holes of a job are filled with.
#[derive(Clone, Copy)]
struct Filling<'a> {
    addresses: &'a [Address],
    gates: &'a [SocketAddr],
    turn: u64,
}

impl<'a> Filling<'a> {
    fn context(self) -> Context<'a> {
        Context { addresses: self.addresses, turn: Some(self.turn), ..Context::default() }
    }

    fn fill(self, text: &Text) -> Result<Vec<u8>, FillError> {
        text.fill(&self.context())
    }

    fn bytes(self, text: &Text) -> Result<Bytes, FillError> {
        self.fill(text).map(Bytes::from)
    }

    /// For what the contract spells as a string: method and field names.
    fn string(self, text: &Text) -> Result<String, FillError> {
        Ok(String::from_utf8_lossy(&self.fill(text)?).into_owned())
    }

    fn wait(self, wait: WaitPlan) -> Wait {
        match wait {
            WaitPlan::Ms(ms) => Wait::Ms(ms),
            WaitPlan::Gate(index) => Wait::Gate(self.gates[index].to_string()),
        }
    }
}

/// Makes the calls of a job, and the gates they wait at.
struct Maker<'a> {
    scenario: &'a Scenario,
    hello: &'a Hello,
    scale: Scale,
    shortfall: &'a mut Shortfall,
    gates: Vec<Gate>,
    calls: Vec<CallPlan>,
}

impl Maker<'_> {
    /// All items; what is left to be waited for behind the last call.
    fn items(&mut self) -> Option<WaitPlan> {
        let scenario = self.scenario;
        let mut before = None;
        for item in &scenario.calls {
            match item {
                CallItem::Wait(time) => {
                    let ms = self.scale.millis(*time);
                    before = Some(match before {
                        Some(WaitPlan::Ms(already)) => WaitPlan::Ms(already + ms),
                        Some(gate @ WaitPlan::Gate(_)) => {
                            self.shortfall.not_yet("`wait` and `await` in a row");
                            gate
                        }
                        None => WaitPlan::Ms(ms),
                    });
                }
                CallItem::Await(signal) => {
                    if before.is_some() {
                        self.shortfall.not_yet("`wait` and `await` in a row");
                    }
                    before = Some(self.gate(signal));
                }
                CallItem::Call(call) => {
                    let before = before.take();
                    self.call(call, before, None);
                }
                CallItem::Together(calls) => {
                    let before = before.take();
                    for call in calls {
                        self.call(call, before, before);
                    }
                }
                // The session ends behind the last call; a call behind its end would be another session.
                CallItem::EndSession => {}
            }
        }
        let last = scenario.calls.iter().rposition(|item| matches!(item, CallItem::EndSession));
        if last.is_some_and(|last| last + 1 != scenario.calls.len()) {
            self.shortfall.not_yet("several sessions");
        }
        before
    }

    fn gate(&mut self, signal: &Signal) -> WaitPlan {
        let gate = Gate { signal: signal.name.clone(), times: signal.times };
        let known = self.gates.iter().position(|one| *one == gate);
        WaitPlan::Gate(known.unwrap_or_else(|| {
            self.gates.push(gate);
            self.gates.len() - 1
        }))
    }

    fn until(&mut self, until: &Until) -> WaitPlan {
        match until {
            Until::Elapsed(time) => WaitPlan::Ms(self.scale.millis(*time)),
            Until::Signal(signal) => self.gate(signal),
        }
    }

    /// One call for each of its turns: what the first waits for, and what each further one does.
    fn call(&mut self, call: &Call, before: Option<WaitPlan>, between: Option<WaitPlan>) {
        let first = self.calls.len();
        let pause = call.hold.as_ref().map(|hold| self.until(hold));
        let cancel = call.cancel.as_ref().map(|cancel| match cancel {
            Cancel::When(until) => CancelPlan::When(self.until(until)),
            Cancel::Head => CancelPlan::Head,
        });
        let body = call.body.as_ref().map(|body| self.body(body));
        let media_type = body.as_ref().and_then(BodyPlan::media_type);
        let mut fields: Vec<(Text, Text)> =
            call.headers.iter().map(|field| (field.name.clone(), field.value.clone())).collect();
        if let Some(media_type) = media_type
            && !fields.iter().any(|(name, _)| outline(name).eq_ignore_ascii_case(b"content-type"))
        {
            fields.push((Text::from("Content-Type"), Text::from(media_type)));
        }
        let plan = CallPlan {
            turn: 1,
            url: call.url.clone(),
            method: call.method.clone(),
            fields,
            body,
            options: OptionsPlan::of_call(&call.with, self.hello, self.scale, self.shortfall),
            before,
            read: read(call.read),
            pause,
            cancel,
            trailers: call.trailers.clone(),
            target: call.target.clone(),
            upgrade: self.upgrade(&call.then),
        };
        self.calls.extend((2..=call.times).map(|turn| CallPlan { turn, before: between, ..plan.clone() }));
        self.calls.insert(first, plan);
    }

    /// The contract can say: send all this, then read so much.
    fn upgrade(&mut self, then: &[Step]) -> Option<UpgradePlan> {
        if then.is_empty() {
            return None;
        }
        let mut plan = UpgradePlan { send: Vec::new(), read: Vec::new() };
        for step in then {
            match step {
                Step::Send(wireproof_server::script::Content::Text(text)) => plan.send.push(text.clone()),
                Step::Receive(text) => plan.read.push(text.clone()),
                _ => self.shortfall.not_yet("other steps than `send` of text and `receive` behind a 101"),
            }
        }
        Some(plan)
    }

    /// Whether the client's own facility is used: where it has one. Where it lacks it the harness encodes,
    /// unless the case itself asks for it.
    fn uses(&mut self, capability: &str) -> bool {
        let uses = self.hello.support(capability) != Support::No
            || self.scenario.needs.iter().any(|need| need == capability);
        if uses {
            self.shortfall.rely_on(capability, self.hello);
        }
        uses
    }
}

fn read(read: Read) -> job::Read {
    let (bytes, decoded) = match read {
        Read::All => (None, None),
        Read::Head => (Some(0), None),
        Read::Bytes(n) => (Some(n), None),
        Read::Text => (None, Some(ReadAs::Text)),
        Read::Json => (None, Some(ReadAs::Json)),
    };
    job::Read { bytes, pause: None, decoded }
}

/// The bytes of a text that stand fast before any address is known.
pub(super) fn outline(text: &Text) -> Vec<u8> {
    text.0
        .iter()
        .flat_map(|piece| match piece {
            Piece::Bytes(bytes) => bytes.as_slice(),
            _ => &[],
        })
        .copied()
        .collect()
}

impl OptionsPlan {
    fn resolve(&self, filling: Filling<'_>) -> Result<Options, FillError> {
        let mut options = self.fixed.clone();
        self.fill(&mut options, filling)?;
        Ok(options)
    }
}
