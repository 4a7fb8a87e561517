//! Redirects.

use super::Mutant;
use crate::reference::{Policy, policy::Resolution};

mutants! {
    "does-not-follow-301": "hands over a 301" => redirect_statuses = &[302, 303, 307, 308];
    "does-not-follow-302": "hands over a 302" => redirect_statuses = &[301, 303, 307, 308];
    "does-not-follow-303": "hands over a 303" => redirect_statuses = &[301, 302, 307, 308];
    "does-not-follow-307": "hands over a 307" => redirect_statuses = &[301, 302, 303, 308];
    "does-not-follow-308": "hands over a 308" => redirect_statuses = &[301, 302, 303, 307];
    "follows-201": "follows the Location of a 201" => redirect_statuses = &[201, 301, 302, 303, 307, 308];
    "follows-300": "follows the Location of a 300" => redirect_statuses = &[300, 301, 302, 303, 307, 308];
    "follows-304": "follows the Location of a 304" => redirect_statuses = &[301, 302, 303, 304, 307, 308];
    "follows-every-location": "follows the Location of 200, 201, 202 and 404 as well" => redirect_statuses = &[200, 201, 202, 301, 302, 303, 307, 308, 404];
    "keeps-method-on-303": "repeats a POST after 303" => see_other_becomes_get = false;
    "keeps-post-on-301": "repeats a POST after 301" => moved_post_becomes_get = false;
    "keeps-post-on-302": "repeats a POST after 302" => found_post_becomes_get = false;
    "turns-every-method-into-get": "makes a GET of PUT and DELETE after 301 and 302" => moved_keeps_other_methods = false;
    "turns-post-into-get-on-307": "makes a GET of a POST after 307" => temporary_keeps_method = false;
    "turns-post-into-get-on-308": "makes a GET of a POST after 308" => permanent_keeps_method = false;
    "drops-body-on-307": "repeats a POST after 307 without its content" => temporary_keeps_content = false;
    "drops-body-on-308": "repeats a POST after 308 without its content" => permanent_keeps_content = false;
    "turns-head-into-get": "makes a GET of a HEAD that is redirected" => head_stays_head = false;
    "resends-body-on-redirect": "sends the content of a POST with the GET after a redirect" => drops_content_with_method = false;
    "keeps-content-fields-on-redirect": "sends Content-Type with the GET after a redirect" => drops_content_fields = false;
    "resends-empty-stream": "repeats a request whose source is used up, without content" => keeps_used_up_content_back = false;
    "follows-redirects-for-ever": "follows redirects three times as long as it should" => redirect_limit = 60;
    "follows-three-redirects-only": "gives up after three redirects" => redirect_limit = 3;
    "ignores-max-redirects": "follows more redirects than the caller allowed" => obeys_max_redirects = false;
    "follows-although-switched-off": "follows redirects though told not to" => obeys_redirect_switch = false;
    "fails-without-location": "makes an error of a redirect whose Location is absent or empty" => hands_over_without_location = false;
    "resolves-location-against-root": "resolves a relative Location against the root" => resolution = Resolution::AgainstRoot;
    "appends-location-to-path": "appends a relative Location to the path" => resolution = Resolution::Append;
    "keeps-dot-segments-of-location": "does not remove .. from a Location" => resolution = Resolution::KeepDotSegments;
    "drops-query-of-location": "loses the query of a Location" => resolution = Resolution::DropQuery;
    "keeps-query-on-redirect": "adds the query of the request to a Location without one" => resolution = Resolution::InheritQuery;
    "loses-fragment": "does not keep the fragment for a Location without one" => inherits_fragment = false;
    "follows-any-scheme": "goes on at the same host where Location has another scheme" => follows_http_only = false;
    "writes-location-unencoded": "sends the spaces of a Location in the request target" => encodes_location = false;
    "keeps-credentials-across-hosts": "sends Authorization and Cookie to the host it is redirected to" => strips_credentials_across_hosts = false;
    "keeps-credentials-across-ports": "sends Authorization and Cookie to another port of the host" => strips_credentials_across_ports = false;
    "drops-credentials-on-every-redirect": "does not send Authorization again to the same origin" => keeps_credentials_at_origin = false;
    "keeps-cookie-field-across-hosts": "sends the caller's Cookie to the host it is redirected to" => strips_cookie = false;
    "keeps-host-on-redirect": "sends the first Host to the host it is redirected to" => renews_host = false;
    "hides-history": "does not report the redirects it followed" => shows_history = false;
    "reports-the-first-url": "reports the first URL for the final one" => shows_final_url = false;
}
