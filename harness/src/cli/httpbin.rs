//! `wireproof serve` without a case: the routes of httpbin, and what clients ask of them narrated.

use std::{
    io::{self, Write},
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use anstyle::{AnsiColor, Style};
use serde_json::json;
use wireproof_server::httpbin::{Httpbin, Narrative, SILENCE, Settings, Told, narration};

use super::{
    Failure, ServeArgs,
    serve::{narrated, stopped},
};
use crate::report::exit;

/// How many events are told in a [`TURN`]: more than anybody reads, and few enough to cost a busy server little.
const EVENTS: usize = 1024;
const TURN: Duration = Duration::from_millis(100);

/// How long replies that have begun may go on after Ctrl-C.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn serve(args: &ServeArgs) -> Result<u8, Failure> {
    let stopped = stopped()?;
    let address = SocketAddr::new(args.httpbin.bind, args.httpbin.port);
    let (narrator, narrative) = narration(EVENTS);
    let settings = Settings {
        address,
        journal_bytes: args.httpbin.journal_bytes,
        silence: SILENCE,
        narrator: (!args.quiet).then_some(narrator),
    };
    let server = Httpbin::start(settings)
        .map_err(|error| Failure::usage(format!("wireproof: failed to listen on {address}: {error}\n")))?;
    let address = server.address();
    let mut output = io::stdout();
    let url = format!("http://{address}");
    writeln!(output, "{}", json!({ "ready": true, "url": url, "journal": format!("{url}/__journal") }))?;
    output.flush()?;
    if let Some(warning) = warning(address) {
        anstream::eprintln!("{warning}");
    }
    thread::spawn(move || narrate(&narrative));
    // Fails only where nobody can send any more, which is as good as Ctrl-C.
    let _ = stopped.recv();
    server.stop(PATIENCE);
    Ok(exit::CONFORMS)
}

/// What is to be said of an address that others than this machine reach.
fn warning(address: SocketAddr) -> Option<String> {
    let yellow = AnsiColor::Yellow.on_default().bold();
    (!address.ip().is_loopback()).then(|| {
        format!(
            "{yellow}warning{yellow:#}: listening on {address}, not on loopback: whoever reaches this machine can use \
             this server and read its journal"
        )
    })
}

/// Tells what happens until nobody is left to tell it, or to read it.
fn narrate(narrative: &Narrative) {
    let mut output = io::BufWriter::new(anstream::stdout());
    while let Some(first) = narrative.next() {
        let turn = Instant::now() + TURN;
        let rest = std::iter::from_fn(|| narrative.try_next()).take(EVENTS - 1);
        let written = std::iter::once(first)
            .chain(rest)
            .try_fold(0, |told, one| writeln!(output, "{}", line(&one)).map(|()| told + 1));
        match written.and_then(|told| output.flush().map(|()| told)) {
            // Under load: what comes meanwhile is counted.
            Ok(EVENTS..) => thread::sleep(turn.saturating_duration_since(Instant::now())),
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

fn line(told: &Told) -> String {
    match told {
        Told::Event(event) => narrated(event),
        Told::Lost(count) => {
            let dim = Style::new().dimmed();
            format!("{dim}          {count} events were too many to tell{dim:#}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_goes_without_saying() {
        let warned = |address: &str| warning(address.parse().unwrap()).is_some();
        assert_eq!(["127.0.0.1:1", "[::1]:1", "127.9.9.9:1"].map(warned), [false; 3]);
        assert_eq!(["0.0.0.0:1", "[::]:1", "192.0.2.1:1"].map(warned), [true; 3]);
    }
}
