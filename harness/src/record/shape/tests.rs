use wireproof_client::outcome::CallResult;

use super::*;

fn stored(observation: &Observation) -> String {
    serde_json::to_string(&StoredObservation::from(observation)).unwrap()
}

fn read(text: &str) -> Result<Observation, String> {
    serde_json::from_str::<StoredObservation>(text).map_err(|error| error.to_string())?.try_into()
}

fn request() -> RequestSeen {
    RequestSeen {
        order: 3,
        head: 2..6,
        bytes: 2..9,
        method: b"GET".to_vec(),
        target: b"/\xFF".to_vec(),
        version: b"HTTP/1.1".to_vec(),
        fields: vec![(b"Host".to_vec(), b"a\0b".to_vec())],
        framing: BodyFraming::Length(3),
        body: b"678".to_vec(),
        chunks: vec![1, 2],
        trailers: vec![(b"X".to_vec(), Vec::new())],
        complete: true,
        malformed: Some("it is".to_owned()),
        head_at: Duration::from_nanos(1_234_567),
        body_at: Some(Duration::from_nanos(1_234_568)),
        complete_at: None,
        answered_at: Some(Duration::from_hours(1) + Duration::from_nanos(1)),
        answer: Answer::Rule(7),
        sent: 1..5,
    }
}

fn observation(told: Told) -> Observation {
    let chunked = RequestSeen {
        framing: BodyFraming::Chunked,
        body: b"other".to_vec(),
        answer: Answer::Unmatched,
        ..request()
    };
    let connection = ConnectionSeen {
        number: Some(1),
        opened: Duration::from_nanos(999),
        received: b"0123456789".to_vec(),
        sent: 1 << 40,
        sent_bytes: b"x".repeat(100_000),
        requests: vec![request(), chunked],
        ended: Ended::ClientReset,
        ended_at: Some(Duration::from_secs(2)),
        violations: vec!["no".to_owned()],
    };
    let silent = ConnectionSeen {
        number: None,
        received: (0..=255_u8).cycle().take(10_000).collect(),
        requests: Vec::new(),
        ended: Ended::Open,
        ended_at: None,
        ..connection.clone()
    };
    let address = Address {
        server: "origin".to_owned(),
        scheme: "http".to_owned(),
        host: "[::1]".to_owned(),
        ip: "::1".to_owned(),
        port: 0,
        socket: Some("/run/s".to_owned()),
    };
    Observation {
        at: UNIX_EPOCH + Duration::from_micros(1_700_000_000_123_456),
        addresses: vec![address],
        seen: Seen {
            servers: vec![ServerSeen { name: "origin".to_owned(), connections: vec![connection, silent] }],
            faults: vec!["ours".to_owned()],
        },
        told,
        partials: vec![Partial { id: "1".to_owned(), call: 0, result: CallResult::default() }],
        asked: Duration::from_nanos(1),
        answered: Duration::from_nanos(u64::from(u32::MAX)),
        aside: "Traceback\n".to_owned(),
        usage: Some(Usage { peak_memory: Some(5 << 20), cpu: Some(Duration::from_millis(20)) }),
    }
}

#[test]
fn an_observation_comes_back_as_it_was() {
    let unsupported = Unsupported { id: "1".to_owned(), what: vec!["tls".to_owned()], reason: None };
    for told in [
        Told::Outcome(Outcome { id: "1".to_owned(), calls: Vec::new() }),
        Told::Unsupported(unsupported),
        Told::Hang,
        Told::Crash("by SIGSEGV".to_owned()),
        Told::Stopped("it held 300 MiB".to_owned()),
        Told::Broken("its adapter".to_owned()),
    ] {
        let observation = observation(told);
        assert_eq!(read(&stored(&observation)).unwrap(), observation);
    }
}

#[test]
fn the_shape_is_the_documented_one() {
    let value: serde_json::Value = serde_json::from_str(&stored(&observation(Told::Hang))).unwrap();
    assert_eq!(value["at"], 1_700_000_000_123_456_u64);
    assert_eq!(value["told"], "hang");
    let connection = &value["servers"][0]["connections"][0];
    assert_eq!(connection["opened"], 0.999);
    assert_eq!(connection["ended"], "client-reset");
    assert_eq!(connection["received"], "0123456789");
    assert!(connection["sent-bytes"]["gzip"].as_str().unwrap().len() < 1000);
    let request = &connection["requests"][0];
    assert_eq!(request["target"]["base64"], "L/8=");
    assert_eq!(request["answer"]["rule"], 7);
    assert_eq!(request["framing"]["length"], 3);
    assert_eq!(request.get("body"), None);
    assert_eq!(connection["requests"][1]["body"], "other");
}

#[test]
fn a_request_outside_of_what_was_received_is_refused() {
    let text = stored(&observation(Told::Hang)).replace("\"head\":[2,6]", "\"head\":[2,60]");
    assert!(read(&text).unwrap_err().contains("outside"));
}
