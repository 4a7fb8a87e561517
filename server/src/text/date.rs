//! The three spellings of a date (RFC 9110 5.6.7), and seconds since the epoch.

use std::{
    io::Write as _,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{DateForm, FillError};

/// The time `by` before or after this one.
pub(super) fn at(now: SystemTime, back: bool, by: Duration) -> Result<SystemTime, FillError> {
    let time = if back { now.checked_sub(by) } else { now.checked_add(by) };
    time.ok_or(FillError::Date)
}

/// Spells a time at the end of `out`.
pub(super) fn write(time: SystemTime, form: DateForm, out: &mut Vec<u8>) -> Result<(), FillError> {
    // The first second of the year 10000, which none of the spellings can say.
    const END: u64 = 253_402_300_800;
    let seconds = time.duration_since(UNIX_EPOCH).map_err(|_| FillError::Date)?.as_secs();
    if seconds >= END {
        return Err(FillError::Date);
    }
    // IMF-fixdate has every part at a fixed place: `Sun, 06 Nov 1994 08:49:37 GMT`.
    let imf = httpdate::fmt_http_date(time);
    let (short, day, month) = (&imf[..3], &imf[5..7], &imf[8..11]);
    let (year, clock) = (&imf[12..16], &imf[17..25]);
    match form {
        DateForm::Imf => out.extend_from_slice(imf.as_bytes()),
        DateForm::Rfc850 => {
            print(out, format_args!("{}, {day}-{month}-{} {clock} GMT", long(short), &year[2..]));
        }
        DateForm::Asctime => {
            let day = day.trim_start_matches('0');
            print(out, format_args!("{short} {month} {day:>2} {clock} {year}"));
        }
        DateForm::Unix => print(out, format_args!("{seconds}")),
    }
    Ok(())
}

fn print(out: &mut Vec<u8>, what: std::fmt::Arguments<'_>) {
    out.write_fmt(what).expect("a Vec takes all bytes");
}

fn long(short: &str) -> &'static str {
    const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    DAYS.into_iter().find(|day| day.starts_with(short)).unwrap_or("Sunday")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spell(seconds: u64, form: DateForm) -> String {
        let mut out = Vec::new();
        write(UNIX_EPOCH + Duration::from_secs(seconds), form, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_example_of_the_rfc() {
        assert_eq!(spell(784_111_777, DateForm::Imf), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(spell(784_111_777, DateForm::Rfc850), "Sunday, 06-Nov-94 08:49:37 GMT");
        assert_eq!(spell(784_111_777, DateForm::Asctime), "Sun Nov  6 08:49:37 1994");
        assert_eq!(spell(784_111_777, DateForm::Unix), "784111777");
    }

    #[test]
    fn two_digit_days() {
        assert_eq!(spell(1_582_934_400, DateForm::Asctime), "Sat Feb 29 00:00:00 2020");
        assert_eq!(spell(1_582_934_400, DateForm::Rfc850), "Saturday, 29-Feb-20 00:00:00 GMT");
    }

    #[test]
    fn outside_the_calendar() {
        let mut out = Vec::new();
        let late = UNIX_EPOCH + Duration::from_secs(253_402_300_799);
        assert_eq!(write(late, DateForm::Imf, &mut out), Ok(()));
        assert_eq!(write(late + Duration::from_secs(1), DateForm::Imf, &mut out), Err(FillError::Date));
        let early = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(write(early, DateForm::Imf, &mut out), Err(FillError::Date));
    }
}
