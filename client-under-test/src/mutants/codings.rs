//! Content codings.

use super::Mutant;
use crate::reference::Policy;

mutants! {
    "hands-over-coded-bytes": "decodes nothing though asked to" => decodes_content = false;
    "decodes-though-told-not-to": "decodes content though decoding is switched off" => obeys_decompress_switch = false;
    "asks-for-codings-it-cannot-decode": "lists compress in Accept-Encoding and cannot decode it" => offered_codings = "gzip, deflate, br, zstd, compress";
    "replaces-own-accept-encoding": "sends its own Accept-Encoding in place of the caller's" => keeps_own_accept_encoding = false;
    "reads-codings-case-sensitively": "does not know GZip for gzip" => folds_content_coding_case = false;
    "does-not-know-x-gzip": "does not know x-gzip for gzip" => knows_x_gzip = false;
    "fails-on-identity": "fails on content that says that it is not coded" => knows_identity = false;
    "reads-first-content-encoding-only": "looks at the first line of Content-Encoding only" => joins_content_encodings = false;
    "fails-on-empty-coding": "fails on an empty member in the list of codings" => skips_empty_codings = false;
    "decodes-in-the-order-applied": "undoes codings in the order in which they were applied" => reverses_codings = false;
    "decodes-any-number-of-codings": "undoes as many codings as a response names" => coding_limit = usize::MAX;
    "hides-unknown-coding": "hands over content in a coding it does not know, without the field that says so" => shows_unknown_coding = false;
    "decodes-by-media-type": "decodes application/gzip that has no coding" => leaves_media_types_alone = false;
    "fails-on-no-content-that-is-coded": "fails where a response names a coding and has no content" => allows_empty_coded_content = false;
    "compares-content-length-with-decoded-bytes": "takes Content-Length for the length of the decoded content" => counts_coded_length = false;
    "limits-coded-bytes": "compares max-body with what was sent, not with what it decodes to" => limits_decoded_content = false;
    "inflates-before-it-hands-over": "decodes all content before it hands over any" => decodes_on_demand = false;
    "stops-at-end-of-coding": "leaves the rest of a message unread once its coded content has ended" => reads_behind_coding = false;
    "inflates-content-of-redirects": "decodes the content of a redirect only to drop it" => drops_redirects_undecoded = false;
    "accepts-cut-coding": "takes coded content that ends too early for complete" => notices_cut_coding = false;
    "expects-coded-head-in-one-read": "expects a gzip header to come in one piece" => reads_coded_head_in_pieces = false;
    "ignores-gzip-magic": "does not look whether gzip begins as gzip does" => checks_gzip_magic = false;
    "ignores-gzip-method": "does not look at the compression method of gzip" => checks_gzip_method = false;
    "ignores-reserved-gzip-flags": "accepts gzip whose reserved flags are set" => refuses_reserved_gzip_flags = false;
    "expects-no-optional-gzip-fields": "takes optional fields of a gzip header for content" => skips_gzip_fields = false;
    "ignores-gzip-checksum": "does not compare the checksum of gzip" => checks_gzip_checksum = false;
    "ignores-gzip-length": "does not compare the length of gzip" => checks_gzip_length = false;
    "stops-after-first-gzip-member": "drops what follows the first member of gzip" => reads_every_gzip_member = false;
    "takes-deflate-for-raw": "expects deflate to be without the zlib format" => expects_zlib_header = false;
    "ignores-zlib-checksum": "does not compare the checksum of zlib" => checks_zlib_checksum = false;
    "stops-after-first-zstd-frame": "drops what follows the first frame of zstd" => reads_every_zstd_frame = false;
    "ignores-zstd-checksum": "does not compare the checksum of zstd" => checks_zstd_checksum = false;
    "refuses-zstd-window-of-8mib": "fails on zstd that wants a window of more than 1 MiB" => zstd_window_log = 20;
}
