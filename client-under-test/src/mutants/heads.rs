//! Heads of responses, interim responses, statuses.

use super::Mutant;
use crate::reference::{
    Policy,
    policy::{BadName, BareCr, NoColon, NulInValue, ObsFold, ObsText, UnknownStatus},
};

mutants! {
    "accepts-http09": "takes bytes without a status line for content" => demands_status_line = false;
    "accepts-any-http-version": "accepts HTTP/2.0 and lower-case http in a status line" => checks_version = false;
    "refuses-http-1.2": "fails on a minor version above the one it speaks" => accepts_higher_minor = false;
    "accepts-status-of-any-length": "accepts status codes of other than three digits" => demands_three_digits = false;
    "refuses-empty-reason": "fails on a status line without a reason phrase" => allows_empty_reason = false;
    "loses-reason-phrase": "does not hand over the reason phrase" => shows_reason = false;
    "fails-on-unknown-status": "fails on a status code that nobody registered" => unknown_status = UnknownStatus::Refuse;
    "reports-unknown-status-as-x00": "reports 499 as 400" => unknown_status = UnknownStatus::Generalise;
    "expects-crlf-in-one-read": "fails on a head that comes in pieces" => reads_head_in_pieces = false;
    "takes-a-cut-head-for-whole": "takes the end of the connection for the end of the head" => notices_cut_head = false;
    "loses-bytes-behind-the-head": "loses content that came along with the head" => keeps_bytes_behind_head = false;
    "keeps-head-without-bound": "reads a head without any limit of size" => bounds_heads = false;
    "refuses-more-than-99-fields": "fails on a head of 100 field lines" => field_limit = 99;
    "refuses-lines-over-4096-bytes": "fails on a field line of 5000 bytes" => line_limit = 4096;
    "takes-leading-space-line-for-field": "takes a line with whitespace in front for the first field" => refuses_leading_space_line = false;
    "skips-lines-without-colon": "skips field lines without a colon" => no_colon = NoColon::Skip;
    "ends-head-at-line-without-colon": "takes a field line without a colon for the end of the head" => no_colon = NoColon::EndHead;
    "splits-fields-at-the-last-colon": "ends a field name at the last colon of its line" => splits_at_first_colon = false;
    "keeps-line-breaks-of-folded-fields": "hands over the line break of a folded field line" => obs_fold = ObsFold::LineBreak;
    "drops-folded-lines": "loses the continuation of a folded field line" => obs_fold = ObsFold::Dropped;
    "accepts-bare-cr": "accepts a CR that ends no line" => bare_cr = BareCr::Keep;
    "takes-bare-cr-for-line-end": "ends a line of the head at a CR without LF" => bare_cr = BareCr::EndLine;
    "cuts-value-at-nul": "ends a field value at NUL" => nul_in_value = NulInValue::Cut;
    "keeps-nul-in-values": "hands over a field value with NUL" => nul_in_value = NulInValue::Keep;
    "fails-on-obs-text": "fails on a field value with bytes above 7F" => obs_text = ObsText::Refuse;
    "replaces-obs-text": "makes replacement characters of bytes above 7F" => obs_text = ObsText::Replace;
    "accepts-names-that-are-no-token": "accepts field names with spaces and separators" => bad_name = BadName::Keep;
    "keeps-space-around-values": "hands over the whitespace around field values" => trims_values = false;
    "drops-fields-without-value": "loses fields whose value is empty" => keeps_empty_values = false;
    "keeps-last-of-repeated-fields": "keeps only the last of several field lines of one name" => keeps_repeated_fields = false;
    "joins-set-cookie": "joins Set-Cookie lines with a comma" => keeps_set_cookie_apart = false;
    "takes-100-as-final": "takes 100 for the final response" => interim_taken_as_final = &[100];
    "takes-102-as-final": "takes 102 for the final response" => interim_taken_as_final = &[102];
    "takes-103-as-final": "takes 103 for the final response" => interim_taken_as_final = &[103];
    "fails-on-unknown-interim-status": "fails on an interim response nobody registered" => skips_unknown_interim = false;
    "merges-interim-headers": "adds fields of interim responses to the final one" => keeps_interim_fields_apart = false;
    "reads-interim-responses-for-ever": "skips interim responses without limit of number or time" => interim_limit = None;
    "hides-interim-responses": "does not report interim responses" => shows_interim = false;
    "reads-a-body-after-interim": "reads the content that an interim response announces" => interim_has_no_content = false;
    "takes-101-unasked": "takes 101 for an answer though no upgrade was asked for" => refuses_unasked_switch = false;
    "loses-bytes-behind-101": "loses bytes of the new protocol that came along with the 101" => keeps_bytes_behind_switch = false;
    "drops-error-body": "does not hand over the content of 4xx and 5xx" => shows_error_content = false;
    "hides-error-responses": "reports 5xx as a lost connection" => shows_error_responses = false;
    "raises-no-error-for-4xx": "makes no error of 4xx where asked to" => first_error_status = 500;
    "raises-no-error-for-5xx": "makes no error of 5xx where asked to" => end_of_error_statuses = 500;
    "raises-errors-for-3xx": "makes an error of 3xx where asked to for 4xx and 5xx" => first_error_status = 300;
    "repeats-requests-after-500": "repeats a GET that was answered by 5xx, unasked" => accepts_failure = false;
    "shows-its-own-version": "reports HTTP/1.1 for a response of HTTP/1.0" => shows_version = false;
}
