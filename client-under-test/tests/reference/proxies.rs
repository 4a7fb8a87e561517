//! Forward proxies over sockets.

use serde_json::json;
use wireproof_client::{
    contract::{Answer, Client, Surroundings},
    reference::Reference,
};

use crate::bare::{
    OK, Server, accept, answer, answers, answers_in, body, failure, head, mutant_answers, say,
};

#[test]
fn a_proxy_is_sent_the_whole_url_and_its_own_credentials() {
    let proxy = Server::start(|listener| {
        let mut stream = accept(listener);
        let first = head(&mut stream);
        let asked = "HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic realm=p\r\nContent-Length: 0\r\n\r\n";
        say(&mut stream, asked);
        let second = head(&mut stream);
        say(&mut stream, OK);
        (first, second)
    });
    let options = json!({"proxy": proxy.url("").replace("http://", "http://bob:secret@")});
    let result = answer(&json!({"url": "http://u:p@origin.test/p?q#f"}), &options);
    assert_eq!(body(&result), b"ok");
    let (first, second) = proxy.seen();
    assert!(first.starts_with("GET http://origin.test/p?q HTTP/1.1\r\nHost: origin.test\r\n"), "{first}");
    assert!(!first.contains("Proxy-Authorization"));
    assert!(second.contains("Proxy-Authorization: Basic Ym9iOnNlY3JldA==\r\n"), "{second}");
}

#[test]
fn a_tunnel_is_asked_for_with_nothing_of_the_request() {
    for (said, expected) in [
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", ("proxy", "connect")),
        ("HTTP/1.1 407 Auth\r\nContent-Length: 0\r\n\r\n", ("auth", "connect")),
        ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n", ("proxy", "connect")),
        ("HTTP/1.1 200 OK\r\n\r\n", ("tls", "connect")),
    ] {
        let proxy = Server::start(move |listener| {
            let mut stream = accept(listener);
            let seen = head(&mut stream);
            say(&mut stream, said);
            seen
        });
        let call = json!({"url": "https://origin.test/", "fields": [["X-Secret", "secret"]]});
        let result = answer(&call, &json!({"proxy": proxy.url("")}));
        assert_eq!(failure(&result), expected, "{said:?}");
        assert_eq!(proxy.seen(), "CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\n\r\n");
    }
}

#[test]
fn a_tunnel_is_asked_for_with_credentials_once() {
    const ASKED: &str = "HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic realm=p\r\nContent-Length: 0\r\n\r\n";
    let attempts = |count: usize| {
        Server::start(move |listener| {
            let asked = |_| {
                let mut stream = accept(listener);
                let seen = head(&mut stream);
                say(&mut stream, ASKED);
                seen.contains("Proxy-Authorization: Basic Ym9iOnNlY3JldA==\r\n")
            };
            (0..count).map(asked).collect::<Vec<bool>>()
        })
    };
    for (mutant, expected) in [(None, 2), (Some("answers-challenges-for-ever"), 31)] {
        let proxy = attempts(expected);
        let options = json!({"proxy": proxy.url("").replace("http://", "http://bob:secret@")});
        let job = json!({"id": "1", "calls": [{"url": "https://origin.test/"}], "options": options});
        let results = mutant.map_or_else(|| answers(job.clone()), |name| mutant_answers(name, job.clone()));
        assert_eq!(failure(&results[0]), ("auth", "connect"));
        let told = proxy.seen();
        assert_eq!(told.iter().filter(|told| **told).count(), expected - 1, "{told:?}");
    }
}

#[test]
fn the_environment_chooses() {
    let job = |url: &str, options: serde_json::Value| {
        serde_json::from_value(json!({"id": "1", "calls": [{"url": url}], "options": options})).unwrap()
    };
    let around = |name: &str, value: String| Surroundings {
        environment: [(name.to_owned(), value), ("no_proxy".to_owned(), "localhost".to_owned())].into(),
        home: None,
    };
    let proxy = Server::start(|listener| {
        let mut stream = accept(listener);
        let seen = head(&mut stream);
        say(&mut stream, OK);
        seen
    });
    let results = answers_in(&job("http://origin.test/", json!({})), &around("HTTP_PROXY", proxy.url("")));
    assert_eq!(results[0].status, Some(200));
    assert!(proxy.seen().starts_with("GET http://origin.test/ "));
    for (url, options) in
        [("http://127.0.0.1:PORT/", json!({"proxy": false})), ("http://localhost:PORT/", json!({}))]
    {
        let origin = Server::start(|listener| {
            let mut stream = accept(listener);
            let seen = head(&mut stream);
            say(&mut stream, OK);
            seen
        });
        let url = url.replace("PORT", &origin.port.to_string());
        let results = answers_in(&job(&url, options), &around("http_proxy", "http://127.0.0.1:1".to_owned()));
        assert_eq!(results[0].status, Some(200), "{url}");
        assert!(origin.seen().starts_with("GET / "));
    }
}

#[test]
fn https_is_refused_only_where_no_proxy_applies() {
    let unsupported = |variables: &[(&str, &str)], options: serde_json::Value| {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let surroundings = Surroundings { environment: variables.collect(), home: None };
        let job = json!({"id": "1", "calls": [{"url": "https://origin.test/"}], "options": options});
        let answer = Reference::default().answer(&serde_json::from_value(job).unwrap(), &surroundings);
        matches!(answer, Answer::Unsupported(lacking) if lacking.what == ["tls"])
    };
    let nowhere = "http://127.0.0.1:1";
    assert!(!unsupported(&[("https_proxy", nowhere)], json!({})));
    assert!(!unsupported(&[], json!({"proxy": nowhere})));
    assert!(unsupported(&[("http_proxy", nowhere)], json!({})));
    assert!(unsupported(&[("https_proxy", nowhere)], json!({"proxy-env": false})));
    assert!(unsupported(&[("https_proxy", nowhere)], json!({"proxy": false})));
    assert!(unsupported(&[("https_proxy", nowhere), ("no_proxy", "origin.test")], json!({})));
}

#[test]
fn a_proxy_that_is_down_is_not_bypassed() {
    let result = answer(&json!({"url": "http://127.0.0.1:2/"}), &json!({"proxy": "http://127.0.0.1:1"}));
    assert_eq!(failure(&result), ("refused", "connect"));
}
