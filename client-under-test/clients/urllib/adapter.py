"""The adapter of CPython's urllib.request (Python 3.9 or later), after the client contract, version 1.

One JSON object a line: a job comes in by standard input, its answer goes out by what was standard output.
What is asked of the client is in session.py, what its errors mean in errors.py, how values are spelled in
spelling.py; this file declares what the client can do, and keeps the loop.
"""

import json
import os
import platform
import socket
import sys
import threading
import traceback

import session

try:
    import ssl
except ImportError:  # A Python built without it.
    ssl = None

CAPABILITIES = {
    "redirects": "yes",  # HTTPRedirectHandler; replaced by one that follows none.
    "cookies": "configurable",  # HTTPCookieProcessor
    "proxy-env": "yes",  # ProxyHandler() reads the environment; ProxyHandler({}) does not.
    "proxy": "configurable",
    "proxy-auth": "configurable",  # Not for https: a 407 to CONNECT reaches no handler.
    "proxy-connect": "yes",
    "basic-auth": "configurable",
    "digest": "configurable",
    # There is one timer, `timeout`, for every single operation on the socket. Either limit asked for does
    # hold as given, and that it limits the other operations as well is how this client is; see README.md.
    # Two that differ cannot be had and are refused. It is no send-timeout (it covers a body of bytes as a
    # whole, not its silences), no head-timeout (silences, not the whole), and no total-timeout.
    "connect-timeout": "configurable",
    "read-timeout": "configurable",
    "multi-call": "yes",  # Each call on a connection of its own: there is no keepalive.
    "concurrent": "yes",  # Threads share an opener, as the example in concurrent.futures' manual does.
    "custom-method": "yes",
    "get-body": "yes",
    "custom-host": "yes",
    "query": "yes",  # urllib.parse.urlencode, as in the HOWTO
    "form": "yes",
    "streaming-upload": "yes",  # Any iterable of bytes.
    "upload-flush": "yes",  # Each item is sent before the next is asked for.
    "upload-replay": "yes",  # An iterable is iterated over again, a generator is empty then.
    "streaming-response": "yes",
    "field-bytes": "yes",  # Values are encoded as Latin-1.
    "sees-reason": "yes",
    "sees-version": "yes",
    "sees-url": "yes",
    "sees-order": "yes",
    "sees-case": "yes",
    "sees-duplicates": "yes",
    "sees-bytes": "yes",
}
if socket.has_ipv6:
    CAPABILITIES["ipv6"] = "yes"
if sys.version_info >= (3, 14):
    CAPABILITIES["digest-sha256"] = "yes"
if ssl is not None:
    # All by the documented `context` of HTTPSHandler.
    for name in ("insecure", "insecure-host", "custom-ca", "client-cert", "tls-min", "tls-max", "crl"):
        CAPABILITIES[name] = "configurable"
    CAPABILITIES["tls"] = "yes"

HELLO = {
    "type": "hello",
    "protocol": 1,
    "client": "urllib.request",
    "version": platform.python_version(),
    "language": "Python " + platform.python_version(),
    "capabilities": CAPABILITIES,
    "per-call": sorted(session.PER_CALL),
    "limits": {
        "max-redirects": 10,
        "field-count": 99,
        "connect-timeout": "none",
        "read-timeout": "none",
        "total-timeout": "none",
    },
}


class Output:
    """Messages to the harness, by a descriptor that no library knows of."""

    def __init__(self):
        self.file = os.fdopen(os.dup(1), "wb")
        self.lock = threading.Lock()
        # What libraries print goes to standard error (http.client prints when it is debugged).
        os.dup2(2, 1)
        sys.stdout = sys.stderr

    def say(self, **message):
        with self.lock:
            self.file.write(b"\n" + json.dumps(message).encode("ascii") + b"\n")
            self.file.flush()


def lacking(job):
    """Names a job relies on that this client does not have. Options that nobody relies on may be unknown."""
    return sorted({name for name in job.get("needs", []) if name not in CAPABILITIES})


def answer(job, output):
    what = lacking(job)
    if what:
        return output.say(type="unsupported", id=job["id"], what=what)

    def partial(call, result):
        if len(job["calls"]) > 1:
            output.say(type="partial", id=job["id"], call=call, result=result)

    try:
        calls = session.run(job, partial)
    except session.Unsupported as refusal:
        return output.say(type="unsupported", id=job["id"], what=refusal.what, reason=refusal.reason)
    return output.say(type="outcome", id=job["id"], calls=calls)


def main():
    output = Output()
    output.say(**HELLO)
    for line in iter(sys.stdin.buffer.readline, b""):
        if not line.strip():
            continue
        job = None
        try:
            job = json.loads(line)
            if job["type"] == "job":
                answer(job, output)
        except Exception:
            known = {"id": job["id"]} if isinstance(job, dict) and "id" in job else {}
            output.say(type="adapter-error", text=traceback.format_exc(), **known)
    # Not by returning: a thread that is left over would hold the process up.
    sys.stderr.flush()
    os._exit(0)


main()
