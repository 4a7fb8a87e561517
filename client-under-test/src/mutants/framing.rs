//! Where content ends, and what it is.

use super::Mutant;
use crate::reference::{
    Policy,
    policy::{BadChunkSize, LengthSyntax, RepeatedLength},
};

mutants! {
    "reads-to-close-despite-content-length": "ignores Content-Length and reads to the end of the connection" => obeys_content_length = false;
    "accepts-plus-sign-in-content-length": "accepts a Content-Length of +5" => length_syntax = LengthSyntax::PlusSign;
    "accepts-minus-sign-in-content-length": "takes a Content-Length of -5 for none" => length_syntax = LengthSyntax::MinusSign;
    "accepts-hex-content-length": "accepts a Content-Length of 0x20" => length_syntax = LengthSyntax::Hexadecimal;
    "reads-leading-digits-of-content-length": "takes a Content-Length of 6badness for 6" => length_syntax = LengthSyntax::LeadingDigits;
    "wraps-huge-content-length": "lets a Content-Length above 64 bits wrap around" => length_syntax = LengthSyntax::Wrapping64;
    "reads-content-length-in-32-bits": "lets a Content-Length above 32 bits wrap around" => length_syntax = LengthSyntax::Wrapping32;
    "ignores-malformed-content-length": "reads to the end of the connection where Content-Length is malformed" => refuses_malformed_length = false;
    "takes-empty-content-length-for-none": "takes an empty Content-Length for none" => refuses_empty_length = false;
    "takes-first-of-differing-lengths": "takes the first of several Content-Length values" => repeated_length = RepeatedLength::First;
    "takes-last-of-differing-lengths": "takes the last of several Content-Length values" => repeated_length = RepeatedLength::Last;
    "takes-the-sum-of-lengths": "adds up several Content-Length values" => repeated_length = RepeatedLength::Sum;
    "reads-to-close-at-length-zero": "takes Content-Length: 0 for no length" => obeys_length_zero = false;
    "waits-for-body-of-head": "waits for the content that a response to HEAD announces" => head_has_no_content = false;
    "waits-for-body-of-204": "waits for the content that a 204 announces" => statuses_without_content = &[304];
    "waits-for-body-of-304": "waits for the content that a 304 announces" => statuses_without_content = &[204];
    "takes-205-for-bodyless": "leaves the content of a 205 on the connection" => statuses_without_content = &[204, 205, 304];
    "prefers-content-length": "obeys Content-Length though there is Transfer-Encoding" => prefers_transfer_encoding = false;
    "hands-over-chunk-framing": "does not decode chunked" => obeys_transfer_encoding = false;
    "reads-chunked-case-sensitively": "does not know Chunked for chunked" => folds_coding_case = false;
    "decodes-chunked-that-is-not-last": "takes chunked for the framing though another coding follows" => demands_chunked_last = false;
    "accepts-chunked-twice": "accepts chunked applied twice" => refuses_chunked_twice = false;
    "accepts-parameters-of-chunked": "takes chunked;q=1 for chunked" => refuses_parameters_of_chunked = false;
    "takes-a-cut-body-for-whole": "takes an early end or a reset for the end of the content" => notices_cut_content = false;
    "treats-fin-after-body-as-cut": "fails when the connection ends behind complete content" => tolerates_end_after_content = false;
    "ends-close-delimited-body-at-a-pause": "takes a pause of 100 ms for the end of the content" => waits_for_end_of_connection = false;
    "reads-chunk-size-as-decimal": "reads chunk sizes in decimal" => chunk_radix = 10;
    "ends-body-at-bad-chunk-size": "takes a bad chunk size for the last chunk" => bad_chunk_size = BadChunkSize::EndBody;
    "accepts-prefix-in-chunk-size": "accepts a chunk size of 0x5" => bad_chunk_size = BadChunkSize::SkipPrefix;
    "accepts-sign-in-chunk-size": "accepts a chunk size of +5" => bad_chunk_size = BadChunkSize::SkipSign;
    "wraps-huge-chunk-size": "lets a chunk size above 64 bits wrap around" => bad_chunk_size = BadChunkSize::Wrap;
    "hands-over-chunk-extensions": "hands over chunk extensions as content" => skips_chunk_extensions = false;
    "does-not-check-the-end-of-a-chunk": "skips two bytes behind a chunk, whatever they are" => demands_chunk_end = false;
    "accepts-lf-in-chunked": "accepts bare LF in chunked framing" => demands_crlf_in_chunks = false;
    "expects-chunk-size-in-one-read": "fails on a chunk size line that comes in pieces" => reads_chunk_size_in_pieces = false;
    "buffers-chunk-extension-without-bound": "reads chunk extensions without any limit of size" => chunk_line_limit = usize::MAX;
    "does-without-the-last-chunk": "takes an end between two chunks for the end of the content" => demands_last_chunk = false;
    "merges-trailers-into-headers": "adds trailer fields to the fields of the head" => keeps_trailers_apart = false;
    "hides-trailers": "does not report trailer fields" => shows_trailers = false;
    "keeps-trailers-without-bound": "reads trailer fields without any limit of size" => bounds_trailers = false;
    "quadratic-chunk-joining": "copies all content that came before with each chunk" => appends_chunks = false;
    "buffers-whole-response": "hands over no content before all of it came" => streams_content = false;
    "reads-ahead-without-bound": "reads content whether or not the caller takes it" => reads_on_demand = false;
}
