//! What stands between two braces.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use wireproof_server::text::{AddressPart, DateForm, Offset, Piece, RequestPart};

use super::{Live, NAMES, Referents, Wrong, doubled};
use crate::scenario::{document::did_you_mean, scalar::Scalar};

/// The most bytes one `repeat` makes. More is content: `{ of: ab, size: 20MiB }`.
const LARGEST_REPEAT: usize = 1 << 20;

/// What a hole is filled with.
pub(super) fn filling(hole: &str, referents: &Referents<'_>) -> Result<Piece, Wrong> {
    if let Some(digits) = hole.strip_prefix("0x") {
        return bytes(digits).map(Piece::Bytes);
    }
    let end = hole.find([' ', '.', '+', '-']).unwrap_or(hole.len());
    let (name, rest) = hole.split_at(end);
    match (name, rest) {
        ("repeat", _) => repeat(rest).map(Piece::Bytes),
        ("base64", _) => {
            let text = rest.strip_prefix(' ').ok_or_else(|| Wrong::new("`{base64 ...}` lacks its text"))?;
            Ok(Piece::Bytes(STANDARD.encode(text).into_bytes()))
        }
        ("now", _) => date(rest, referents.time_scale),
        ("seconds", _) => seconds(rest, referents.time_scale).map(Piece::Bytes),
        ("request", _) => request(rest, referents.live),
        ("count", "") if referents.live.request => Ok(Piece::Count),
        ("count", "") => Err(Wrong::new("`{count}` is known in the steps of a rule only")),
        ("n", "") if referents.live.turn => Ok(Piece::Turn),
        ("n", "") => Err(Wrong::new("`{n}` is known inside of `repeat` or `times` only")),
        _ => address(hole, referents),
    }
}

fn bytes(digits: &str) -> Result<Vec<u8>, Wrong> {
    let wrong = || Wrong::new(format!("`{{0x{digits}}}` is not two hexadecimal digits for each byte"));
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let pairs = digits.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> = pairs
        .map(|pair| match pair {
            [_, _] => std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()),
            _ => None,
        })
        .collect();
    bytes.ok_or_else(wrong)
}

fn repeat(rest: &str) -> Result<Vec<u8>, Wrong> {
    let (times, text) = rest
        .strip_prefix(' ')
        .and_then(|rest| rest.split_once(' '))
        .and_then(|(times, text)| Some((u64::read(times)?, text)))
        .filter(|(_, text)| !text.is_empty())
        .ok_or_else(|| Wrong::new("`{repeat ...}` takes a number and a text: `{repeat 8000 ab}`"))?;
    let times = usize::try_from(times).unwrap_or(usize::MAX);
    if times.checked_mul(text.len()).is_none_or(|length| length > LARGEST_REPEAT) {
        let help = Some("write it as content: `{ of: ..., size: ... }`".to_owned());
        return Err(Wrong { help, ..Wrong::new("`{repeat ...}` makes more than 1 MiB") });
    }
    Ok(text.as_bytes().repeat(times))
}

fn date(rest: &str, time_scale: f64) -> Result<Piece, Wrong> {
    let (distance, form) = rest.split_once(" as ").unwrap_or((rest, "imf"));
    let form = match form {
        "imf" => DateForm::Imf,
        "rfc850" => DateForm::Rfc850,
        "asctime" => DateForm::Asctime,
        "unix" => DateForm::Unix,
        other => {
            let help = did_you_mean(other, ["imf", "rfc850", "asctime", "unix"]);
            let message =
                format!("a date is written as `imf`, `rfc850`, `asctime` or `unix`, not as `{other}`");
            return Err(Wrong { message, help });
        }
    };
    let by = match distance.split_at_checked(1) {
        None => Some(Duration::ZERO),
        Some(("+" | "-", by)) => Duration::read(by),
        Some(_) => None,
    };
    let by = by.ok_or_else(|| Wrong::new(format!("`{{now{rest}}}` is no date; write `{{now+1h}}`")))?;
    let back = distance.starts_with('-');
    Ok(Piece::Date { offset: Offset { back, by: by.mul_f64(time_scale) }, form })
}

/// A duration as whole seconds, rounded up: a scaled wait must not become shorter.
fn seconds(rest: &str, time_scale: f64) -> Result<Vec<u8>, Wrong> {
    let by = rest
        .strip_prefix(' ')
        .and_then(Duration::read)
        .filter(|by| by.subsec_nanos() == 0)
        .ok_or_else(|| Wrong::new("`{seconds ...}` takes a duration of whole seconds: `{seconds 2s}`"))?;
    let scaled = by.mul_f64(time_scale);
    let whole = scaled.as_secs() + u64::from(scaled.subsec_nanos() > 0);
    Ok(whole.to_string().into_bytes())
}

fn request(rest: &str, live: Live) -> Result<Piece, Wrong> {
    if !live.request {
        return Err(Wrong::new("`{request...}` is known in the steps of a rule only"));
    }
    let part = match rest {
        ".method" => RequestPart::Method,
        ".target" => RequestPart::Target,
        ".body" => RequestPart::Body,
        ".head" => RequestPart::Head,
        _ => match rest.strip_prefix(".headers.") {
            Some(name) if !name.is_empty() => RequestPart::Field(name.to_ascii_lowercase()),
            _ => {
                let known = "it has `.method`, `.target`, `.body`, `.head` and `.headers.` with a name";
                return Err(Wrong {
                    help: Some(known.to_owned()),
                    ..Wrong::new(format!("a request has no `{rest}`"))
                });
            }
        },
    };
    Ok(Piece::Request(part))
}

fn address(hole: &str, referents: &Referents<'_>) -> Result<Piece, Wrong> {
    let (name, part) = hole.split_once('.').map_or((hole, None), |(name, part)| (name, Some(part)));
    let Some(server) = referents.servers.iter().find(|server| server.name == name) else {
        let servers = referents.servers.iter().map(|server| server.name.as_str());
        let words = servers.chain(referents.columns.iter().map(String::as_str)).chain(NAMES.iter().copied());
        let help = did_you_mean(name, words).or_else(|| Some(doubled("{")));
        let message =
            format!("`{{{hole}}}` names no template, no server of the case and no column of its table");
        return Err(Wrong { message, help });
    };
    let part = match part {
        None => AddressPart::Origin,
        Some("scheme") => AddressPart::Scheme,
        Some("host") => AddressPart::Host,
        Some("port") => AddressPart::Port,
        Some("authority") => AddressPart::Authority,
        Some("address") => AddressPart::Address,
        Some("socket") if server.unix => AddressPart::Socket,
        Some("socket") => return Err(Wrong::new(format!("`{name}` is no Unix socket (`socket: unix`)"))),
        Some(other) => {
            let parts = ["scheme", "host", "port", "authority", "address", "socket"];
            return Err(Wrong {
                help: did_you_mean(other, parts),
                ..Wrong::new(format!("a server has no `.{other}`"))
            });
        }
    };
    Ok(Piece::Address { server: server.name.clone(), part })
}
