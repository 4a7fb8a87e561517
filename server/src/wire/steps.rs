//! What each step does.

use std::{future::Future, pin::Pin, task::Poll};

use super::{
    Flow, Listing, proxy,
    reply::{self, BLOCK},
};
use crate::{
    case::lock,
    connection::Gone,
    content::fill_block,
    exchange, rules,
    script::{Await, Content, End, Reply, Step},
    tap::{Came, Wanted},
    text::{Pattern, Text},
};

impl Listing<'_> {
    /// Performs steps in order.
    pub(super) async fn perform(&mut self, steps: &[Step]) -> Flow {
        for step in steps {
            let flow = self.step(step).await;
            if flow != Flow::On {
                return flow;
            }
        }
        Flow::On
    }

    /// Performs steps within steps.
    fn perform_within<'s>(
        &'s mut self,
        steps: &'s [Step],
    ) -> Pin<Box<dyn Future<Output = Flow> + Send + 's>> {
        Box::pin(self.perform(steps))
    }

    async fn step(&mut self, step: &Step) -> Flow {
        match step {
            Step::Send(content) => self.send(content).await,
            Step::Reply(reply) => self.reply(reply).await,
            Step::Receive(text) => self.receive(text).await,
            Step::Forward(to) => Box::pin(proxy::forward(self, to)).await,
            Step::Tunnel(server) => Box::pin(proxy::tunnel(self, server)).await,
            Step::Wait(time) => {
                tokio::time::sleep(*time).await;
                Flow::On
            }
            Step::Await(what) => self.wait_for(what).await,
            Step::Signal(name) => {
                self.connection.case.signal(name);
                self.connection.tell(&self.connection.tap(), || crate::events::What::Signal(name.clone()));
                Flow::On
            }
            Step::Pace(pace) => {
                self.pacer.set(pace);
                Flow::On
            }
            Step::Reading(reading) => {
                self.connection.set_reading(*reading);
                Flow::On
            }
            Step::Repeat { times, steps } => self.repeat(*times, steps).await,
            Step::End(end) => self.end(*end).await,
        }
    }

    async fn repeat(&mut self, times: Option<u64>, steps: &[Step]) -> Flow {
        let outer = self.turn;
        for turn in 1..=times.unwrap_or(u64::MAX) {
            if times.is_none() {
                if self.connection.tap().input_over {
                    return Flow::Gone;
                }
                // Steps that never wait would not let the client's end be seen.
                tokio::task::yield_now().await;
            }
            self.turn = Some(turn);
            let flow = self.perform_within(steps).await;
            if flow != Flow::On {
                return flow;
            }
        }
        self.turn = outer;
        Flow::On
    }

    async fn end(&mut self, end: End) -> Flow {
        match end {
            End::HalfClose => {
                self.connection.send_fin(self.stream);
                self.half_closed = true;
                return Flow::On;
            }
            // Where it fails the client has gone, and there is nothing left to reset.
            End::Reset => drop(self.stream.delivered().await),
            End::Close | End::Cut | End::Stall => {}
        }
        Flow::End(end)
    }

    async fn send(&mut self, content: &Content) -> Flow {
        if let Content::Text(text) = content {
            return match self.fill(text) {
                Ok(bytes) => {
                    self.say(&bytes);
                    self.write(&bytes).await.into()
                }
                Err(flow) => flow,
            };
        }
        self.stream(content, Self::say).await
    }

    fn fill(&self, text: &Text) -> Result<Vec<u8>, Flow> {
        self.with_context(|context| text.fill(context)).map_err(|error| self.faulty(&error))
    }

    /// Remembers what is said, for whether the connection is kept, and for challenges.
    pub(super) fn say(&mut self, bytes: &[u8]) {
        let server = self.connection.server();
        if let (Some(head), true) = (self.said.say(bytes), server.challenges) {
            lock(&server.rules).challenge(rules::challenges(&head.fields));
        }
    }

    /// Makes and writes content block by block. What is endless stops when the client ends.
    async fn stream(&mut self, content: &Content, mut said: impl FnMut(&mut Self, &[u8])) -> Flow {
        let mut reader = match self.with_context(|context| content.reader(context)) {
            Ok(reader) => reader,
            Err(error) => return self.faulty(&error),
        };
        let endless = content.is_endless();
        let mut block = Vec::new();
        loop {
            match fill_block(&mut reader, &mut block, BLOCK) {
                Ok(0) => return Flow::On,
                Ok(_) if endless && self.connection.tap().input_over => return Flow::Gone,
                Ok(_) => {}
                Err(error) => return self.faulty(&format!("make content: {error}")),
            }
            said(self, &block);
            if self.write(&block).await == Err(Gone) {
                return Flow::Gone;
            }
            // Coding and copying take time that others want too.
            tokio::task::consume_budget().await;
        }
    }

    /// Writes a well-formed reply.
    pub(crate) async fn reply(&mut self, reply: &Reply) -> Flow {
        let spelled = {
            let tap = self.connection.tap();
            let method =
                self.request.and_then(|index| tap.request(index)).map(|request| request.method.clone());
            drop(tap);
            self.with_context(|context| reply::spell(reply, method.as_deref().unwrap_or_default(), context))
        };
        let reply::Spelled { mut head, sending, made } = match spelled {
            Ok(spelled) => spelled,
            Err(error) => return self.faulty(&error),
        };
        self.say(&head);
        let content = match sending {
            reply::Sending::Nothing => return self.write(&head).await.into(),
            reply::Sending::Chunked => return self.reply_chunked(reply, head).await,
            reply::Sending::Plain => &reply.body,
        };
        // In one write where it is short: a head that comes alone is what `pace` is for.
        let short = match made {
            Some(made) => Some(made),
            None => match self.with_context(|context| Ok(content.bytes(context, BLOCK as u64))) {
                Ok(Ok(bytes)) => Some(bytes),
                Ok(Err(crate::text::FillError::TooLong)) => None,
                Ok(Err(error)) | Err(error) => return self.faulty(&error),
            },
        };
        if let Some(body) = short {
            head.extend_from_slice(&body);
            return self.write(&head).await.into();
        }
        match self.write(&head).await {
            Ok(()) => self.stream(content, |_, _| {}).await,
            Err(Gone) => Flow::Gone,
        }
    }

    /// Writes what is left of a reply in chunks; `out` holds its head.
    async fn reply_chunked(&mut self, reply: &Reply, mut out: Vec<u8>) -> Flow {
        let endless = reply.body.is_endless();
        let size = reply.chunk.and_then(|size| usize::try_from(size).ok()).map(|size| size.max(1));
        let whole = std::slice::from_ref(&reply.body);
        // With a size the content is cut as one; without, its members are.
        for member in if size.is_some() { whole } else { reply.body.members() } {
            let mut reader = match self.with_context(|context| member.reader(context)) {
                Ok(reader) => reader,
                Err(error) => return self.faulty(&error),
            };
            let mut chunk = Vec::new();
            loop {
                match fill_block(&mut reader, &mut chunk, size.unwrap_or(BLOCK)) {
                    Ok(0) => break,
                    Ok(_) => write_chunk(&chunk, &mut out),
                    Err(error) => return self.faulty(&format!("make content: {error}")),
                }
                if out.len() >= BLOCK {
                    if (endless && self.connection.tap().input_over) || self.write(&out).await == Err(Gone) {
                        return Flow::Gone;
                    }
                    out.clear();
                    tokio::task::consume_budget().await;
                }
            }
        }
        out.extend_from_slice(b"0\r\n");
        let trailers = self.with_context(|context| reply::spell_fields(&reply.trailers, context, &mut out));
        if let Err(error) = trailers {
            return self.faulty(&error);
        }
        out.extend_from_slice(b"\r\n");
        self.write(&out).await.into()
    }

    async fn receive(&mut self, text: &Text) -> Flow {
        let expected = match self.fill(text) {
            Ok(expected) => expected,
            Err(flow) => return flow,
        };
        let from = self.raw.unwrap_or(0);
        let connection = self.connection;
        let came = std::future::poll_fn(|_| {
            let tap = connection.tap();
            let received = &tap.seen.received[from.min(tap.seen.received.len())..];
            let here = received.len().min(expected.len());
            if received[..here] != expected[..here] {
                return Poll::Ready(Err(received[..here].to_vec()));
            }
            match here == expected.len() {
                true => Poll::Ready(Ok(())),
                false if tap.input_over => Poll::Ready(Err(received.to_vec())),
                false => Poll::Pending,
            }
        })
        .await;
        self.raw = Some(from + expected.len());
        match came {
            Ok(()) => Flow::On,
            Err(other) => {
                let violation =
                    format!("sent \"{}\" instead of \"{}\"", other.escape_ascii(), expected.escape_ascii());
                connection.tap().seen.violations.push(violation);
                Flow::End(End::Close)
            }
        }
    }

    async fn wait_for(&mut self, what: &Await) -> Flow {
        let connection = self.connection;
        match what {
            Await::Body => self.wait_for_request(Wanted::All).await,
            Await::Bytes(count) => self.wait_for_request(Wanted::Bytes(*count)).await,
            Await::Close => {
                exchange::client_end(connection).await;
                Flow::On
            }
            Await::Request(pattern) => self.wait_for_head(pattern).await,
            Await::Signal { name, times } => {
                let signals = &connection.case.signals;
                signals.until(|| signals.count(name) >= *times).await;
                Flow::On
            }
        }
    }

    /// A request that breaks off ends the list.
    async fn wait_for_request(&mut self, wanted: Wanted) -> Flow {
        let Some(index) = self.request else { return Flow::On };
        match exchange::came(self.connection, index, wanted).await {
            Came::Enough => Flow::On,
            Came::BrokeOff => Flow::Gone,
        }
    }

    async fn wait_for_head(&mut self, pattern: &Pattern) -> Flow {
        let pattern = match self.with_context(|context| pattern.fill(context)) {
            Ok(pattern) => pattern,
            Err(error) => return self.faulty(&error),
        };
        let connection = self.connection;
        connection
            .case
            .signals
            .until(|| {
                let connections = connection.case.connections().clone();
                let here =
                    connections.iter().filter(|other| other.server_index() == connection.server_index());
                here.flat_map(|other| {
                    let tap = other.tap();
                    let lines =
                        tap.seen.requests.iter().map(|seen| [&seen.method[..], b" ", &seen.target].concat());
                    lines.collect::<Vec<_>>()
                })
                .any(|line| pattern.matches(&line))
            })
            .await;
        Flow::On
    }
}

/// Adds a chunk (RFC 9112 7.1) to what is written next.
fn write_chunk(chunk: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{:X}\r\n", chunk.len()).as_bytes());
    out.extend_from_slice(chunk);
    out.extend_from_slice(b"\r\n");
}
