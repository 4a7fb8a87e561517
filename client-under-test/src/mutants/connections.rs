//! Connections: kept, dropped, lost, shared.

use super::Mutant;
use crate::reference::Policy;

mutants! {
    "never-reuses-connections": "makes a new connection for each request" => keeps_connections = false;
    "ignores-connection-close": "uses a connection again though the response said close" => obeys_close = false;
    "reads-connection-options-case-sensitively": "does not know Close for close" => folds_option_case = false;
    "reads-connection-as-one-option": "does not find close in a list of connection options" => splits_connection_options = false;
    "keeps-http10-connections": "uses a connection of HTTP/1.0 again without keep-alive" => closes_after_http10 = false;
    "reuses-connection-after-two-framings": "uses a connection again whose response had two framings" => closes_after_two_framings = false;
    "parses-unsolicited-bytes-as-next-response": "takes surplus bytes behind a response for the next one" => distrusts_surplus_bytes = false;
    "takes-idle-bytes-for-an-answer": "takes bytes that came on an idle connection for a response" => checks_idle_connections = false;
    "reuses-connection-after-early-answer": "uses a connection again on which a request was not sent to its end" => closes_after_early_answer = false;
    "reuses-connection-after-error": "uses a connection again on which something failed" => closes_after_error = false;
    "reuses-connection-after-timeout": "uses a connection again on which a response is overdue" => closes_after_timeout = false;
    "reuses-connection-after-cancel": "uses a connection again whose call was given up" => closes_after_cancel = false;
    "leaks-idle-connections": "keeps connections open after its session was closed" => closes_with_session = false;
    "drains-before-reuse": "reads all of the content that nobody wants" => drops_unread_content = false;
    "does-not-retry-on-stale-connection": "fails when a reused connection turns out to be closed" => repeats_on_stale_connection = false;
    "repeats-post-on-stale-connection": "repeats a POST when a reused connection turns out to be closed" => repeats_idempotent_only = false;
    "repeats-on-new-connection": "repeats a request though its connection was new" => repeats_after_reuse_only = false;
    "ignores-pool-limit": "makes more connections to one host than allowed" => obeys_pool_limit = false;
    "reuses-connections-across-ports": "uses a connection for another port of its host" => keys_by_port = false;
    "ignores-idle-timeout": "uses connections that were idle for too long" => obeys_idle_timeout = false;
    "ignores-keepalive-switch": "keeps connections though told not to" => obeys_keepalive_switch = false;
    "reuses-connection-after-own-close": "uses a connection again though its request said close" => obeys_own_close = false;
    "one-request-at-a-time": "makes calls at once one after the other" => runs_calls_at_once = false;
    "mixes-up-concurrent-answers": "gives the answers of calls at once to the wrong callers" => matches_answers = false;
    "pipelines-by-default": "sends requests before the response to the one before" => waits_before_next_request = false;
    "repeats-post-with-retries": "repeats a POST where retries were asked for" => retries_idempotent_only = false;
    "retries-once-more": "makes one attempt more than asked for" => surplus_retries = 1;
    "ignores-retry-after": "repeats a request before Retry-After is over" => obeys_retry_after = false;
    "tries-only-the-first-address": "does not try the second address of a name" => tries_every_address = false;
    "reports-dns-as-refused": "reports a name without address as a refused connection" => tells_names_from_ports = false;
    "hides-target-in-errors": "does not say which host could not be reached" => names_target_in_errors = false;
    "prints-passwords-in-errors": "prints the password of the URL in error messages" => hides_passwords_in_errors = false;
    "downgrades-to-plain": "speaks plain HTTP where https was asked for" => insists_on_tls = false;
    "reports-reset-as-closed": "reports a reset as an orderly end" => tells_end_from_reset = false;
    "hangs-on-early-close": "goes on waiting after the connection has ended" => notices_end = false;
    "hangs-on-reset": "goes on waiting after the connection was reset" => notices_reset = false;
    "takes-unknown-methods-for-idempotent": "repeats a request whose method it does not know" => distrusts_unknown_methods = false;
    "ignores-retry-after-dates": "does not know that Retry-After may be a date" => reads_retry_after_dates = false;
    "reads-imf-dates-only": "does not know the obsolete formats of dates" => reads_obsolete_dates = false;
    "retries-after-every-error": "repeats a request after 404 where retries were asked for" => retries_unavailable_only = false;
}
