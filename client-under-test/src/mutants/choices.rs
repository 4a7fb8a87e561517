//! Clients that choose otherwise where specifications leave the choice, as real clients do.

use super::Mutant;
use crate::reference::{
    Policy,
    policy::{BadName, ConnectionFields, DecodedFields, FileNames, InvalidText, OddOctets, UnknownStatus},
};

mutants! {
    // Requests.
    "refuses-port-zero": "refuses port 0, as fetch does" => tries_port_zero = false;
    "writes-hosts-as-they-came": "sends hosts beyond ASCII in UTF-8, as curl without IDN does" => encodes_hosts = false;
    "encodes-odd-octets": "percent-encodes what no URL may hold, as Guzzle does" => odd_octets = OddOctets::Encode;
    "refuses-odd-octets": "refuses URLs with what they may not hold, as java.net.URI does" => odd_octets = OddOctets::Refuse;
    "writes-field-names-in-lower-case": "sends field names in lower case, in the caller's order" => keeps_case_of_names = false;
    "writes-field-values-in-latin1": "sends field values in ISO-8859-1, as http.client and Node do" => keeps_octets_of_values = false;
    "lists-te-in-connection": "lists a TE of the caller's in Connection, as LWP does" => connection_fields = ConnectionFields::TeListed;
    "names-localhost-over-sockets": "sends Host: localhost over a Unix socket, as requests-unixsocket does" => names_host_over_sockets = false;

    // Content of requests.
    "sends-known-lengths-in-chunks": "sends a source in chunks though it says its length, as fetch does" => trusts_announced_length = false;
    "writes-spaces-of-forms-as-percent-20": "writes %20 for a space in a form, as who uses encodeURIComponent does" => writes_spaces_as_plus = false;
    "names-charset-of-forms": "names a charset in the type of a form, as axios does" => type_of_forms = "application/x-www-form-urlencoded;charset=utf-8";
    "guesses-types-of-files": "guesses the type of a file from its name, as httpx does" => guesses_no_types = false;
    "percent-encodes-file-names": "percent-encodes file names beyond ASCII, as aiohttp does" => file_names = FileNames::Percent;
    "writes-extended-file-names": "writes file names beyond ASCII as filename*, as urllib3 1 does" => file_names = FileNames::Extended;
    "writes-file-names-in-ascii": "writes question marks into file names beyond ASCII, as HttpClient 4 does" => file_names = FileNames::Ascii;

    // Responses.
    "takes-odd-codes-for-500": "takes a code outside of the classes for 500, as RFC 9110 15 has it" => unknown_status = UnknownStatus::ServerError;
    "takes-icy-for-http": "takes ICY for HTTP/1.0, as Firefox does" => refuses_icy = false;
    "strips-space-before-colon": "takes whitespace in front of a colon for no part of the name" => refuses_space_before_colon = false;
    "drops-lines-whose-name-is-no-token": "skips field lines whose name is no token, as libsoup does where it holds whitespace" => bad_name = BadName::Skip;
    "refuses-two-framings": "refuses Content-Length beside Transfer-Encoding, as Node does" => takes_two_framings = false;
    "head-timeout-covers-the-body": "lets the limit for the head run on while content comes" => head_timeout_ends_with_head = false;

    // Content of responses.
    "asks-for-no-coding-of-parts": "says nothing of codings where it asks for a part, as Go does" => asks_for_plain_parts = false;
    "undoes-the-last-codings-only": "undoes codings up to the first that it does not know, as .NET does" => undoes_all_codings_or_none = false;
    "drops-the-coding-it-undid": "hands over decoded content without Content-Encoding, as Ruby does" => decoded_fields = DecodedFields::DropCoding;
    "tells-the-decoded-length": "hands over decoded content with its own length, as Guzzle does" => decoded_fields = DecodedFields::TellLength;
    "marks-invalid-text-once": "makes one replacement character of a surrogate in UTF-8, as Java does" => invalid_text = InvalidText::MarkOnce;
    "refuses-invalid-text": "fails on what is no text in its charset" => invalid_text = InvalidText::Refuse;
    "takes-text-for-latin1": "takes text without a charset for ISO-8859-1, as requests does" => default_charset = "iso-8859-1";
    "looks-for-a-charset-in-html": "obeys the charset that a page of HTML names in itself, as LWP does" => looks_at_fields_only = false;
    "takes-leading-zeros": "takes 01 for a number of JSON, as Json.NET does" => refuses_leading_zeros = false;
    "rounds-integers": "reads numbers of JSON as doubles, as JavaScript does" => keeps_integers_exact = false;

    // What comes of a response.
    "refuses-locations-that-differ": "refuses a redirect to two different places, as Chromium does" => takes_first_location = false;
    "drops-own-host-on-every-redirect": "forgets the caller's Host when it follows a redirect, as follow-redirects does" => keeps_own_host_at_origin = false;
    "answers-with-userinfo-of-locations": "answers a challenge with user and password of the Location, as wget does" => distrusts_userinfo_of_locations = false;
    "prefers-userinfo": "puts user and password of the URL in the place of the caller's Authorization, as requests does" => prefers_own_authorization = false;
    "retries-lost-connections-only": "repeats what was lost and nothing that was answered, as Go does" => retries_unavailable = false;
    "fails-on-the-last-503": "makes an error of a 503 when no retry is left, as urllib3 does" => hands_over_last_failure = false;
    "fails-on-bad-retry-after": "makes an error of a Retry-After that it cannot read, as urllib3 does" => ignores_bad_retry_after = false;
}
