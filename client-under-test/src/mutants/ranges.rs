//! Ranges, and content that is resumed.

use super::Mutant;
use crate::reference::Policy;

mutants! {
    "drops-own-range": "does not send the caller's Range" => keeps_own_range = false;
    "drops-range-on-redirect": "loses the caller's Range when it follows a redirect" => keeps_range_across_redirects = false;
    "takes-206-for-200": "shows a 206 as a 200" => tells_part_from_whole = false;
    "asks-again-after-416": "asks for the whole after a 416, unasked" => accepts_416 = false;
    "never-resumes": "does not ask for the rest of content that broke off" => resumes_content = false;
    "resumes-whatever-the-method": "resumes the answer to a POST" => resumes_get_only = false;
    "resumes-at-last-octet": "asks for the last octet it has once more" => resumes_behind_last_octet = false;
    "resumes-at-decoded-length": "counts decoded octets where it asks for the rest of coded content" => counts_coded_range = false;
    "resumes-without-if-range": "asks for the rest without If-Range" => sends_if_range = false;
    "resumes-by-weak-tag": "takes a weak tag for a validator of ranges" => resumes_by_strong_tag_only = false;
    "resumes-by-date-despite-tag": "takes the date for the validator of ranges where there is a tag" => prefers_tag_to_date = false;
    "resumes-by-weak-date": "takes a date that may be weak for a validator of ranges" => resumes_by_no_weak_date = false;
    "appends-a-part-from-elsewhere": "appends a part that does not begin where the content broke off" => checks_start_of_part = false;
    "appends-a-part-of-another-length": "appends a part of something longer than was announced" => checks_length_of_whole = false;
    "appends-more-than-a-part-has": "appends all that comes as a part, though it is longer than it says" => checks_length_of_part = false;
    "appends-a-part-without-content-range": "appends a part whose Content-Range is absent or invalid" => refuses_invalid_content_range = false;
    "appends-a-part-in-another-unit": "appends a part that is not counted in bytes" => checks_range_unit = false;
    "appends-a-part-of-another-tag": "appends a part of another representation" => checks_tag_of_part = false;
    "appends-the-whole-to-a-part": "appends a 200 to what it has" => tells_whole_from_rest = false;
    "takes-part-of-the-rest-for-all": "takes a part that is less than the rest for all of it" => notices_missing_rest = false;
    "resumes-for-ever": "resumes more often than allowed" => counts_resumptions = false;
    "resumes-without-a-tag": "resumes content that has no validator, as wget does" => resumes_by_tag_only = false;
}
