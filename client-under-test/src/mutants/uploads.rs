//! Request content: lengths, chunks, forms, expectations.

use super::Mutant;
use crate::reference::Policy;

mutants! {
    "omits-length-of-empty-post": "sends a POST without content and without Content-Length" => sends_length_of_nothing = false;
    "counts-characters-for-octets": "sends the number of characters as Content-Length" => counts_octets = false;
    "sends-two-framings": "sends Content-Length beside Transfer-Encoding" => sends_one_framing = false;
    "sends-empty-chunk-early": "sends an empty piece as a chunk, which ends the content" => skips_empty_pieces = false;
    "writes-chunk-size-in-decimal": "writes chunk sizes in decimal" => written_chunk_radix = 10;
    "buffers-whole-stream": "sends nothing of a stream before its end" => sends_pieces_as_they_come = false;
    "ends-chunked-body-on-failure": "ends the content properly though the source failed" => leaves_failed_content_open = false;
    "ignores-announced-length": "sends more or less than the Content-Length it announced" => checks_announced_length = false;
    "drops-request-trailers": "does not send the caller's trailer fields" => sends_trailers = false;
    "sends-body-before-100": "sends the content without waiting for 100" => awaits_continue = false;
    "waits-for-100-for-ever": "never sends the content unless a 100 comes" => continue_patience = std::time::Duration::from_hours(1);
    "sends-body-after-final-status": "sends the content though a final status came instead of 100" => withholds_content_after_final_status = false;
    "does-not-repeat-after-417": "takes 417 for an answer though it asked with Expect" => repeats_after_417 = false;
    "waits-for-the-upload-to-end": "does not listen for a response before all is sent" => hears_early_answers = false;
    "gives-up-on-slow-readers": "fails when the server takes nothing for 50 ms" => waits_for_slow_readers = false;
    "does-not-escape-file-name": "writes file names into multipart as they are" => escapes_file_names = false;
    "uses-boundary-that-occurs": "uses a multipart boundary that occurs in a part" => picks_unused_boundary = false;
    "does-not-encode-form-fields": "writes & and = of form fields as they are" => encodes_form_fields = false;
    "leaves-plus-and-percent-in-forms": "writes + and % of form fields as they are" => encodes_plus_and_percent = false;
    "sends-content-unframed": "sends the content of GET, DELETE and OPTIONS without a framing field" => frames_every_content = false;
    "trusts-own-length": "sends a Content-Length of the caller's that is not that of the content" => checks_own_length = false;
    "sends-two-own-framings": "sends both framing fields that the caller has set" => refuses_two_own_framings = false;
    "sends-chunks-in-http10": "sends chunks in an HTTP/1.0 request" => keeps_chunks_from_http10 = false;
    "sends-head-fields-as-trailers": "sends Content-Length and Authorization as trailer fields" => keeps_head_fields_from_trailers = false;
    "expects-continue-for-nothing": "asks for 100 though it has no content to send" => expects_with_content_only = false;
    "loses-types-of-parts": "gives every part of multipart content its own default type" => keeps_types_of_parts = false;
    "keeps-one-part-of-a-name": "sends only the last of several parts of one name" => keeps_every_part = false;
    "writes-json-in-latin1": "writes JSON in Latin-1" => writes_json_in_utf8 = false;
    "sends-two-lengths": "sends its own Content-Length beside the caller's" => sends_one_length = false;
    "writes-own-framing-unread": "sends a Content-Length or Transfer-Encoding of the caller's that is none" => reads_own_framing = false;
    "does-not-escape-json": "writes quotes, backslashes and line breaks into JSON as they are" => escapes_json_strings = false;
    "drops-empty-form-fields": "leaves out form fields without a value" => keeps_empty_form_fields = false;
    "writes-part-types-unchecked": "writes a media type with line breaks into a part" => checks_types_of_parts = false;
}
