"""The adapter of the curl program (7.76 or later; Python 3.9 or later), after the client contract, version 1.

One JSON object a line: a job comes in by standard input, its answer goes out by what was standard output.
A job is one run of curl (session.py) with an operation for each call (operation.py, transfer.py). Options are mapped in
options.py and content.py, the header dump is read in heads.py, exit statuses are told in errors.py, values are
spelled in spelling.py; this file declares what the client can do, and keeps the loop.
"""

import json
import os
import re
import signal
import subprocess
import sys
import traceback

import options
import session
from operation import Unsupported

OLDEST = (7, 76)

CAPABILITIES = {
    "redirects": "configurable",  # --location
    "max-redirects": "configurable",
    "cookies": "configurable",  # --cookie '' begins a jar.
    # --no-keepalive is TCP's, and `Connection: close` from --header is sent, but not minded.
    "keepalive": "always",
    "netrc": "configurable",
    "proxy-env": "yes",
    "proxy": "configurable",
    "proxy-auth": "configurable",
    "no-proxy": "configurable",
    "proxy-connect": "yes",
    "socks": "yes",
    # Off in most calls, unasked only for --data of more than 1 MiB and for --upload-file.
    "expect-continue": "configurable",
    "status-errors": "configurable",  # --fail-with-body: --fail would drop the content.
    "retry": "configurable",
    "connect-timeout": "configurable",
    "total-timeout": "configurable",  # --max-time
    "basic-auth": "configurable",
    "digest": "configurable",
    "digest-sha256": "yes",
    "bearer": "configurable",
    "http-version": "configurable",
    "resolve": "configurable",
    "ip-version": "configurable",
    "local-address": "configurable",
    "multi-call": "yes",  # --next
    "concurrent": "yes",  # --parallel
    "custom-method": "yes",
    "get-body": "yes",
    "custom-host": "yes",
    "request-target": "yes",
    "form": "yes",  # --data-urlencode
    "multipart": "yes",  # --form
    "streaming-upload": "yes",  # --upload-file .
    "upload-flush": "yes",
    "streaming-response": "yes",
    "cancel": "yes",  # SIGINT
    "url-bytes": "yes",
    "field-duplicates": "yes",
    "field-order": "yes",
    "field-case": "yes",
    "field-bytes": "yes",
    "field-suppress": "yes",
    "sees-reason": "yes",
    "sees-version": "yes",
    "sees-url": "yes",
    "sees-history": "yes",
    "sees-interim": "yes",
    "sees-trailers": "yes",
    "sees-order": "yes",
    "sees-case": "yes",
    "sees-duplicates": "yes",
    "sees-bytes": "yes",
}

# What depends on how curl was built: a feature of `curl --version`, and the capabilities it brings.
BY_FEATURE = {
    "IPv6": {"ipv6": "yes"},
    "IDN": {"idn": "yes"},
    "UnixSockets": {"unix-socket": "configurable"},
    "libz": {"decompress": "configurable", "gzip": "yes", "deflate": "yes"},
    "brotli": {"decompress": "configurable", "br": "yes"},
    "zstd": {"decompress": "configurable", "zstd": "yes"},
    "NTLM": {"ntlm": "configurable"},
    "HTTP2": {"http2": "yes", "h2c": "yes"},
    "HTTPS-proxy": {"proxy-https": "yes"},
    "SSL": {  # Tried with OpenSSL.
        "tls": "yes",
        "insecure": "configurable",  # The chain and the name; there is no option for the name alone.
        "custom-ca": "configurable",
        "client-cert": "configurable",
        "pinning": "configurable",
        "tls-min": "configurable",
        "tls-max": "configurable",
        "crl": "configurable",
    },
}

# What depends on its version.
BY_VERSION = {
    (7, 87): {"query": "yes"},  # --url-query
    (8, 4): {"max-body": "configurable"},  # Before, --max-filesize was for lengths that are announced.
}

LIMITS = {
    "max-redirects": 50,
    "retry": 0,
    "expect-wait": 1000,
    "connect-timeout": 300000,
    "read-timeout": "none",
    "total-timeout": "none",
}


class Output:
    """Messages to the harness, by a descriptor that nothing else knows of."""

    def __init__(self):
        self.file = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        sys.stdout = sys.stderr

    def say(self, **message):
        self.file.write(b"\n" + json.dumps(message).encode("ascii") + b"\n")
        self.file.flush()


def hello(said):
    """What the curl at hand can do, by what it says of itself."""
    version = re.match(r"curl (\d+)\.(\d+)\S*", said)
    number = (int(version.group(1)), int(version.group(2)))
    if number < OLDEST:
        raise session.Fault("curl %d.%d is older than %d.%d" % (*number, *OLDEST))
    features = re.search(r"^Features: (.*)$", said, re.MULTILINE).group(1).split()
    capabilities = dict(CAPABILITIES)
    for feature, brings in BY_FEATURE.items():
        if feature in features:
            capabilities.update(brings)
    for since, brings in BY_VERSION.items():
        if number >= since:
            capabilities.update(brings)
    return {
        "type": "hello",
        "protocol": 1,
        "client": "curl",
        "version": version.group(0).split()[1],
        "language": "C",
        "capabilities": capabilities,
        "per-call": sorted(options.PER_CALL & set(capabilities)),
        "limits": LIMITS,
    }


def lacking(job, capabilities):
    """Names a job relies on that this client does not have. Keys that nobody knows are not among them."""
    needs = {name for name in job.get("needs", []) if name not in capabilities}
    given = [job.get("options", {})] + [call.get("options", {}) for call in job["calls"]]
    # What is always on cannot be switched off.
    for options_given in given:
        needs |= {name for name, value in options_given.items() if value is False and capabilities.get(name) == "always"}
    return sorted(needs)


def answer(job, capabilities, output):
    what = lacking(job, capabilities)
    if what:
        return output.say(type="unsupported", id=job["id"], what=what)

    def partial(call, result):
        if len(job["calls"]) > 1:
            output.say(type="partial", id=job["id"], call=call, result=result)

    try:
        calls = session.run(job, partial)
    except Unsupported as refusal:
        return output.say(type="unsupported", id=job["id"], what=refusal.what, reason=refusal.reason)
    return output.say(type="outcome", id=job["id"], calls=calls)


def main():
    # curl inherits what is ignored, and SIGINT is how it is cancelled.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    output = Output()
    said = hello(subprocess.run(["curl", "--version"], stdout=subprocess.PIPE, check=True).stdout.decode())
    output.say(**said)
    for line in iter(sys.stdin.buffer.readline, b""):
        if not line.strip():
            continue
        job = None
        try:
            job = json.loads(line)
            if job["type"] == "job":
                answer(job, said["capabilities"], output)
        except Exception:
            known = {"id": job["id"]} if isinstance(job, dict) and "id" in job else {}
            output.say(type="adapter-error", text=traceback.format_exc(), **known)


main()
