//! What an adapter written in Rust is made of, apart from its client.
//!
//! An adapter implements [`Client`](crate::contract::Client). What a job asks is its own to translate, and so is what
//! its client's errors mean; the rest is the same for all and stands here: calls in their order or at once ([`run`]),
//! waits ([`pass`], [`Alarm`]), sources that yield and fail ([`Source`]), content as the caller takes it ([`Taken`]), times
//! ([`Clock`]), causes ([`causes`]).
//!
//! A whole adapter, of a client that knows GET alone and speaks HTTP/1.0:
//!
//! ```
//! use std::{io::{self, Read, Write}, net::TcpStream};
//! use wireproof_client::{
//!     adapter::{self, Clock, Taken},
//!     capabilities::{Hello, Support},
//!     contract::{Answer, Client, Surroundings, Unsupported},
//!     job::{Call, Job},
//!     outcome::{CallResult, Error},
//! };
//!
//! struct Tiny;
//!
//! impl Client for Tiny {
//!     fn hello(&self) -> Hello {
//!         Hello::new("tiny", "0.1.0").supports(Support::Yes, &["multi-call"]).limit("max-redirects", 0)
//!     }
//!
//!     fn answer(&self, job: &Job, _: &Surroundings) -> Answer {
//!         let can = |call: &Call| call.method == "GET" && call.body.is_none() && call.fields.is_empty();
//!         if !job.calls.iter().all(can) {
//!             return Unsupported::because(&["custom-method"], "there is only get(url)").to(job);
//!         }
//!         adapter::run(job, |call| {
//!             let clock = Clock::start();
//!             let mut result = get(call).unwrap_or_else(failed);
//!             result.times = Some(clock.times());
//!             result
//!         })
//!     }
//! }
//!
//! /// The client's own work, and nothing else.
//! fn get(call: &Call) -> io::Result<CallResult> {
//!     let url = String::from_utf8_lossy(&call.url.to_vec()).into_owned();
//!     let (host, path) = url["http://".len()..].split_once('/').unwrap_or((&url, ""));
//!     let mut connection = TcpStream::connect(host)?;
//!     write!(connection, "GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n")?;
//!     let mut response = Vec::new();
//!     connection.read_to_end(&mut response)?;
//!     let head = response.windows(4).position(|end| end == b"\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
//!     let status = String::from_utf8_lossy(&response[..head]).split(' ').nth(1).and_then(|code| code.parse().ok());
//!     let mut taken = Taken::of(call);
//!     taken.add(&response[head + 4..]);
//!     Ok(CallResult { status, body: Some(taken.seen()), ..CallResult::default() })
//! }
//!
//! /// What its errors mean: what the table does not know is `other`.
//! fn failed(error: io::Error) -> CallResult {
//!     let classes = match error.kind() {
//!         io::ErrorKind::UnexpectedEof => &["closed"],
//!         kind => adapter::class_of(kind).unwrap_or(&["other"]),
//!     };
//!     let error = Error::new(classes, &[]).told_by("std::io::Error", &error);
//!     CallResult { error: Some(error), ..CallResult::default() }
//! }
//!
//! // In main.rs of the adapter: `fn main() -> ExitCode { wireproof_client::contract::serve(&Tiny) }`
//! // In tests/http.rs of the client: `fn main() -> ExitCode { wireproof::testing::run(Tiny) }`
//! # let job = Job { id: "1".to_owned(), calls: vec![Call { url: "http://127.0.0.1:1/".into(), ..Call::default() }], ..Job::default() };
//! # let method = Call { method: "GET".to_owned(), ..job.calls[0].clone() };
//! # let Answer::Outcome(outcome) = Tiny.answer(&Job { calls: vec![method], ..job }, &Surroundings::default()) else { panic!() };
//! # assert_eq!(outcome.calls[0].error.as_ref().unwrap().class, ["refused"]);
//! ```

mod alarm;
mod causes;
mod clock;
mod run;
mod source;
pub(crate) mod taken;
mod version;

pub use self::{
    alarm::Alarm,
    causes::{causes, class_of, find, told},
    clock::Clock,
    run::{pass, run},
    source::{Raised, Source},
    taken::{Step, Taken},
    version::locked_version,
};
