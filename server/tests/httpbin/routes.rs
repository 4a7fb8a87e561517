//! Statuses, fields and content of each route.

use serde_json::{Value, json};

use crate::client::{Response, ask, get, server};

/// An expected field: its value, or `None` where it must not be there.
type Fields<'a> = &'a [(&'a str, Option<&'a str>)];

fn check(response: &Response, what: &str, status: u16, fields: Fields<'_>) {
    assert_eq!(response.status, status, "{what}: {response:?}");
    for (name, expected) in fields {
        assert_eq!(response.field(name).as_deref(), *expected, "{name} of {what}");
    }
}

#[test]
fn statuses_and_fields() {
    const HTML: Option<&str> = Some("text/html; charset=utf-8");
    const BASIC: Option<&str> = Some("Basic realm=\"Fake Realm\"");
    let absolute = |path: &str| format!("http://{}{path}", server());
    let (get_url, next_url) = (absolute("/get"), absolute("/absolute-redirect/2"));
    let table: &[(&str, u16, Fields<'_>)] = &[
        ("/status/200", 200, &[("content-length", Some("0")), ("content-type", HTML)]),
        ("/status/204", 204, &[("content-length", None)]),
        ("/status/299", 299, &[]),
        ("/status/999", 999, &[]),
        ("/status/301", 301, &[("location", Some("/redirect/1"))]),
        ("/status/307", 307, &[("location", Some("/redirect/1"))]),
        ("/status/308", 308, &[("location", None)]),
        ("/status/304", 304, &[("content-type", None)]),
        ("/status/401", 401, &[("www-authenticate", BASIC)]),
        ("/status/407", 407, &[("proxy-authenticate", BASIC)]),
        ("/status/406", 406, &[("content-type", Some("application/json"))]),
        ("/status/500:1", 500, &[]),
        ("/status/501:1,200:0", 501, &[]),
        ("/status/x", 400, &[]),
        ("/status/100", 400, &[]),
        ("/status/200,x", 400, &[]),
        ("/status", 404, &[]),
        ("/get/", 404, &[("content-type", HTML)]),
        ("/redirect/1", 302, &[("location", Some("/get"))]),
        ("/redirect/3", 302, &[("location", Some("/relative-redirect/2")), ("content-type", HTML)]),
        ("/redirect/3?absolute=True", 302, &[("location", Some(&next_url))]),
        ("/redirect/1?absolute=true", 302, &[("location", Some(&get_url))]),
        ("/redirect/0", 400, &[]),
        ("/redirect/-1", 404, &[]),
        ("/relative-redirect/2", 302, &[("location", Some("/relative-redirect/1"))]),
        ("/relative-redirect/1", 302, &[("location", Some("/get")), ("content-length", Some("0"))]),
        ("/absolute-redirect/3", 302, &[("location", Some(&next_url))]),
        (
            "/redirect-to?url=http%3A%2F%2Fa.test%2F%3Fb&status_code=308",
            308,
            &[("location", Some("http://a.test/?b"))],
        ),
        ("/redirect-to?URL=/x&status_code=200", 302, &[("location", Some("/x"))]),
        ("/redirect-to", 400, &[]),
        ("/redirect-to?url=a%0Db", 400, &[("location", None)]),
        ("/cookies/set/a/b", 302, &[("location", Some("/cookies")), ("set-cookie", Some("a=b; Path=/"))]),
        ("/cookies/set?a=1&b=x%20y&a=2", 302, &[("set-cookie", Some("a=1; Path=/, b=\"x y\"; Path=/"))]),
        ("/cookies/set?a%3Bb=1", 400, &[("set-cookie", None)]),
        (
            "/cookies/delete?a",
            302,
            &[("set-cookie", Some("a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/"))],
        ),
        ("/cache/60", 200, &[("cache-control", Some("public, max-age=60"))]),
        ("/cache/x", 404, &[]),
        ("/etag/abc", 200, &[("etag", Some("abc"))]),
        ("/links/3", 302, &[("location", Some("/links/3/0"))]),
        ("/delay/x", 400, &[]),
        ("/delay/-1", 400, &[]),
        ("/delay/nan", 400, &[]),
        ("/drip?numbytes=0", 400, &[("content-type", Some("text/plain; charset=utf-8"))]),
        ("/drip?numbytes=2&duration=0&code=418", 418, &[("content-length", Some("2"))]),
        ("/drip?code=100", 400, &[]),
        ("/drip?duration=x", 400, &[]),
        ("/bytes/x", 404, &[]),
        ("/bytes/3?seed=x", 400, &[]),
        ("/range/0", 404, &[("etag", Some("range0"))]),
        ("/range/102401", 404, &[]),
        ("/image/gif", 404, &[]),
        ("/robots.txt", 200, &[("content-type", Some("text/plain"))]),
        ("/deny", 200, &[("content-type", Some("text/plain"))]),
        ("/xml", 200, &[("content-type", Some("application/xml"))]),
        ("/html", 200, &[("content-type", HTML)]),
        ("/encoding/utf8", 200, &[("content-type", HTML)]),
        ("/forms/post", 200, &[("content-type", HTML)]),
        ("/", 200, &[("content-type", HTML)]),
    ];
    for (path, status, fields) in table {
        let response = get(path, "");
        check(&response, path, *status, fields);
        let allowed = [
            ("access-control-allow-origin", Some("*")),
            ("access-control-allow-credentials", Some("true")),
            ("access-control-allow-methods", None),
        ];
        check(&response, path, *status, &allowed);
    }
}

#[test]
fn conditional_requests() {
    for (path, fields, status, etag) in [
        ("/cache", "If-None-Match: x\r\n", 304, None),
        ("/cache", "If-Modified-Since: x\r\n", 304, None),
        ("/etag/abc", "If-None-Match: \"d\", W/\"abc\"\r\n", 304, Some("abc")),
        ("/etag/abc", "If-None-Match: *\r\n", 304, Some("abc")),
        ("/etag/abc", "If-None-Match: \"d\"\r\n", 200, Some("abc")),
        ("/etag/abc", "If-Match: \"d\"\r\n", 412, None),
        ("/etag/abc", "If-Match: \"abc\"\r\n", 200, Some("abc")),
    ] {
        check(&get(path, fields), &format!("{path} {fields}"), status, &[("etag", etag)]);
    }
    let fresh = get("/cache", "");
    assert_eq!(fresh.status, 200);
    assert!(fresh.field("etag").is_some() && fresh.field("last-modified").is_some(), "{fresh:?}");
}

#[test]
fn ranges() {
    let alphabet = "abcdefghijklmnopqrstuvwxyzabcd";
    for (range, status, content, content_range) in [
        ("", 200, alphabet, "bytes 0-29/30"),
        ("bytes=0-4", 206, "abcde", "bytes 0-4/30"),
        ("bytes=25-", 206, "zabcd", "bytes 25-29/30"),
        ("bytes=-2", 206, "cd", "bytes 28-29/30"),
        ("bytes=-100", 200, alphabet, "bytes 0-29/30"),
        ("bytes=30-", 416, "", "bytes */30"),
        ("bytes=5-2", 416, "", "bytes */30"),
        ("bytes=0-30", 416, "", "bytes */30"),
        ("lines=1-2", 200, alphabet, "bytes 0-29/30"),
    ] {
        let response = get("/range/30?chunk_size=7", &format!("Range: {range}\r\n"));
        let fields: Fields<'_> = &[
            ("content-range", Some(content_range)),
            ("etag", Some("range30")),
            ("accept-ranges", Some("bytes")),
        ];
        check(&response, range, status, fields);
        assert_eq!(response.text(), content, "{range}");
    }
}

#[test]
fn methods() {
    for (method, path, status, allow) in [
        ("POST", "/get", 405, Some("GET, HEAD, OPTIONS")),
        ("GET", "/post", 405, Some("OPTIONS, POST")),
        ("OPTIONS", "/put", 200, Some("OPTIONS, PUT")),
        ("OPTIONS", "/nothing", 404, None),
        ("TRACE", "/anything", 200, None),
        ("TRACE", "/get", 405, Some("GET, HEAD, OPTIONS")),
        ("BREW", "/status/418", 405, Some("DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, TRACE")),
        ("DELETE", "/status/202", 202, None),
        ("POST", "/response-headers", 200, None),
        ("PUT", "/__journal", 405, Some("DELETE, GET, HEAD, OPTIONS")),
    ] {
        let response = ask(method, path, "", b"");
        check(&response, &format!("{method} {path}"), status, &[("allow", allow)]);
    }
    let head = ask("HEAD", "/robots.txt", "", b"");
    check(&head, "HEAD", 200, &[("content-length", Some("30"))]);
    assert!(head.body.is_empty());
}

#[test]
fn other_origins() {
    let asked = "Origin: http://o.test\r\nAccess-Control-Request-Headers: x-a, x-b\r\n";
    check(
        &ask("OPTIONS", "/post", asked, b""),
        "preflight",
        200,
        &[
            ("access-control-allow-origin", Some("http://o.test")),
            ("access-control-allow-methods", Some("GET, POST, PUT, DELETE, PATCH, OPTIONS")),
            ("access-control-max-age", Some("3600")),
            ("access-control-allow-headers", Some("x-a, x-b")),
        ],
    );
}

#[test]
fn content_codings() {
    type Decode = fn(&[u8]) -> Vec<u8>;
    let gunzip: Decode = |coded| read_all(flate2::read::GzDecoder::new(coded));
    let inflate: Decode = |coded| read_all(flate2::read::ZlibDecoder::new(coded));
    let unbrotli: Decode = |coded| read_all(brotli::Decompressor::new(coded, 4096));
    let unzstd: Decode = |coded| zstd::decode_all(coded).unwrap();
    for (path, coding, flag, decode) in [
        ("/gzip", "gzip", "gzipped", gunzip),
        ("/deflate", "deflate", "deflated", inflate),
        ("/brotli", "br", "brotli", unbrotli),
        ("/zstd", "zstd", "zstd", unzstd),
    ] {
        let response = get(path, "X-a: b\r\n");
        check(&response, path, 200, &[("content-encoding", Some(coding))]);
        let told: Value = serde_json::from_slice(&decode(&response.body)).unwrap();
        assert_eq!(
            (&told[flag], &told["method"], &told["headers"]["X-a"]),
            (&json!(true), &json!("GET"), &json!("b"))
        );
        assert_eq!(told["origin"], "127.0.0.1");
    }
}

fn read_all(mut reader: impl std::io::Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn pictures_by_accept() {
    let begins: [(&str, &str, &[u8]); 4] = [
        ("image/png", "/image/png", b"\x89PNG\r\n\x1a\n"),
        ("image/jpeg", "/image/jpeg", b"\xff\xd8\xff"),
        ("image/webp", "/image/webp", b"RIFF"),
        ("image/svg+xml", "/image/svg", b"<svg "),
    ];
    for (media_type, path, begin) in begins {
        for response in [get(path, ""), get("/image", &format!("Accept: {media_type}\r\n"))] {
            check(&response, path, 200, &[("content-type", Some(media_type))]);
            assert!(response.body.starts_with(begin), "{path}");
        }
    }
    check(&get("/image", ""), "no Accept", 200, &[("content-type", Some("image/png"))]);
    check(&get("/image", "Accept: image/*\r\n"), "any", 200, &[("content-type", Some("image/png"))]);
    check(&get("/image", "Accept: text/html\r\n"), "none", 406, &[]);
}

#[test]
fn made_content() {
    let seeded = get("/bytes/500?seed=7", "");
    check(&seeded, "bytes", 200, &[("content-type", Some("application/octet-stream"))]);
    assert_eq!(seeded.body.len(), 500);
    assert_eq!(get("/bytes/500?seed=7", "").body, seeded.body);
    assert_ne!(get("/bytes/500?seed=8", "").body, seeded.body);
    assert_eq!(get("/bytes/999999", "").body.len(), 102_400);
    let streamed = get("/stream-bytes/500?seed=7&chunk_size=200", "");
    assert_eq!(streamed.chunks, [200, 200, 100, 0]);
    assert_eq!(streamed.body, seeded.body);
    let dripped = get("/drip?numbytes=20000&duration=0", "");
    assert_eq!(dripped.body, vec![b'*'; 20_000]);
    let lines = get("/stream/2?a=b", "X-a: b\r\n");
    assert_eq!(lines.chunks.len(), 3);
    for (id, line) in lines.text().lines().enumerate() {
        let told: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&told["id"], &told["args"]["a"]), (&json!(id), &json!("b")));
        assert!(line.starts_with("{\"url\": \""), "{line}");
    }
    assert_eq!(get("/stream/0", "").chunks, [0]);
    assert_eq!(get("/stream/1000", "").text().lines().count(), 100);
}

#[test]
fn what_takes_time_takes_it() {
    for (path, least) in [
        ("/delay/0.2", 200),
        ("/drip?numbytes=3&duration=0.3", 200),
        ("/drip?numbytes=1&duration=0&delay=0.2", 200),
        ("/range/10?duration=0.2&chunk_size=5", 200),
    ] {
        let started = std::time::Instant::now();
        assert_eq!(get(path, "").status, 200, "{path}");
        let took = started.elapsed();
        assert!(took.as_millis() >= least, "{path} took {took:?}");
    }
}

#[test]
fn texts() {
    let links = get("/links/3/1", "");
    assert!(links.text().contains("<a href='/links/3/0'>0</a> 1 <a href='/links/3/2'>2</a> "), "{links:?}");
    assert_eq!(get("/base64/w6k=", "").text(), "é");
    assert_eq!(get("/base64/w6k", "").text(), "é");
    assert!(get("/base64/!", "").text().starts_with("Incorrect Base64 data"));
    assert!(get("/encoding/utf8", "").text().contains("𝄞"));
    assert!(get("/status/418", "").text().contains("teapot"));
    assert_eq!(get("/json", "").json()["slideshow"]["slides"][1]["title"], "Overview");
    let uuid = get("/uuid", "").json()["uuid"].as_str().unwrap().to_owned();
    let groups: Vec<usize> = uuid.split('-').map(str::len).collect();
    assert_eq!(groups, [8, 4, 4, 4, 12]);
    assert_eq!(uuid.as_bytes()[14], b'4', "version 4: {uuid}");
    assert!(b"89ab".contains(&uuid.as_bytes()[19]), "the variant of RFC 9562: {uuid}");
    let index = get("/", "");
    for route in ["/status/{codes}", "/anything", "/digest-auth/{qop}/{user}/{password}", "/__journal"] {
        assert!(index.text().contains(route), "{route}");
    }
}

#[test]
fn told_fields() {
    let response = get("/response-headers?X-a=1&X-a=2&b=x%20y&Content-Length=3", "");
    let expected = json!({
        "Content-Length": response.body.len().to_string(),
        "Content-Type": "application/json",
        "X-a": ["1", "2"],
        "b": "x y",
    });
    assert_eq!(response.json(), expected);
    check(&response, "told", 200, &[("x-a", Some("1, 2")), ("b", Some("x y"))]);
    check(&get("/response-headers?a%20b=1", ""), "no name", 400, &[]);
    check(&get("/response-headers?a=1%0A2", ""), "no value", 400, &[("a", None)]);
}

#[test]
fn cookies() {
    for (cookie, expected) in [
        ("a=1; b=2", json!({"a": "1", "b": "2"})),
        ("a=\"x y\"; b=; __utma=1", json!({"a": "x y", "b": ""})),
        ("a=é", json!({"a": "é"})),
    ] {
        let response = get("/cookies", &format!("Cookie: {cookie}\r\n"));
        assert_eq!(response.json(), json!({ "cookies": expected }));
    }
    let all = get("/cookies?show_env", "Cookie: __utma=1\r\n");
    assert_eq!(all.json(), json!({"cookies": {"__utma": "1"}}));
}
