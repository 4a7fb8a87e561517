//! Numbers, and what is counted with a unit: durations, sizes, moments.

use std::time::Duration;

use wireproof_server::script::After;

use super::{scalar::Scalar, server::Moment};

/// A number in its only spelling: no sign, no leading zero.
fn canonical(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// Number and unit, apart.
fn split_unit(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    Some((canonical(&text[..end])?, &text[end..]))
}

impl Scalar for u64 {
    const EXPECTED: &'static str = "a number";

    fn read(text: &str) -> Option<Self> {
        canonical(text)
    }

    fn pattern() -> Option<&'static str> {
        Some(r"^\d+$")
    }
}

impl Scalar for i64 {
    const EXPECTED: &'static str = "a whole number";

    fn read(text: &str) -> Option<Self> {
        let number: i64 = text.parse().ok()?;
        (number.to_string() == text).then_some(number)
    }

    fn pattern() -> Option<&'static str> {
        Some(r"^-?\d+$")
    }
}

impl Scalar for bool {
    const EXPECTED: &'static str = "`true` or `false`";

    fn read(text: &str) -> Option<Self> {
        match text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    fn words() -> &'static [&'static str] {
        &["true", "false"]
    }
}

/// A number that is not 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Positive(pub(crate) u64);

impl Scalar for Positive {
    const EXPECTED: &'static str = "a number from 1";

    fn read(text: &str) -> Option<Self> {
        canonical(text).filter(|number| *number > 0).map(Self)
    }

    fn pattern() -> Option<&'static str> {
        Some(r"^[1-9]\d*$")
    }
}

/// A status code: three digits (RFC 9110 15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Status(pub(crate) u16);

impl Scalar for Status {
    const EXPECTED: &'static str = "a status from 100 to 999";

    fn read(text: &str) -> Option<Self> {
        let number = canonical(text).and_then(|number| u16::try_from(number).ok())?;
        (100..=999).contains(&number).then_some(Self(number))
    }

    fn pattern() -> Option<&'static str> {
        Some(r"^[1-9]\d\d$")
    }
}

/// A TCP port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Port(pub(crate) u16);

impl Scalar for Port {
    const EXPECTED: &'static str = "a port from 1 to 65535";

    fn read(text: &str) -> Option<Self> {
        canonical(text).and_then(|number| u16::try_from(number).ok()).filter(|port| *port > 0).map(Self)
    }

    fn pattern() -> Option<&'static str> {
        Some(r"^[1-9]\d{0,4}$")
    }
}

impl Scalar for Duration {
    const EXPECTED: &'static str = "a duration with its unit (ms, s, m, h, d), such as `200ms`";

    fn read(text: &str) -> Option<Self> {
        let (number, unit) = split_unit(text)?;
        let milliseconds: u64 = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        number.checked_mul(milliseconds).map(Self::from_millis)
    }

    fn pattern() -> Option<&'static str> {
        Some(r"^\d+(ms|s|m|h|d)$")
    }
}

/// So many bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(crate) struct Size(pub(crate) u64);

impl Scalar for Size {
    const EXPECTED: &'static str =
        "a size in bytes or with a unit (KiB, MiB, GiB, kB, MB, GB), such as `64KiB`";

    fn read(text: &str) -> Option<Self> {
        let (number, unit) = split_unit(text)?;
        let bytes: u64 = match unit {
            "" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            "kB" => 1000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            _ => return None,
        };
        number.checked_mul(bytes).map(Self)
    }

    fn pattern() -> Option<&'static str> {
        Some(r"^\d+([KMG]iB|[kMG]B)?$")
    }
}

/// A size that may have no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SizeOrEndless(pub(crate) Option<u64>);

impl Scalar for SizeOrEndless {
    const EXPECTED: &'static str = "a size, such as `64KiB`, or `endless`";

    fn read(text: &str) -> Option<Self> {
        if text == "endless" {
            Some(Self(None))
        } else {
            Size::read(text).map(|Size(bytes)| Self(Some(bytes)))
        }
    }

    fn pattern() -> Option<&'static str> {
        Some(r"^(\d+([KMG]iB|[kMG]B)?|endless)$")
    }
}

/// A number of times that may have no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimesOrEndless(pub(crate) Option<u64>);

impl Scalar for TimesOrEndless {
    const EXPECTED: &'static str = "a number from 1, or `endless`";

    fn read(text: &str) -> Option<Self> {
        if text == "endless" {
            Some(Self(None))
        } else {
            Positive::read(text).map(|Positive(times)| Self(Some(times)))
        }
    }

    fn pattern() -> Option<&'static str> {
        Some(r"^([1-9]\d*|endless)$")
    }
}

impl Scalar for After {
    const EXPECTED: &'static str = "`head`, `body` or a size";

    fn read(text: &str) -> Option<Self> {
        match text {
            "head" => Some(Self::Head),
            "body" => Some(Self::Body),
            _ => Size::read(text).map(|Size(bytes)| Self::Bytes(bytes)),
        }
    }

    fn pattern() -> Option<&'static str> {
        Some(r"^(head|body|\d+([KMG]iB|[kMG]B)?)$")
    }
}

impl Scalar for Moment {
    const EXPECTED: &'static str = "a moment, such as `now-1d`";

    fn read(text: &str) -> Option<Self> {
        let distance = text.strip_prefix("now")?;
        match distance.split_at_checked(1) {
            None => Some(Self { back: false, by: Duration::ZERO }),
            Some(("+", by)) => Some(Self { back: false, by: Duration::read(by)? }),
            Some(("-", by)) => Some(Self { back: true, by: Duration::read(by)? }),
            Some(_) => None,
        }
    }

    fn pattern() -> Option<&'static str> {
        Some(r"^now([+-]\d+(ms|s|m|h|d))?$")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_always_have_a_unit() {
        assert_eq!(Duration::read("200ms"), Some(Duration::from_millis(200)));
        assert_eq!(Duration::read("2s"), Some(Duration::from_secs(2)));
        assert_eq!(Duration::read("3m"), Some(Duration::from_mins(3)));
        assert_eq!(Duration::read("1h"), Some(Duration::from_hours(1)));
        assert_eq!(Duration::read("30d"), Some(Duration::from_hours(720)));
        for wrong in
            ["5", "", "s", "1.5s", "05s", "-1s", "1 s", "1S", "99999999999999999999s", "9999999999999999999d"]
        {
            assert_eq!(Duration::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sizes_count_in_1024_or_in_1000() {
        assert_eq!(Size::read("10"), Some(Size(10)));
        assert_eq!(Size::read("64KiB"), Some(Size(65_536)));
        assert_eq!(Size::read("1MB"), Some(Size(1_000_000)));
        assert_eq!(Size::read("10GiB"), Some(Size(10 << 30)));
        assert_eq!(SizeOrEndless::read("endless"), Some(SizeOrEndless(None)));
        for wrong in ["1KB", "1kib", "-1", "1.5MiB", ""] {
            assert_eq!(Size::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_have_one_spelling() {
        assert_eq!(u64::read("0"), Some(0));
        assert_eq!(i64::read("-8"), Some(-8));
        assert_eq!(Status::read("404"), Some(Status(404)));
        assert_eq!(Positive::read("0"), None);
        assert_eq!(Port::read("65536"), None);
        for wrong in ["+5", "005", "-0", "1.0"] {
            assert_eq!((u64::read(wrong), i64::read(wrong)), (None, None), "{wrong}");
        }
        for wrong in ["99", "1000", "0404"] {
            assert_eq!(Status::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn moments_are_seen_from_now() {
        let day = Duration::from_hours(24);
        assert_eq!(Moment::read("now-1d"), Some(Moment { back: true, by: day }));
        assert_eq!(Moment::read("now+1d"), Some(Moment { back: false, by: day }));
        assert_eq!(Moment::read("now"), Some(Moment { back: false, by: Duration::ZERO }));
        assert_eq!(Moment::read("now1d"), None);
    }
}
