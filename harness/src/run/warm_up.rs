//! The warm-up: a plain GET that every fresh process of a client is given before its first job, so that loading code
//! and trust stores is no part of any time that is judged.

use std::{io, sync::Arc};

use wireproof_client::job::{Call, Job};
use wireproof_server::{
    Staged, Suite,
    script::{
        After, Conditions, Content, End, Engine, Field, Framing, Ip, Listen, Reply, Rule, Script,
        ServerScript, Step, When,
    },
    text::Text,
};

/// A polite server that answers whatever it is asked, and the job of asking it.
#[derive(Debug)]
pub(super) struct WarmUp {
    job: Arc<Job>,
    /// Serves for as long as it is kept.
    _server: Staged,
}

impl WarmUp {
    /// Opens the server. It closes each connection after its answer, and sets nothing that a client could keep: what
    /// comes after the warm-up meets a client that has nothing but run.
    pub(super) fn open(suite: &Suite) -> io::Result<Self> {
        let text = |text: &str| Text::from(text);
        let reply = Reply {
            status: 200,
            reason: None,
            fields: vec![Field { name: text("Connection"), value: text("close") }],
            body: Content::from(text("warm")),
            framing: Framing::Length,
            chunk: None,
            trailers: Vec::new(),
        };
        let rule = Rule {
            when: When::Request(Conditions::default()),
            times: None,
            after: After::Body,
            steps: vec![Step::Reply(reply), Step::End(End::Close)],
        };
        let server = ServerScript {
            name: "warm-up".to_owned(),
            listen: Listen::Tcp { ip: Ip::V4, port: None },
            engine: Engine::Wire,
            rules: vec![rule],
        };
        let server = suite.stage(Script { servers: vec![server], gates: Vec::new() })?;
        let url = format!("http://{}:{}/", server.addresses()[0].ip, server.addresses()[0].port);
        let call = Call { url: url.as_str().into(), method: "GET".to_owned(), ..Call::default() };
        let job = Job { id: "warm-up".to_owned(), calls: vec![call], deadline: 10_000, ..Job::default() };
        Ok(Self { job: Arc::new(job), _server: server })
    }

    /// The job.
    pub(super) fn job(&self) -> Arc<Job> {
        Arc::clone(&self.job)
    }
}
