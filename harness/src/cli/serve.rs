//! `wireproof serve`: the servers of a case held open, and what clients do to them narrated.

use std::sync::mpsc::{Receiver, channel};

use anstyle::Style;
use serde_json::{Value, json};
use wireproof_server::{Event, Staged, Suite, What};

use super::{Failure, ServeArgs, clients::Chosen, suite};
use crate::{
    describe,
    plan::{Plan, Readiness, Scale},
    report::exit,
    scenario::Scenario,
    show,
};

pub(super) fn serve(case: &str, args: &ServeArgs) -> Result<u8, Failure> {
    let scenarios = suite::parsed(&suite::sources(args.cases.as_deref())?, Scale::ONE)?;
    let chosen = choose(scenarios, case)?;
    // Only to make plans of scenarios: nobody runs this client.
    let driver = Chosen::find("reference")?.start(1)?;
    let servers = Suite::start(1)?;
    let stopped = stopped()?;
    let (narrator, events) = channel();
    let mut held = Vec::new();
    for scenario in &chosen {
        let plan = Plan::new(scenario, driver.hello(), Scale::ONE);
        if let Readiness::NotYet(why) = &plan.readiness {
            if chosen.len() == 1 {
                return Err(Failure::broken(format!("wireproof: {}: {why}\n", plan.id)));
            }
            anstream::eprintln!("{}: {why}", plan.id);
            continue;
        }
        let staged = servers.stage_narrated(plan.script.clone(), narrator.clone())?;
        held.push((plan, staged));
    }
    drop(narrator);
    println!("{}", addresses(&held));
    if args.quiet {
        drop(events);
    } else {
        for (plan, _) in &held {
            anstream::eprint!("{}", introduced(plan));
        }
        std::thread::spawn(move || {
            for event in events {
                anstream::println!("{}", narrated(&event));
            }
        });
    }
    // Fails only where nobody can send any more, which is as good as Ctrl-C.
    let _ = stopped.recv();
    Ok(exit::CONFORMS)
}

/// Rings at Ctrl-C and where the system asks the process to end. A second one finds nobody waiting any more, which is
/// right.
pub(super) fn stopped() -> Result<Receiver<()>, Failure> {
    let (stop, stopped) = channel();
    ctrlc::set_handler(move || {
        let _ = stop.send(());
    })
    .map_err(|error| Failure::broken(format!("wireproof: failed to listen for Ctrl-C: {error}\n")))?;
    Ok(stopped)
}

/// One event, as a line.
pub(super) fn narrated(event: &Event) -> String {
    let dim = Style::new().dimmed();
    let connection = event.connection.map(|number| format!(" #{number}")).unwrap_or_default();
    let what = match &event.what {
        What::Accepted => "accepted a connection".to_owned(),
        What::Head(line) => format!("> {}", show::escaped_plain(line)),
        What::Complete(0) => "  the request is complete".to_owned(),
        What::Complete(bytes) => format!("  the request is complete, {bytes} bytes of content"),
        What::Fired(rule) => format!("  rule {} fires", rule + 1),
        What::Unmatched => "  no rule matches: 404".to_owned(),
        What::Replied(status) => format!("< {status}"),
        What::Answered(bytes) => format!("< answered, {bytes} bytes sent so far"),
        What::Signal(name) => format!("  gave the signal `{name}`"),
        What::Ended(who) => format!("  ended: {}", crate::judge::ended_by(*who)),
        What::Fault(fault) => format!("! our fault: {fault}"),
    };
    let seconds = event.at.as_secs_f64();
    format!("{dim}{seconds:9.3} {}{connection}{dim:#} {what}", event.server)
}

/// The case with this id, or all cases of the page with this id.
fn choose(scenarios: Vec<Scenario>, id: &str) -> Result<Vec<Scenario>, Failure> {
    let page = format!("{}/", id.trim_end_matches('/'));
    let of_page = |scenario: &Scenario| scenario.id.to_string().starts_with(&page);
    if scenarios.iter().any(of_page) {
        return Ok(scenarios.into_iter().filter(of_page).collect());
    }
    suite::one(scenarios, id).map(|scenario| vec![scenario])
}

/// The line that says that all is ready.
fn addresses(held: &[(Plan, Staged)]) -> Value {
    let cases: Vec<Value> = held
        .iter()
        .map(|(plan, staged)| {
            let servers: serde_json::Map<String, Value> = staged
                .addresses()
                .iter()
                .map(|address| {
                    let place = match &address.socket {
                        Some(socket) => format!("unix:{socket}"),
                        None => format!("{}://{}:{}", address.scheme, address.host, address.port),
                    };
                    (address.server.clone(), place.into())
                })
                .collect();
            json!({ "case": plan.id, "servers": servers })
        })
        .collect();
    json!({ "ready": true, "cases": cases })
}

fn introduced(plan: &Plan) -> String {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let servers = describe::servers(&plan.script);
    format!("{bold}{}{bold:#}: {}\n{dim}{servers}{dim:#}", plan.id, plan.about)
}
