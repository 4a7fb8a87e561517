"""What the exceptions of urllib.request mean: class, phase, type, text and causes.

An exception is judged by its type (subclasses first), then by its causes, then by facts (where it was raised),
and only where nothing else tells by its text, in TEXTS.
"""

import errno
import http.client
import socket
import urllib.error

import spelling

try:
    import ssl

    CertificateError, TlsError = ssl.SSLCertVerificationError, ssl.SSLError
    # The connection ended, or so did TLS: which of them an end in the handshake is depends on OpenSSL's version.
    EofError = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
except ImportError:  # A Python built without it: no exception is an instance of nothing.
    CertificateError, TlsError, EofError = (), (), ()

# Timeouts of sockets: a class of its own until Python 3.10, an alias since.
TIMEOUTS = (TimeoutError, socket.timeout)

UNREACHABLE = {
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
    errno.EHOSTDOWN,
    errno.ENETDOWN,
    errno.EADDRNOTAVAIL,
    errno.EACCES,  # A route that prohibits.
    errno.EPERM,
}

# Fixed texts of urllib and http.client, where the type alone does not tell: (text, class, phase).
TEXTS = [
    ("Tunnel connection failed:", "proxy", "connect"),
    ("does not support the following scheme", "auth", "head"),
    ("Unsupported digest authentication algorithm", "auth", "head"),
    ("qop '", "auth", "head"),  # "qop 'auth-int' is not supported."
    ("got more than", "too-large", "head"),  # "got more than 100 headers"
    ("no host given", "invalid-request", "prepare"),
    ("unknown url type", "invalid-request", "prepare"),
]

# The same of HTTPErrors that are more than a response: (status, text, class).
OF_RESPONSES = [
    ((301, 302, 303, 307, 308), "The HTTP server returned a redirect error that would lead to an infinite loop",
     "too-many-redirects"),
    ((301, 302, 303, 307, 308), "Redirection to url", "bad-redirect"),
    ((401, 407), "digest auth failed", "auth"),
]


def described(error, classes, phase):
    described = {"class": classes, "type": name(error), "text": str(error), "causes": causes(error)}
    if phase:
        described["phase"] = phase
    return described


def while_preparing(error):
    """Raised before the client was given anything to send: the request is refused."""
    return described(error, "invalid-request", "prepare")


def while_opening(error):
    """Raised instead of a response."""
    if isinstance(error, spelling.SourceFailed):
        return described(error, "caller", "send")
    passed = functions(error)
    checks = passed & {"putrequest", "putheader"} or isinstance(error, http.client.InvalidURL)
    if checks or refused_name(error, passed):
        # Of the client's own checks. If a redirect brought it there, the Location is to blame.
        redirected = any(name.startswith("http_error_30") for name in passed)
        return described(error, "bad-redirect" if redirected else "invalid-request", "prepare")
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, Exception):
        return described(error, *before_the_answer(error.reason))
    # The content of a redirect is read before it is followed.
    if "getresponse" not in passed and "read" in passed:
        return while_reading(error)
    # The answer to CONNECT is part of connecting.
    classes, phase = of_answer(error, "closed"), "connect" if "_tunnel" in passed else "head"
    if classes == "other":
        classes, phase = of_text(error)
        if classes == "invalid-request" and any(name.startswith("http_error_30") for name in passed):
            classes = "bad-redirect"
    return described(error, classes, phase)


def while_reading(error):
    """Raised after a response was given, or while that of a redirect was read."""
    if isinstance(error, http.client.IncompleteRead):
        return described(error, incomplete(error), "body")
    return described(error, of_answer(error, "truncated"), "body")


def of_response(error):
    """What an HTTPError says beyond its being a response, if anything."""
    for statuses, part, classes in OF_RESPONSES:
        if error.code in statuses and part in str(error.reason):
            return described(error, classes, "head")
    return None


def before_the_answer(reason):
    """The reason of a URLError: http.client raised it while it connected or sent."""
    if isinstance(reason, CertificateError):
        return "certificate", "connect"
    if isinstance(reason, EofError):
        return ["tls", "closed"], "connect"
    if isinstance(reason, TIMEOUTS):
        if "handshake" in str(reason):
            return "connect-timeout", "connect"
        return ["connect-timeout", "send-timeout"], ["connect", "send"]
    if isinstance(reason, TlsError):
        return "tls", ["connect", "send"]
    if isinstance(reason, socket.gaierror):
        return "dns", "connect"
    if isinstance(reason, http.client.RemoteDisconnected):
        return "closed", "connect"  # Only a proxy's answer to CONNECT is read so early.
    if isinstance(reason, ConnectionRefusedError):
        return "refused", "connect"
    if isinstance(reason, (ConnectionResetError, BrokenPipeError, ConnectionAbortedError)):
        return "reset", ["connect", "send"]
    if isinstance(reason, OSError) and reason.errno in UNREACHABLE:
        return "unreachable", "connect"
    return of_text(reason)


def of_answer(error, at_end):
    """What was raised while an answer was read. `at_end` is the class of an end that came too early."""
    if isinstance(error, EofError):
        return [at_end, "tls"]
    if isinstance(error, TIMEOUTS):
        return "read-timeout"
    if isinstance(error, TlsError):
        return "tls"
    if isinstance(error, http.client.RemoteDisconnected):
        return "closed"
    if isinstance(error, http.client.LineTooLong):
        return "too-large"
    if isinstance(error, (http.client.BadStatusLine, http.client.UnknownProtocol)):
        return "malformed"
    if isinstance(error, (ConnectionResetError, BrokenPipeError, ConnectionAbortedError)):
        return "reset"
    # Among them bare ValueErrors: of an answer, they are findings.
    return "other"


def incomplete(error):
    """IncompleteRead is raised for an early end and for a bad chunk size. Its causes tell which."""
    for cause in chain(error):
        # An end in place of a chunk size is a size of nothing.
        if type(cause) is ValueError and not str(cause).endswith("b''"):
            return "malformed"
    return "truncated"


def refused_name(error, passed):
    """A host name that cannot be encoded, or a port that cannot be."""
    return isinstance(error, (UnicodeError, OverflowError)) and "connect" in passed


def of_text(error):
    text = str(error)
    for part, classes, phase in TEXTS:
        if part in text:
            return classes, phase
    return "other", None


def functions(error):
    """The names of the functions an exception passed through."""
    names, trace = set(), error.__traceback__
    while trace:
        names.add(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    return names


def chain(error):
    """The causes of an exception, outermost first."""
    found = []
    while error is not None and error not in found:
        found.append(error)
        reason = getattr(error, "reason", None)
        hidden = None if error.__suppress_context__ else error.__context__
        error = reason if isinstance(reason, Exception) else error.__cause__ or hidden
    return found[1:]


def causes(error):
    return [[name(cause), str(cause)] for cause in chain(error)]


def name(error):
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else kind.__module__ + "." + kind.__qualname__
