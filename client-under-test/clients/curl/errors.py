"""What an exit status of curl means: class, phase, type, text.

By the status, then by facts (was there a head, a connection, which limits were asked for), last by fixed texts.
All of them stand in these tables.
"""

import re

# Exit statuses that say enough: class and phase, None for "by facts".
BY_STATUS = {
    3: ("invalid-request", "prepare"),
    5: ("proxy", "connect"),  # The name of the proxy.
    6: ("dns", "connect"),
    # Whatever the system said to connecting: the errno is libcurl's, and the program does not show it.
    7: (["refused", "unreachable", "reset"], "connect"),
    16: ("malformed", None),
    18: ("truncated", "body"),
    22: ("status", "head"),  # As the caller asked for it.
    23: ("other", None),  # Unless there was something to decode.
    35: ("tls", "connect"),
    45: ("unreachable", "connect"),
    47: ("too-many-redirects", "head"),
    51: ("certificate", "connect"),
    52: ("closed", "head"),
    53: ("tls", "connect"),
    54: ("tls", "connect"),
    58: ("tls", "connect"),
    59: ("tls", "connect"),
    60: ("certificate", "connect"),
    61: ("decode", "body"),
    63: ("too-large", None),
    64: ("tls", "connect"),
    65: ("caller", "send"),  # The source of the body cannot be started again, and says so.
    66: ("tls", "connect"),
    77: ("tls", "connect"),
    80: ("tls", None),
    82: ("tls", "connect"),
    83: ("certificate", "connect"),
    90: ("certificate", "connect"),
    91: ("certificate", "connect"),
    92: ("malformed", None),
    94: ("auth", "head"),
    97: ("proxy", "connect"),
    98: ("tls", "connect"),
    100: ("too-large", None),
}

# Statuses that need their text: (status, part of the text, class, phase or None for "by facts").
TEXTS = [
    (1, "Received HTTP/0.9 when not allowed", "malformed", "head"),
    (1, "Unsupported HTTP", "malformed", "head"),
    (1, "Unsupported response code", "malformed", "head"),
    (1, "redirect target URL", "bad-redirect", "prepare"),
    (3, "redirect target URL", "bad-redirect", "prepare"),
    (1, "not supported or disabled", "invalid-request", "prepare"),
    (8, "", "malformed", None),
    (25, "Chunky upload is not supported by HTTP 1.0", "invalid-request", "prepare"),
    (35, "Connection reset", "reset", "connect"),
    # An end within the handshake: of the connection, or of TLS.
    (35, "SSL_ERROR_SYSCALL", ["tls", "closed"], "connect"),
    (35, "unexpected eof", ["tls", "closed"], "connect"),
    (55, "Connection reset", "reset", "send"),
    (55, "Broken pipe", "reset", "send"),
    (56, "Connection reset", "reset", None),
    (56, "unexpected eof", ["truncated", "tls"], None),
    (56, "SSL_read", "tls", None),
    (56, "Proxy CONNECT aborted", "closed", "connect"),
    (56, "CONNECT tunnel failed", "proxy", "connect"),
    (56, "from proxy after CONNECT", "proxy", "connect"),
    (43, "Failed reading the chunked-encoded stream", "malformed", "body"),
    (56, "chunk", "malformed", "body"),
    (56, "Too large response headers", "too-large", None),
]


def of_exit(status, text, facts):
    """What is told of an exit status, given a Facts."""
    classes, phase = classified(status, text, facts)
    how = "exit status %d" % status if status > 0 else "signal %d" % -status
    described = {"class": classes, "type": how, "text": text}
    if phase:
        described["phase"] = phase
    return described


class Facts:
    """What else the caller knows of a call that failed."""

    def __init__(self, head, coded, info, length, limits):
        self.head = head  # A response was handed over.
        self.coded = coded  # Its content had to be decoded.
        self.redirected = info.get("num_redirects", 0) > 0
        # Its time is taken when the first request can be sent.
        self.connected = info.get("time_pretransfer", 0) > 0
        # None where the length of the content is not known beforehand.
        self.sent = None if length is None else info.get("size_upload", 0) >= length
        self.limits = limits  # The time limits that were asked for.

    def phase(self):
        if self.head:
            return "body"
        if not self.connected:
            return "connect"
        if self.redirected:
            return None  # Of one hop before, for all one knows.
        return {True: "head", False: "send", None: ["send", "head"]}[self.sent]


def classified(status, text, facts):
    if status == 28:
        return timeout(text, facts)
    # A decoder that is given what is none of its coding any more says that it cannot write. Where the caller's output
    # is at fault there is no error to tell: it was the caller who closed it.
    if status == 23 and facts.coded:
        return "decode", "body"
    # Up to 8.5 libcurl calls a buffer full that is as large as it lets a line of the head be, and says it of memory.
    if status == 27 and facts.phase() == "head":
        return "too-large", "head"
    for of, part, classes, phase in TEXTS:
        if of == status and part in text:
            break
    else:
        classes, phase = BY_STATUS.get(status, ("other", None))
        if classes == "other":
            return classes, "body" if facts.head else None
    # Refused before it was sent: if a redirect brought curl there, the Location is to blame.
    if classes == "invalid-request" and facts.redirected:
        return "bad-redirect", "prepare"
    return classes, phase or facts.phase()


# The text of 28 where it struck while connecting, which --connect-timeout and --max-time both limit.
CONNECTING = re.compile("Connection time|Resolving timed out|Failed to connect|SSL connection timeout|Proxy CONNECT aborted")


def timeout(text, facts):
    if CONNECTING.match(text) or not facts.connected:
        return facts.limits or "connect-timeout", "connect"
    return "total-timeout", facts.phase()


def cancelled(head):
    """Interrupted, curl tells nothing: whether there was a head is all that is known."""
    described = {"class": "cancelled", "type": "SIGINT", "text": ""}
    if head:
        described["phase"] = "body"
    return described
