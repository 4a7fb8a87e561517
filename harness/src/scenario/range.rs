//! Ranges, ends included: `a..b`, `a..`, `..b`, `a`.

use std::time::Duration;

use super::{scalar::Scalar, unit::Size};

/// A range whose ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Range<T> {
    /// The least that is in it.
    pub from: Option<T>,
    /// The most that is in it.
    pub to: Option<T>,
}

impl<T: PartialOrd + Copy> Range<T> {
    /// Just this value.
    pub fn exactly(value: T) -> Self {
        Self { from: Some(value), to: Some(value) }
    }

    /// Whether the value is in it.
    pub fn contains(&self, value: T) -> bool {
        self.from.is_none_or(|from| from <= value) && self.to.is_none_or(|to| value <= to)
    }
}

impl<T> Range<T> {
    /// The same range in other terms.
    pub fn map<U>(self, mut convert: impl FnMut(T) -> U) -> Range<U> {
        Range { from: self.from.map(&mut convert), to: self.to.map(&mut convert) }
    }
}

impl<T: Scalar + PartialOrd + Copy> Range<T> {
    /// Reads `a..b`, `a..`, `..b` or `a`.
    fn spelled(text: &str) -> Option<Self> {
        let Some((from, to)) = text.split_once("..") else {
            return T::read(text).map(Self::exactly);
        };
        let end = |text: &str| if text.is_empty() { Some(None) } else { T::read(text).map(Some) };
        let range = Self { from: end(from)?, to: end(to)? };
        let is_empty = matches!((range.from, range.to), (Some(from), Some(to)) if from > to);
        let is_open = range.from.is_none() && range.to.is_none();
        (!is_empty && !is_open).then_some(range)
    }
}

macro_rules! ranges {
    ($($of:ty: $expected:literal, $pattern:literal;)*) => {
        $(impl Scalar for Range<$of> {
            const EXPECTED: &'static str = $expected;

            fn read(text: &str) -> Option<Self> {
                Self::spelled(text)
            }

            fn pattern() -> Option<&'static str> {
                Some($pattern)
            }
        })*
    };
}

ranges! {
    u64: "a number or a range, such as `4..6`", r"^(\d+|\d+\.\.\d*|\.\.\d+)$";
    Size: "a size or a range, such as `..64KiB`", r"^(\d+([KMG]iB|[kMG]B)?)?(\.\.)?(\d+([KMG]iB|[kMG]B)?)?$";
    Duration: "a duration or a range, such as `150ms..1s`", r"^(\d+(ms|s|m|h|d))?(\.\.)?(\d+(ms|s|m|h|d))?$";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_included_and_may_be_left_out() {
        let read = <Range<u64> as Scalar>::read;
        assert_eq!(read("4..6"), Some(Range { from: Some(4), to: Some(6) }));
        assert_eq!(read("4.."), Some(Range { from: Some(4), to: None }));
        assert_eq!(read("..6"), Some(Range { from: None, to: Some(6) }));
        assert_eq!(read("5"), Some(Range::exactly(5)));
        for wrong in ["..", "", "6..4", "a..b", "1...2", "1..2..3"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn ends_have_units() {
        let read = <Range<Duration> as Scalar>::read;
        let expected = Range { from: Some(Duration::from_millis(250)), to: Some(Duration::from_secs(1)) };
        assert_eq!(read("250ms..1s"), Some(expected));
        assert_eq!(read("250..1s"), None);
        let size = <Range<Size> as Scalar>::read("..64MiB").map(|range| range.map(|Size(bytes)| bytes));
        assert_eq!(size, Some(Range { from: None, to: Some(64 << 20) }));
    }

    #[test]
    fn a_value_is_in_a_range_or_not() {
        let range = Range { from: Some(1), to: Some(2) };
        assert_eq!([0, 1, 2, 3].map(|value| range.contains(value)), [false, true, true, false]);
    }
}
