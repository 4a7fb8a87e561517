//! Limits of time and size, and giving up.

use super::Mutant;
use crate::reference::Policy;

mutants! {
    "ignores-connect-timeout": "waits for a connection whatever its timeout" => obeys_connect_timeout = false;
    "connect-timeout-does-not-cover-dns": "waits for a name whatever the connect timeout" => connect_timeout_covers_name = false;
    "ignores-send-timeout": "waits for a server that takes nothing whatever the send timeout" => obeys_send_timeout = false;
    "ignores-head-timeout": "waits for a head whatever its timeout" => obeys_head_timeout = false;
    "head-timeout-restarts-with-every-byte": "lets single bytes of a head hold off its timeout" => head_timeout_is_absolute = false;
    "ignores-read-timeout": "waits in silence whatever the read timeout" => obeys_read_timeout = false;
    "read-timeout-counts-from-call-start": "counts the read timeout from the start of the call" => read_timeout_restarts = false;
    "read-timeout-does-not-cover-the-head": "does not apply the read timeout before the head" => read_timeout_covers_head = false;
    "ignores-total-timeout": "goes on whatever the total timeout" => obeys_total_timeout = false;
    "total-timeout-does-not-cover-sending": "does not apply the total timeout while it sends" => total_timeout_covers_sending = false;
    "total-timeout-ends-with-the-head": "does not apply the total timeout to content" => total_timeout_covers_content = false;
    "total-timeout-restarts-on-redirect": "counts the total timeout anew for each hop" => total_timeout_covers_hops = false;
    "reports-timeouts-as-closed": "reports a timeout as an end of the connection" => names_timeouts = false;
    "cancel-waits-for-the-server": "ends a cancelled call when the server does" => cancels_at_once = false;
    "cancel-closes-the-pool": "cancels all calls of the session with one" => cancels_one_call = false;
    "reports-cancel-as-closed": "reports a cancelled call as an end of the connection" => names_cancellation = false;
    "ignores-max-body": "accepts more content than allowed" => obeys_body_limit = false;
    "ignores-max-head": "accepts a larger head than allowed" => obeys_head_limit = false;
}
