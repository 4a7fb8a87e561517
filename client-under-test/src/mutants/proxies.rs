//! Proxies and the environment.

use super::Mutant;
use crate::reference::Policy;

mutants! {
    "sends-origin-form-to-proxy": "sends a proxy the path only" => sends_absolute_form = false;
    "resolves-names-for-the-proxy": "looks up names that the proxy is to resolve" => leaves_names_to_proxy = false;
    "falls-back-to-direct": "goes around a proxy that cannot be reached" => insists_on_proxy = false;
    "forwards-proxy-credentials": "sends Proxy-Authorization to origins" => keeps_proxy_credentials_from_origin = false;
    "shares-proxy-credentials": "sends the credentials of one proxy to another" => keeps_proxy_credentials_apart = false;
    "never-answers-407": "hands over a 407 though it has credentials" => answers_proxy_challenges = false;
    "answers-407-with-authorization": "sends the credentials for the proxy in Authorization" => answers_407_in_its_field = false;
    "sends-origin-fields-on-connect": "sends fields of the request with CONNECT" => keeps_fields_from_connect = false;
    "omits-port-in-connect": "sends CONNECT without a port" => names_port_in_connect = false;
    "omits-host-in-connect": "sends CONNECT without Host" => sends_host_in_connect = false;
    "accepts-only-200-for-connect": "takes a 204 to CONNECT for a refusal" => takes_any_2xx_for_tunnel = false;
    "takes-any-answer-for-a-tunnel": "takes a 403 to CONNECT for a tunnel" => takes_only_2xx_for_tunnel = false;
    "reads-a-body-after-connect": "reads content that a 2xx to CONNECT announces" => connect_has_no_content = false;
    "follows-redirect-of-connect": "follows a redirect with which a proxy answers CONNECT" => keeps_off_redirects_of_proxy = false;
    "ignores-no-proxy": "uses the proxy for hosts that are exempted" => obeys_no_proxy = false;
    "matches-no-proxy-as-text": "exempts myorigin.test for origin.test" => matches_whole_labels = false;
    "matches-no-proxy-by-case": "does not exempt origin.test for ORIGIN.TEST" => folds_no_proxy_case = false;
    "does-not-trim-no-proxy": "does not ignore spaces in no_proxy" => trims_no_proxy = false;
    "ignores-port-in-no-proxy": "exempts all ports of a host for which one is named" => matches_no_proxy_port = false;
    "does-not-know-no-proxy-star": "does not exempt every host for *" => knows_no_proxy_star = false;
    "believes-http-proxy-in-cgi": "obeys HTTP_PROXY though REQUEST_METHOD is set" => distrusts_http_proxy_in_cgi = false;
    "prefers-upper-case-proxy-variables": "prefers HTTP_PROXY to http_proxy" => prefers_lower_case_variables = false;
    "ignores-empty-proxy-variables": "does not take an empty http_proxy for none" => obeys_empty_variables = false;
    "uses-http-proxy-for-every-scheme": "obeys http_proxy for https as well" => tells_variables_by_scheme = false;
    "obeys-proxy-env-despite-no-proxy-option": "obeys proxy variables though told to use no proxy" => obeys_proxy_switch = false;
}
