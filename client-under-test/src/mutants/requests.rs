//! Request lines, request fields, URLs.

use super::Mutant;
use crate::reference::{Policy, policy::ConnectionFields};

mutants! {
    "sends-fragment": "sends the fragment of the URL in the request target" => drops_fragment = false;
    "encodes-percent-twice": "percent-encodes the percent signs of the caller's URL" => keeps_percent = false;
    "decodes-percent-encoding": "decodes percent-encoded octets before it sends the path" => keeps_encoded_octets = false;
    "cuts-long-targets": "cuts request targets at 4096 bytes" => target_limit = 4096;
    "sends-empty-path": "sends an empty path as nothing instead of a slash" => fills_empty_path = false;
    "collapses-double-slashes": "makes one slash of two in the path" => keeps_empty_segments = false;
    "drops-query": "leaves the query out of the request target" => sends_query = false;
    "lower-cases-path": "sends the path in lower case" => keeps_path_case = false;
    "omits-port-in-host": "leaves a port other than the default out of Host" => sends_port_in_host = false;
    "strips-brackets-from-host": "sends an IPv6 literal in Host without its brackets" => keeps_brackets_in_host = false;
    "sends-userinfo-in-host": "sends user and password of the URL in Host" => hides_userinfo_in_host = false;
    "sends-userinfo-in-target": "sends user and password of the URL in the request target" => hides_userinfo_in_target = false;
    "wraps-large-ports": "takes port 65616 for port 80" => refuses_large_ports = false;
    "reads-ports-leniently": "takes the first digits of what should be a port for the port" => refuses_ports_that_are_no_digits = false;
    "accepts-empty-host": "asks somebody though the URL has no host" => refuses_empty_host = false;
    "upper-cases-methods": "sends methods in upper case" => keeps_method_case = false;
    "writes-method-unchecked": "writes a method that is no token" => checks_method = false;
    "writes-target-unchecked": "writes a target with spaces and line breaks" => checks_target = false;
    "writes-field-names-unchecked": "writes a field name that is no token" => checks_field_names = false;
    "writes-field-values-unchecked": "writes a field value with CR, LF or NUL" => checks_field_values = false;
    "sends-one-of-repeated-fields": "sends only the last of the caller's field lines of one name" => keeps_own_duplicates = false;
    "sorts-request-fields": "sends the caller's field lines in alphabetical order" => keeps_own_order = false;
    "sends-two-hosts": "sends its own Host beside the caller's" => sends_one_host = false;
    "sends-two-content-types": "sends its own Content-Type beside the caller's" => sends_one_content_type = false;
    "sends-content-with-trace": "sends content with TRACE" => keeps_content_from_trace = false;
    "sends-credentials-with-trace": "answers a challenge to TRACE with a password" => keeps_credentials_from_trace = false;
    "ignores-http-version": "speaks HTTP/1.1 where HTTP/1.0 was asked for" => obeys_version_option = false;
    "knows-get-and-post-only": "sends POST for every method but GET and HEAD" => methods_sent = Some(&["GET", "HEAD", "POST"]);
    "says-length-zero-for-get": "sends Content-Length: 0 with GET and HEAD" => omits_needless_length = false;
    "omits-type-of-content": "sends forms and JSON without Content-Type" => names_type_of_content = false;
    "asks-over-any-scheme": "asks for URLs of any scheme as if they were of http" => refuses_other_schemes = false;
    "cuts-hosts-at-encoded-octets": "asks 127.0.0.1 for 127.0.0.1%00.evil.test" => keeps_hosts_whole = false;
    "refuses-userinfo": "refuses URLs with user and password, as fetch does" => takes_userinfo = false;
    "knows-seven-methods": "refuses TRACE and methods that it does not know, letter by letter" => methods_known = Some(&["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
    "drops-fields-about-the-connection": "leaves out fields about the connection, as HttpURLConnection does" => connection_fields = ConnectionFields::Dropped;
    "refuses-fields-about-the-connection": "refuses fields about the connection, as undici does" => connection_fields = ConnectionFields::Refused;
    "bounds-its-own-heads": "refuses a request whose target and fields exceed 4096 bytes, as Jetty does" => own_head_limit = 4096;
}
