//! Every decision that a specification demands of a client, or leaves to it.
//!
//! [`Policy::default`] is the conforming client. Fields are worded so that the conforming value of a switch is
//! `true`, and where either value conforms, that of this client; a mutant (see [`crate::mutants`]) is the default
//! with one field changed. Nothing else in the client knows about mutants.

use std::time::Duration;

mod choices;

pub use choices::{
    BadChunkSize, BadName, BareCr, ConnectionFields, DecodedFields, FileNames, InvalidText, LengthSyntax,
    NoColon, NulInValue, ObsFold, ObsText, OddOctets, RepeatedLength, Resolution, UnknownStatus,
};

macro_rules! policy {
    ($($(#[$doc:meta])* $field:ident: $type:ty = $default:expr;)*) => {
        /// Every decision, the default being the conforming one.
        #[derive(Debug, Clone, PartialEq)]
        pub struct Policy {
            $($(#[$doc])* pub $field: $type,)*
        }

        impl Default for Policy {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }
    };
}

policy! {
    // -- Request targets and URLs --------------------------------------------------------------------------

    /// The fragment stays at home (RFC 9110 7.1).
    drops_fragment: bool = true;
    /// A `%` of the caller's is left alone (RFC 3986 2.4).
    keeps_percent: bool = true;
    /// Percent-encoded octets are not decoded (RFC 3986 2.4).
    keeps_encoded_octets: bool = true;
    /// The longest target sent, in bytes; what is longer would be cut.
    target_limit: usize = usize::MAX;
    /// An empty path is sent as `/` (RFC 9112 3.2.1).
    fills_empty_path: bool = true;
    /// Empty segments are segments (RFC 3986 3.3).
    keeps_empty_segments: bool = true;
    /// The query is part of the target (RFC 9112 3.2.1).
    sends_query: bool = true;
    /// Paths are compared and sent case by case (RFC 3986 6.2.2.1).
    keeps_path_case: bool = true;
    /// A port other than the default is part of Host (RFC 9112 3.2).
    sends_port_in_host: bool = true;
    /// IPv6 literals keep their brackets in Host (RFC 3986 3.2.2).
    keeps_brackets_in_host: bool = true;
    /// Userinfo is left out of Host (RFC 9112 3.2).
    hides_userinfo_in_host: bool = true;
    /// Userinfo is left out of the target (RFC 9110 4.2.4).
    hides_userinfo_in_target: bool = true;
    /// A scheme other than http and https is an error (RFC 9110 4.2).
    refuses_other_schemes: bool = true;
    /// A port above 65535 is an error (RFC 3986 3.2.3).
    refuses_large_ports: bool = true;
    /// A port that is other than digits is an error (RFC 3986 3.2.3).
    refuses_ports_that_are_no_digits: bool = true;
    /// A host ends where its authority does, and at no encoded octet before (RFC 3986 3.2.2).
    keeps_hosts_whole: bool = true;
    /// A URL whose host is empty is an error (RFC 9110 4.2.1).
    refuses_empty_host: bool = true;
    /// Port 0 is tried as any other.
    tries_port_zero: bool = true;
    /// User and password may stand in a URL (RFC 3986 3.2.1).
    takes_userinfo: bool = true;
    /// Octets above 7F in a host are percent-encoded (RFC 3986 3.2.2).
    encodes_hosts: bool = true;
    /// What becomes of octets behind the host that no URL may hold (RFC 3986 2).
    odd_octets: OddOctets = OddOctets::Keep;

    // -- Request heads -------------------------------------------------------------------------------------

    /// Methods are case-sensitive and sent as given (RFC 9110 9.1).
    keeps_method_case: bool = true;
    /// Methods that are sent as they are, where others become POST. `None`: all (RFC 9110 9.1).
    methods_sent: Option<&'static [&'static str]> = None;
    /// Methods that are known, where others are refused. `None`: all (RFC 9110 9.1).
    methods_known: Option<&'static [&'static str]> = None;
    /// A method is a token (RFC 9110 9.1).
    checks_method: bool = true;
    /// A target holds neither whitespace nor control characters (RFC 9112 3.2).
    checks_target: bool = true;
    /// A field name is a token (RFC 9110 5.1).
    checks_field_names: bool = true;
    /// A field value holds no CR, LF or NUL (RFC 9110 5.5).
    checks_field_values: bool = true;
    /// Field lines of one name keep their order and number (RFC 9110 5.3).
    keeps_own_duplicates: bool = true;
    /// Field lines are sent in the caller's order (RFC 9110 5.3).
    keeps_own_order: bool = true;
    /// Field names are sent in the caller's letters (RFC 9110 5.1: either).
    keeps_case_of_names: bool = true;
    /// Field values are sent in the caller's octets (RFC 9110 5.5).
    keeps_octets_of_values: bool = true;
    /// What becomes of fields of the caller's that are about the connection (RFC 9110 7.6.1).
    connection_fields: ConnectionFields = ConnectionFields::AsGiven;
    /// The most bytes of target and field lines of a request.
    own_head_limit: usize = usize::MAX;
    /// Over a Unix socket, Host is that of the URL.
    names_host_over_sockets: bool = true;
    /// There is one Host (RFC 9112 3.2).
    sends_one_host: bool = true;
    /// A Content-Type of the caller's replaces that of the client's encoder (RFC 9110 8.3).
    sends_one_content_type: bool = true;
    /// CONNECT is for tunnels, which are not the caller's business (RFC 9110 9.3.6).
    keeps_connect_to_itself: bool = true;
    /// TRACE has no content (RFC 9110 9.3.8).
    keeps_content_from_trace: bool = true;
    /// TRACE carries no credentials, which its answer would show (RFC 9110 9.3.8).
    keeps_credentials_from_trace: bool = true;
    /// HTTP/1.0 is spoken where it was asked for (RFC 9110 2.5).
    obeys_version_option: bool = true;
    /// A request without content whose method expects some says so (RFC 9110 8.6).
    sends_length_of_nothing: bool = true;
    /// A request without content whose method expects none says nothing (RFC 9110 8.6).
    omits_needless_length: bool = true;
    /// Content that the client's own encoder made has a Content-Type (RFC 9110 8.3).
    names_type_of_content: bool = true;

    // -- Request content -----------------------------------------------------------------------------------

    /// A length is counted in octets (RFC 9110 8.6).
    counts_octets: bool = true;
    /// Content has a framing field, whatever the method (RFC 9112 6).
    frames_every_content: bool = true;
    /// A source that announces its length is not sent in chunks (RFC 9112 6.3).
    trusts_announced_length: bool = true;
    /// Framing fields of the caller's own are read as a server will read them (RFC 9112 6).
    reads_own_framing: bool = true;
    /// A Content-Length of the caller's own replaces that of the client (RFC 9110 8.6).
    sends_one_length: bool = true;
    /// A Content-Length of the caller's own is that of the content (RFC 9110 8.6).
    checks_own_length: bool = true;
    /// Content-Length and Transfer-Encoding of the caller's own are an error together (RFC 9112 6.2).
    refuses_two_own_framings: bool = true;
    /// HTTP/1.0 knows no chunks (RFC 9112 6.1).
    keeps_chunks_from_http10: bool = true;
    /// Content-Length is not sent with Transfer-Encoding (RFC 9112 6.2).
    sends_one_framing: bool = true;
    /// An empty piece is no chunk, for that would end the content (RFC 9112 7.1).
    skips_empty_pieces: bool = true;
    /// The radix in which chunk sizes are written (RFC 9112 7.1).
    written_chunk_radix: u32 = 16;
    /// A piece is sent when the caller yields it.
    sends_pieces_as_they_come: bool = true;
    /// A failing source leaves the message incomplete (RFC 9112 8).
    leaves_failed_content_open: bool = true;
    /// A source that yields other than announced is an error (RFC 9112 6.2).
    checks_announced_length: bool = true;
    /// Request trailers are sent (RFC 9112 7.1.2).
    sends_trailers: bool = true;
    /// Fields that must come before the content are no trailers (RFC 9110 6.5.1).
    keeps_head_fields_from_trailers: bool = true;
    /// Without content there is nothing to expect (RFC 9110 10.1.1).
    expects_with_content_only: bool = true;
    /// Content waits for 100 (RFC 9110 10.1.1).
    awaits_continue: bool = true;
    /// How long it waits, at most (RFC 9110 10.1.1: a client must not wait indefinitely).
    continue_patience: Duration = Duration::from_secs(1);
    /// A final status instead of 100 keeps the content back (RFC 9110 10.1.1).
    withholds_content_after_final_status: bool = true;
    /// 417 is answered by the same request without Expect (RFC 9110 10.1.1).
    repeats_after_417: bool = true;
    /// A final response that comes while content is being sent stops the sending (RFC 9112 9.5).
    hears_early_answers: bool = true;
    /// A server that takes content slowly is waited for (RFC 9112 9.5).
    waits_for_slow_readers: bool = true;
    /// Quotes and line breaks in file names are escaped (RFC 7578 2, WHATWG form data encoding).
    escapes_file_names: bool = true;
    /// How file names beyond ASCII are written.
    file_names: FileNames = FileNames::Utf8;
    /// A file is of no type but the one its caller gave it (RFC 7578 4.4).
    guesses_no_types: bool = true;
    /// The boundary does not occur in the parts (RFC 2046 5.1.1).
    picks_unused_boundary: bool = true;
    /// A part has the media type that the caller gave it (RFC 7578 4.4).
    keeps_types_of_parts: bool = true;
    /// Several parts of one name are several parts (RFC 7578 5.2).
    keeps_every_part: bool = true;
    /// Quotes, backslashes and controls in strings of JSON are escaped (RFC 8259 7).
    escapes_json_strings: bool = true;
    /// Empty values of a form are sent (WHATWG URL 5.2).
    keeps_empty_form_fields: bool = true;
    /// A space in a form is a plus sign (WHATWG URL 5.2).
    writes_spaces_as_plus: bool = true;
    /// The media type of a form (WHATWG URL 5.2).
    type_of_forms: &'static str = "application/x-www-form-urlencoded";
    /// The media type of a part is one line (RFC 9110 5.5).
    checks_types_of_parts: bool = true;
    /// JSON is UTF-8 (RFC 8259 8.1).
    writes_json_in_utf8: bool = true;
    /// Form fields are percent-encoded (WHATWG URL 5.2).
    encodes_form_fields: bool = true;
    /// + and % of form fields are encoded, as both mean something else (WHATWG URL 5.2).
    encodes_plus_and_percent: bool = true;

    // -- Response heads ------------------------------------------------------------------------------------

    /// A response starts with a status line (RFC 9112 4).
    demands_status_line: bool = true;
    /// `ICY` is no name of HTTP (RFC 9112 2.3).
    refuses_icy: bool = true;
    /// The protocol name is case-sensitive and the version HTTP/1.x (RFC 9112 2.3).
    checks_version: bool = true;
    /// The version of the response is handed over.
    shows_version: bool = true;
    /// A higher minor version is read as the highest that is known (RFC 9110 2.5).
    accepts_higher_minor: bool = true;
    /// A status code is three digits (RFC 9112 4).
    demands_three_digits: bool = true;
    /// The reason phrase may be empty or absent (RFC 9112 4).
    allows_empty_reason: bool = true;
    /// The reason phrase is handed over.
    shows_reason: bool = true;
    /// What becomes of a status code nobody registered (RFC 9110 15).
    unknown_status: UnknownStatus = UnknownStatus::Keep;
    /// A head may come in any number of pieces.
    reads_head_in_pieces: bool = true;
    /// An end inside a head is an error (RFC 9112 8).
    notices_cut_head: bool = true;
    /// Bytes of content that came along with the head belong to the content.
    keeps_bytes_behind_head: bool = true;
    /// Heads are read up to the limits below (RFC 9110 5.4).
    bounds_heads: bool = true;
    /// The most bytes of a head.
    head_limit: usize = 256 * 1024;
    /// The most bytes of a line of a head.
    line_limit: usize = 64 * 1024;
    /// The most field lines of a head.
    field_limit: usize = 2000;
    /// No whitespace before the colon (RFC 9112 5.1).
    refuses_space_before_colon: bool = true;
    /// A line that starts with whitespace is no field where there is none before it (RFC 9112 2.2).
    refuses_leading_space_line: bool = true;
    /// What becomes of a line without a colon.
    no_colon: NoColon = NoColon::Refuse;
    /// The name ends at the first colon (RFC 9112 5).
    splits_at_first_colon: bool = true;
    /// What becomes of obs-fold.
    obs_fold: ObsFold = ObsFold::Space;
    /// What becomes of a bare CR.
    bare_cr: BareCr = BareCr::Refuse;
    /// What becomes of NUL.
    nul_in_value: NulInValue = NulInValue::Refuse;
    /// What becomes of bytes above 7F.
    obs_text: ObsText = ObsText::Keep;
    /// What becomes of a field line whose name is no token (RFC 9110 5.1).
    bad_name: BadName = BadName::Refuse;
    /// Whitespace around a value is not part of it (RFC 9112 5.1).
    trims_values: bool = true;
    /// A value may be empty (RFC 9110 5.5).
    keeps_empty_values: bool = true;
    /// Lines of one name stay apart, in order (RFC 9110 5.3).
    keeps_repeated_fields: bool = true;
    /// Set-Cookie is never joined (RFC 9110 5.3).
    keeps_set_cookie_apart: bool = true;

    // -- Framing of responses ------------------------------------------------------------------------------

    /// Content-Length delimits the content (RFC 9112 6.3, 6.).
    obeys_content_length: bool = true;
    /// How a length is read.
    length_syntax: LengthSyntax = LengthSyntax::Digits;
    /// A malformed length makes the message unusable (RFC 9112 6.3, 5.).
    refuses_malformed_length: bool = true;
    /// An empty length is a malformed one (RFC 9110 8.6).
    refuses_empty_length: bool = true;
    /// What is made of several.
    repeated_length: RepeatedLength = RepeatedLength::EqualOnly;
    /// Zero is a length.
    obeys_length_zero: bool = true;
    /// The response to HEAD has no content (RFC 9112 6.3, 1.).
    head_has_no_content: bool = true;
    /// Statuses whose responses have no content (RFC 9112 6.3, 1.).
    statuses_without_content: &'static [u16] = &[204, 304];
    /// Transfer-Encoding overrides Content-Length (RFC 9112 6.3, 3.).
    prefers_transfer_encoding: bool = true;
    /// Content-Length beside it is no error by itself (RFC 9112 6.3, 3.: ought to be handled as one).
    takes_two_framings: bool = true;
    /// Transfer-Encoding is looked at.
    obeys_transfer_encoding: bool = true;
    /// Names of codings are case-insensitive (RFC 9112 7).
    folds_coding_case: bool = true;
    /// Chunked delimits the content only as the final coding (RFC 9112 6.3, 4.).
    demands_chunked_last: bool = true;
    /// Chunked may not be applied twice (RFC 9112 6.1).
    refuses_chunked_twice: bool = true;
    /// Chunked has no parameters (RFC 9112 7.1).
    refuses_parameters_of_chunked: bool = true;
    /// An end before the length or the last chunk is an error (RFC 9112 8).
    notices_cut_content: bool = true;
    /// The end of the connection behind complete content is no fault of it.
    tolerates_end_after_content: bool = true;
    /// Content delimited by the end of the connection ends there and not at a pause.
    waits_for_end_of_connection: bool = true;
    /// The end of the connection is seen where a response was awaited.
    notices_end: bool = true;
    /// A reset is seen where a response was awaited.
    notices_reset: bool = true;

    // -- Chunked -------------------------------------------------------------------------------------------

    /// The radix in which chunk sizes are read (RFC 9112 7.1).
    chunk_radix: u32 = 16;
    /// What becomes of a bad chunk size.
    bad_chunk_size: BadChunkSize = BadChunkSize::Refuse;
    /// Chunk extensions are skipped (RFC 9112 7.1.1).
    skips_chunk_extensions: bool = true;
    /// A chunk ends with CRLF (RFC 9112 7.1).
    demands_chunk_end: bool = true;
    /// A chunk size line ends with CRLF (RFC 9112 7.1: bare LF is for lines of the head only).
    demands_crlf_in_chunks: bool = true;
    /// A chunk size line may come in pieces.
    reads_chunk_size_in_pieces: bool = true;
    /// The most bytes of a chunk size line with its extensions (RFC 9112 7.1.1).
    chunk_line_limit: usize = 16 * 1024;
    /// Only the last chunk ends the content (RFC 9112 7.1).
    demands_last_chunk: bool = true;
    /// Trailer fields are kept apart from the head's (RFC 9110 6.5.1).
    keeps_trailers_apart: bool = true;
    /// Trailer fields are shown.
    shows_trailers: bool = true;
    /// A trailer section has a limit of size (RFC 9110 2.3).
    bounds_trailers: bool = true;
    /// Chunks are appended where they are.
    appends_chunks: bool = true;

    // -- Interim responses ---------------------------------------------------------------------------------

    /// Interim statuses that are taken for the final one (RFC 9110 15.2: none).
    interim_taken_as_final: &'static [u16] = &[];
    /// Unknown interim responses are skipped (RFC 9110 15.2).
    skips_unknown_interim: bool = true;
    /// Fields of interim responses are kept apart (RFC 9110 15.2).
    keeps_interim_fields_apart: bool = true;
    /// How many interim responses are skipped before the client gives up.
    /// `None`: for ever, whatever the limits of time.
    interim_limit: Option<usize> = Some(100);
    /// Interim responses are shown.
    shows_interim: bool = true;
    /// An interim response has no content, whatever its Content-Length says (RFC 9112 6.3, 1.).
    interim_has_no_content: bool = true;
    /// 101 is an error where no upgrade was asked for (RFC 9110 15.2.2).
    refuses_unasked_switch: bool = true;
    /// Bytes that came with a 101 belong to the new protocol (RFC 9110 7.8).
    keeps_bytes_behind_switch: bool = true;

    // -- Status --------------------------------------------------------------------------------------------

    /// Content of error responses is handed over (RFC 9110 15.5).
    shows_error_content: bool = true;
    /// An error response is a response.
    shows_error_responses: bool = true;
    /// The lowest status that `status-errors` makes an error of.
    first_error_status: u16 = 400;
    /// The first status that it no longer makes an error of.
    end_of_error_statuses: u16 = 1000;
    /// A request is not repeated because of its status unless that was asked for.
    accepts_failure: bool = true;

    // -- Connections ---------------------------------------------------------------------------------------

    /// Connections are kept (RFC 9112 9.3).
    keeps_connections: bool = true;
    /// `Connection: close` is obeyed (RFC 9112 9.6).
    obeys_close: bool = true;
    /// Connection options are case-insensitive (RFC 9110 7.6.1).
    folds_option_case: bool = true;
    /// Connection is a list (RFC 9110 7.6.1).
    splits_connection_options: bool = true;
    /// A connection to an HTTP/1.0 server is closed unless it asks to keep it (RFC 9112 9.3).
    closes_after_http10: bool = true;
    /// A connection whose framing was doubtful is closed (RFC 9112 6.1, 6.3).
    closes_after_two_framings: bool = true;
    /// Surplus bytes behind a response make the connection unusable (RFC 9112 6.3).
    distrusts_surplus_bytes: bool = true;
    /// Bytes that came while it was idle make a connection unusable (RFC 9112 6.3).
    checks_idle_connections: bool = true;
    /// A connection is closed where the answer came before all was sent (RFC 9112 9.3).
    closes_after_early_answer: bool = true;
    /// A connection on which something failed is closed.
    closes_after_error: bool = true;
    /// A connection is closed after a timeout (RFC 9112 9.5).
    closes_after_timeout: bool = true;
    /// A connection is closed after a call was given up.
    closes_after_cancel: bool = true;
    /// Connections are closed with their session (RFC 9112 9.6).
    closes_with_session: bool = true;
    /// Unread content is dropped with its connection.
    drops_unread_content: bool = true;
    /// A lost reused connection makes an idempotent request be repeated (RFC 9112 9.3.1).
    repeats_on_stale_connection: bool = true;
    /// A request that is not idempotent is never repeated unasked (RFC 9110 9.2.2).
    repeats_idempotent_only: bool = true;
    /// A request is not repeated when a new connection is lost.
    repeats_after_reuse_only: bool = true;
    /// The most connections to one host are obeyed.
    obeys_pool_limit: bool = true;
    /// The port is part of what a connection is kept under (RFC 9110 4.3.1).
    keys_by_port: bool = true;
    /// Idle connections are dropped after `idle-timeout`.
    obeys_idle_timeout: bool = true;
    /// `keepalive: false` is obeyed.
    obeys_keepalive_switch: bool = true;
    /// A `Connection: close` of the caller's ends the connection behind the response (RFC 9112 9.6).
    obeys_own_close: bool = true;
    /// Calls at once run at once.
    runs_calls_at_once: bool = true;
    /// An answer goes to who asked.
    matches_answers: bool = true;
    /// A request waits until the response before it is there (RFC 9112 9.3.2).
    waits_before_next_request: bool = true;
    /// A method that nobody knows is not idempotent (RFC 9110 9.2.2).
    distrusts_unknown_methods: bool = true;
    /// `retry` repeats idempotent requests only (RFC 9110 9.2.2).
    retries_idempotent_only: bool = true;
    /// One attempt more than asked for is not made.
    surplus_retries: u64 = 0;
    /// Retry-After is waited for (RFC 9110 10.2.3).
    obeys_retry_after: bool = true;
    /// Of all statuses, only 503 is worth another attempt (RFC 9110 15.6.4).
    retries_unavailable_only: bool = true;
    /// 503 is, and not only a lost connection.
    retries_unavailable: bool = true;
    /// The last answer is handed over where all attempts were in vain.
    hands_over_last_failure: bool = true;
    /// A Retry-After that says nothing is no error.
    ignores_bad_retry_after: bool = true;
    /// Retry-After may be a date (RFC 9110 10.2.3).
    reads_retry_after_dates: bool = true;
    /// Dates come in three formats, two of them obsolete (RFC 9110 5.6.7).
    reads_obsolete_dates: bool = true;

    // -- Names and addresses -------------------------------------------------------------------------------

    /// Every address of a name is tried in turn (RFC 9110 4.3.1).
    tries_every_address: bool = true;
    /// A failing name is told from a refused connection.
    tells_names_from_ports: bool = true;
    /// An error says which host and port it was.
    names_target_in_errors: bool = true;
    /// Passwords stay out of error messages (RFC 3986 7.5).
    hides_passwords_in_errors: bool = true;
    /// https is never answered without TLS (RFC 9110 4.2.2).
    insists_on_tls: bool = true;
    /// An end and a reset are told apart.
    tells_end_from_reset: bool = true;

    // -- Limits of time ------------------------------------------------------------------------------------

    /// `connect-timeout` is obeyed.
    obeys_connect_timeout: bool = true;
    /// It covers the name as well.
    connect_timeout_covers_name: bool = true;
    /// `send-timeout` is obeyed.
    obeys_send_timeout: bool = true;
    /// `head-timeout` is obeyed.
    obeys_head_timeout: bool = true;
    /// It goes on while single bytes of the head come.
    head_timeout_is_absolute: bool = true;
    /// It is over when the head is there.
    head_timeout_ends_with_head: bool = true;
    /// `read-timeout` is obeyed.
    obeys_read_timeout: bool = true;
    /// It starts again with every byte.
    read_timeout_restarts: bool = true;
    /// It covers the wait for the head.
    read_timeout_covers_head: bool = true;
    /// `total-timeout` is obeyed.
    obeys_total_timeout: bool = true;
    /// It covers sending.
    total_timeout_covers_sending: bool = true;
    /// It covers the content.
    total_timeout_covers_content: bool = true;
    /// It covers all hops together.
    total_timeout_covers_hops: bool = true;
    /// A timeout is called one.
    names_timeouts: bool = true;

    // -- Giving up, and limits of the caller ---------------------------------------------------------------

    /// A cancelled call ends at once.
    cancels_at_once: bool = true;
    /// A cancelled call leaves the others alone.
    cancels_one_call: bool = true;
    /// A cancelled call is called one.
    names_cancellation: bool = true;
    /// `max-body` is obeyed.
    obeys_body_limit: bool = true;
    /// `max-head` is obeyed.
    obeys_head_limit: bool = true;
    /// Content reaches the caller when it reaches the client.
    streams_content: bool = true;
    /// Content is read no faster than the caller takes it.
    reads_on_demand: bool = true;

    // -- Content codings -----------------------------------------------------------------------------------

    /// Content is decoded where that is asked for (RFC 9110 8.4).
    decodes_content: bool = true;
    /// `decompress: false` is obeyed.
    obeys_decompress_switch: bool = true;
    /// The codings that requests ask for, all of which can be decoded (RFC 9110 12.5.3).
    offered_codings: &'static str = "gzip, deflate, br, zstd";
    /// The caller's own Accept-Encoding takes the place of the client's.
    keeps_own_accept_encoding: bool = true;
    /// Where a part is asked for, identity is as well.
    asks_for_plain_parts: bool = true;
    /// Names of codings are case-insensitive (RFC 9110 8.4.1).
    folds_content_coding_case: bool = true;
    /// x-gzip is gzip (RFC 9110 8.4.1.3).
    knows_x_gzip: bool = true;
    /// identity is no coding (RFC 9110 8.4.1).
    knows_identity: bool = true;
    /// Several lines of Content-Encoding are one list (RFC 9110 5.3).
    joins_content_encodings: bool = true;
    /// Empty members of a list mean nothing (RFC 9110 5.6.1.2).
    skips_empty_codings: bool = true;
    /// Codings are undone in the reverse of the order applied (RFC 9110 8.4).
    reverses_codings: bool = true;
    /// The most codings of one response.
    coding_limit: usize = 5;
    /// Where a coding is not known, the field that names it is shown (RFC 9110 8.4).
    shows_unknown_coding: bool = true;
    /// Where a coding is not known, none is undone.
    undoes_all_codings_or_none: bool = true;
    /// What becomes of the fields that tell of coded content once it is decoded.
    decoded_fields: DecodedFields = DecodedFields::Keep;
    /// A media type is no coding (RFC 9110 8.4).
    leaves_media_types_alone: bool = true;
    /// No content is no damage, whatever coding it has.
    allows_empty_coded_content: bool = true;
    /// Content-Length counts coded octets (RFC 9110 8.6).
    counts_coded_length: bool = true;
    /// `max-body` counts what the caller gets.
    limits_decoded_content: bool = true;
    /// Content is decoded no faster than the caller takes it.
    decodes_on_demand: bool = true;
    /// The message is read to its end though the coded content has ended before.
    reads_behind_coding: bool = true;
    /// The content of a redirect that is followed is dropped as it is (CVE-2026-21441).
    drops_redirects_undecoded: bool = true;
    /// Coded content that ends too early is an error.
    notices_cut_coding: bool = true;
    /// The header of a coding may come in pieces.
    reads_coded_head_in_pieces: bool = true;
    /// gzip begins with its magic number (RFC 1952 2.3.1.2).
    checks_gzip_magic: bool = true;
    /// The compression method of gzip is deflate (RFC 1952 2.3.1.2).
    checks_gzip_method: bool = true;
    /// Reserved flags of gzip are zero (RFC 1952 2.3.1.2).
    refuses_reserved_gzip_flags: bool = true;
    /// Optional fields of a gzip header are skipped (RFC 1952 2.3.1.2).
    skips_gzip_fields: bool = true;
    /// The checksum of a gzip member is that of its content (RFC 1952 2.3.1).
    checks_gzip_checksum: bool = true;
    /// The length of a gzip member is that of its content (RFC 1952 2.3.1).
    checks_gzip_length: bool = true;
    /// Members of gzip are one content (RFC 1952 2.2).
    reads_every_gzip_member: bool = true;
    /// deflate is the zlib format (RFC 9110 8.4.1.2).
    expects_zlib_header: bool = true;
    /// The checksum of zlib is that of its content (RFC 1950 2.3).
    checks_zlib_checksum: bool = true;
    /// Frames of zstd are one content (RFC 8878 3).
    reads_every_zstd_frame: bool = true;
    /// The checksum of a zstd frame is that of its content (RFC 8878 3.1.1).
    checks_zstd_checksum: bool = true;
    /// The binary logarithm of the largest window of zstd: 8 MiB (RFC 9659 3).
    zstd_window_log: u32 = 23;

    // -- Text ----------------------------------------------------------------------------------------------

    /// Text is decoded by its charset (RFC 9110 8.3.2).
    obeys_charset: bool = true;
    /// Names of parameters are case-insensitive (RFC 9110 5.6.6).
    folds_parameter_case: bool = true;
    /// A parameter may be quoted (RFC 9110 5.6.6).
    unquotes_parameters: bool = true;
    /// Names of charsets are case-insensitive (RFC 9110 8.3.2).
    folds_charset_case: bool = true;
    /// What becomes of what is no text in its charset.
    invalid_text: InvalidText = InvalidText::Mark;
    /// Charsets other than UTF-8 are known.
    knows_charsets: bool = true;
    /// What text is in that names no charset.
    default_charset: &'static str = "utf-8";
    /// A charset is named by Content-Type and nowhere else.
    looks_at_fields_only: bool = true;
    /// A charset that is not known is an error of decoding, and the bytes are the caller's.
    names_unknown_charset: bool = true;
    /// Characters may come in pieces.
    keeps_characters_whole: bool = true;
    /// JSON is UTF-8, whatever charset it is said to have (RFC 8259 8.1, 11).
    reads_json_as_utf8: bool = true;
    /// Nothing is no JSON (RFC 8259 2).
    refuses_empty_json: bool = true;
    /// A JSON text is one value and nothing behind it (RFC 8259 2).
    refuses_data_behind_json: bool = true;
    /// What cannot be decoded is still handed over as bytes.
    keeps_content_of_bad_json: bool = true;
    /// Numbers have no leading zeros (RFC 8259 6).
    refuses_leading_zeros: bool = true;
    /// Integers are exact (RFC 8259 6: may be rounded).
    keeps_integers_exact: bool = true;

    // -- Ranges --------------------------------------------------------------------------------------------

    /// The caller's Range is sent as it is (RFC 9110 14.2).
    keeps_own_range: bool = true;
    /// The caller's Range is kept when a redirect is followed (RFC 9110 15.4).
    keeps_range_across_redirects: bool = true;
    /// 206 is told from 200 (RFC 9110 15.3.7).
    tells_part_from_whole: bool = true;
    /// 416 is an answer and not asked again without Range (RFC 9110 15.5.17).
    accepts_416: bool = true;
    /// Content that broke off is resumed where `retry` allows it (RFC 9110 15.3.7.3: may).
    resumes_content: bool = true;
    /// Only GET is resumed (RFC 9110 14.2: Range is defined for GET only).
    resumes_get_only: bool = true;
    /// The first octet asked for is the one behind the last that came (RFC 9110 14.1.2).
    resumes_behind_last_octet: bool = true;
    /// Octets are counted as they were sent, and not as decoded (RFC 9110 14).
    counts_coded_range: bool = true;
    /// A resumption asks for the same representation (RFC 9110 13.1.5).
    sends_if_range: bool = true;
    /// Weak tags are no validators for ranges (RFC 9110 13.1.5).
    resumes_by_strong_tag_only: bool = true;
    /// Without any validator nothing is resumed (RFC 9110 15.3.7.3).
    resumes_by_tag_only: bool = true;
    /// Where there is a tag, a date is no validator for ranges (RFC 9110 13.1.5).
    prefers_tag_to_date: bool = true;
    /// A date that may be weak is none either (RFC 9110 13.1.5, 8.8.2.2).
    resumes_by_no_weak_date: bool = true;
    /// A part is appended only if it begins where the content broke off (RFC 9110 14.4).
    checks_start_of_part: bool = true;
    /// A part is appended only if it is part of as much as was announced (RFC 9110 14.4).
    checks_length_of_whole: bool = true;
    /// A part is appended only if it is as long as it says (RFC 9110 14.4).
    checks_length_of_part: bool = true;
    /// A part is appended only if its Content-Range is valid (RFC 9110 14.4).
    refuses_invalid_content_range: bool = true;
    /// A part is appended only if it is counted in bytes (RFC 9110 14.4).
    checks_range_unit: bool = true;
    /// Parts are combined only if they have the same strong validator (RFC 9110 15.3.7.3).
    checks_tag_of_part: bool = true;
    /// The whole is not appended to its part (RFC 9110 14.2).
    tells_whole_from_rest: bool = true;
    /// A part of the rest is not all of it (RFC 9110 15.3.7.3).
    notices_missing_rest: bool = true;
    /// No more resumptions are made than `retry` allows.
    counts_resumptions: bool = true;

    // -- Redirects -----------------------------------------------------------------------------------------

    /// Which statuses are followed (RFC 9110 15.4).
    redirect_statuses: &'static [u16] = &[301, 302, 303, 307, 308];
    /// 303 makes a GET of it (RFC 9110 15.4.4).
    see_other_becomes_get: bool = true;
    /// 301 makes a GET of POST (RFC 9110 15.4.2: may).
    moved_post_becomes_get: bool = true;
    /// 302 makes a GET of POST (RFC 9110 15.4.3: may).
    found_post_becomes_get: bool = true;
    /// 301 and 302 leave methods other than POST alone (RFC 9110 15.4.2, 15.4.3).
    moved_keeps_other_methods: bool = true;
    /// 307 keeps the method (RFC 9110 15.4.8).
    temporary_keeps_method: bool = true;
    /// 308 keeps the method (RFC 9110 15.4.9).
    permanent_keeps_method: bool = true;
    /// 307 keeps the content (RFC 9110 15.4.8).
    temporary_keeps_content: bool = true;
    /// 308 keeps the content (RFC 9110 15.4.9).
    permanent_keeps_content: bool = true;
    /// HEAD stays HEAD (RFC 9110 15.4).
    head_stays_head: bool = true;
    /// Content is dropped where the method changes to GET (RFC 9110 15.4).
    drops_content_with_method: bool = true;
    /// Fields of the content go with it (RFC 9110 15.4).
    drops_content_fields: bool = true;
    /// A source that cannot start again is not sent again.
    keeps_used_up_content_back: bool = true;
    /// How many redirects are followed, at most.
    redirect_limit: u64 = 20;
    /// `max-redirects` is obeyed.
    obeys_max_redirects: bool = true;
    /// `redirects: false` is obeyed.
    obeys_redirect_switch: bool = true;
    /// A redirect without Location is the response itself (RFC 9110 15.4).
    hands_over_without_location: bool = true;
    /// Of several Locations the first counts.
    takes_first_location: bool = true;
    /// How Location is made absolute.
    resolution: Resolution = Resolution::Rfc3986;
    /// The fragment is inherited where Location has none (RFC 9110 10.2.2).
    inherits_fragment: bool = true;
    /// Only http and https are followed.
    follows_http_only: bool = true;
    /// Octets that no URL may hold are encoded before they are sent.
    encodes_location: bool = true;
    /// Authorization, Cookie and Proxy-Authorization stay with their host (RFC 9110 15.4).
    strips_credentials_across_hosts: bool = true;
    /// The same host at another port is another origin (RFC 9110 4.3.1).
    strips_credentials_across_ports: bool = true;
    /// They are sent again to the same origin.
    keeps_credentials_at_origin: bool = true;
    /// The caller's Cookie is one of them.
    strips_cookie: bool = true;
    /// User and password of a Location are nobody's credentials.
    distrusts_userinfo_of_locations: bool = true;
    /// The caller's Host is sent again to the same origin.
    keeps_own_host_at_origin: bool = true;
    /// Host names the new host (RFC 9110 15.4).
    renews_host: bool = true;
    /// The history is shown.
    shows_history: bool = true;
    /// The URL is the last one.
    shows_final_url: bool = true;

    // -- Authentication ------------------------------------------------------------------------------------

    /// A challenge is answered (RFC 9110 11.6.1).
    answers_challenges: bool = true;
    /// A 401 without a challenge is not answered (RFC 9110 11.6.1).
    demands_challenge: bool = true;
    /// How often a challenge is answered.
    challenge_limit: u32 = 1;
    /// Credentials wait for a challenge, or a protection space known from one (RFC 7617 2.2).
    waits_for_challenge: bool = true;
    /// They are sent at once inside a known protection space (RFC 7617 2.2: may).
    remembers_protection_space: bool = true;
    /// They are not sent at once outside of it (RFC 7617 2.2).
    keeps_to_protection_space: bool = true;
    /// A comma inside a quoted string divides nothing (RFC 9110 11.6.1).
    respects_quotes_in_challenges: bool = true;
    /// Every challenge is looked at (RFC 9110 11.6.1).
    reads_every_challenge: bool = true;
    /// Schemes are case-insensitive (RFC 9110 11.1).
    folds_scheme_case: bool = true;
    /// Only Basic is answered with Basic (RFC 9110 11.6.1).
    answers_known_schemes_only: bool = true;
    /// Basic demands a realm (RFC 7617 2).
    demands_realm: bool = true;
    /// Content goes out again with the credentials.
    resends_content_after_challenge: bool = true;
    /// Only 401 is a challenge (RFC 9110 15.5.2).
    answers_401_only: bool = true;
    /// Userinfo is percent-decoded (RFC 3986 3.2.1).
    decodes_userinfo: bool = true;
    /// Userinfo of the caller's URL serves as credentials.
    uses_userinfo: bool = true;
    /// The caller's Authorization counts for more than userinfo.
    prefers_own_authorization: bool = true;
    /// The user ends at the first colon, the password may hold some (RFC 7617 2).
    keeps_colons_in_passwords: bool = true;
    /// Control characters in user or password are an error (RFC 7617 2).
    refuses_controls_in_credentials: bool = true;
    /// Credentials are UTF-8 (RFC 7617 2.1).
    sends_utf8_credentials: bool = true;
    /// Base64 is padded (RFC 7617 2, RFC 4648 3.2).
    pads_base64: bool = true;
    /// Credentials belong to an origin (RFC 9110 11.5).
    binds_credentials_to_origin: bool = true;

    // -- Proxies -------------------------------------------------------------------------------------------

    /// A proxy is sent absolute-form (RFC 9112 3.2.2).
    sends_absolute_form: bool = true;
    /// The proxy resolves names.
    leaves_names_to_proxy: bool = true;
    /// A proxy that cannot be reached is not bypassed.
    insists_on_proxy: bool = true;
    /// Proxy-Authorization is for the proxy (RFC 9110 11.7.2).
    keeps_proxy_credentials_from_origin: bool = true;
    /// Each proxy is told its own credentials.
    keeps_proxy_credentials_apart: bool = true;
    /// 407 is answered (RFC 9110 11.7.1).
    answers_proxy_challenges: bool = true;
    /// 407 is answered in Proxy-Authorization (RFC 9110 11.7.2).
    answers_407_in_its_field: bool = true;
    /// 407 of an origin is not answered.
    distrusts_407_of_origin: bool = true;
    /// CONNECT carries no field of the request (RFC 9110 9.3.6).
    keeps_fields_from_connect: bool = true;
    /// CONNECT names the port (RFC 9112 3.2.3).
    names_port_in_connect: bool = true;
    /// CONNECT has a Host (RFC 9112 3.2).
    sends_host_in_connect: bool = true;
    /// Any 2xx opens a tunnel (RFC 9110 9.3.6).
    takes_any_2xx_for_tunnel: bool = true;
    /// Nothing else does (RFC 9110 9.3.6).
    takes_only_2xx_for_tunnel: bool = true;
    /// A 2xx to CONNECT has no content (RFC 9112 6.3, 2.).
    connect_has_no_content: bool = true;
    /// A redirect to CONNECT is the proxy's answer and is not followed.
    keeps_off_redirects_of_proxy: bool = true;
    /// `no_proxy` is obeyed.
    obeys_no_proxy: bool = true;
    /// Its names match whole labels.
    matches_whole_labels: bool = true;
    /// Its names are case-insensitive.
    folds_no_proxy_case: bool = true;
    /// Spaces around its names mean nothing.
    trims_no_proxy: bool = true;
    /// A port in it counts.
    matches_no_proxy_port: bool = true;
    /// `*` exempts every host.
    knows_no_proxy_star: bool = true;
    /// `HTTP_PROXY` is not believed in a CGI program (CVE-2016-5385).
    distrusts_http_proxy_in_cgi: bool = true;
    /// A lower-case variable wins over an upper-case one.
    prefers_lower_case_variables: bool = true;
    /// An empty variable means no proxy.
    obeys_empty_variables: bool = true;
    /// Each scheme has its own variable.
    tells_variables_by_scheme: bool = true;
    /// `proxy-env: false` is obeyed.
    obeys_proxy_env_switch: bool = true;
    /// `proxy: false` is obeyed.
    obeys_proxy_switch: bool = true;
}
