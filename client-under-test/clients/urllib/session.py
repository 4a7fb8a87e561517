"""One job: an opener, built as the manual shows, and the calls made with it."""

import concurrent.futures
import http.cookiejar
import time
import urllib.error
import urllib.parse
import urllib.request

import errors
import spelling

try:
    import ssl
except ImportError:  # A Python built without it; the TLS options are not declared then.
    ssl = None

# Bodies that announce more than this are read in pieces, as anyone would.
LARGEST_WHOLE = 64 << 20

PIECE = 65536

PER_CALL = {"connect-timeout", "read-timeout"}

TLS_OPTIONS = {"insecure", "insecure-host", "custom-ca", "client-cert", "tls-min", "tls-max", "crl"}


class Unsupported(Exception):
    """The job asks for something that this client does not have."""

    def __init__(self, what, reason):
        super().__init__(reason)
        self.what = what
        self.reason = reason


def run(job, partial):
    """Has a job done: one result for each call."""
    options = job.get("options", {})
    # What must not be ignored is named there; the rest may be of a later version.
    needs = set(job.get("needs", []))
    calls = [unpacked(call, options, needs) for call in job["calls"]]
    refuse_combinations(options, calls)
    jar = http.cookiejar.CookieJar() if options.get("cookies") else None
    opener = urllib.request.build_opener(*handlers(options, calls, jar))
    # Pieces are asked for where they matter: as they come they are what read1() is for.
    pieces = "streaming-response" in needs

    def one(index):
        result = call(opener, calls[index], pieces)
        if jar is not None:
            result["cookies"] = [cookie(item) for item in jar]
        partial(index, result)
        return result

    if job.get("concurrent"):
        with concurrent.futures.ThreadPoolExecutor(len(calls)) as threads:
            results = list(threads.map(one, range(len(calls))))
    else:
        results = [one(index) for index in range(len(calls))]
    spelling.wait(job.get("linger"))
    opener.close()
    return results


class Unpacked:
    """A call, in values of Python's. Nothing of urllib's is made here: a slip would be the adapter's."""


def unpacked(call, options, needs):
    asked = Unpacked()
    asked.url = text(call["url"], "url-bytes")
    asked.method = call.get("method", "GET")
    asked.before = call.get("before")
    asked.read = call.get("read", {})
    own = call.get("options", {})
    of_opener = needs & set(own) - PER_CALL
    if of_opener:
        raise Unsupported(sorted(of_opener), "it is an option of the opener, not of a call")
    asked.timeout = timeout({**options, **own})
    asked.fields = fields(call.get("fields", []))
    asked.body, length = body(call.get("body"))
    if length is not None:
        asked.fields.append(("Content-Length", str(length)))
    if call.get("query"):
        if "?" in asked.url or "#" in asked.url:
            raise Unsupported(["query"], "parameters are appended by hand, to a URL without any")
        asked.url += "?" + urlencoded(call["query"])
    for name in ("cancel", "target", "trailers", "upgrade"):
        if call.get(name):
            raise Unsupported([{"target": "request-target", "trailers": "request-trailers"}.get(name, name)], None)
    return asked


def urlencoded(pairs):
    """The client's own encoder. It knows pairs by their being tuples."""
    return urllib.parse.urlencode([tuple(pair) for pair in pairs])


def text(spelled, name):
    try:
        return spelling.to_bytes(spelled).decode("utf-8")
    except UnicodeDecodeError:
        raise Unsupported([name], "the interface takes strings") from None


def fields(given):
    names = [name.lower() for name, _ in given]
    if len(names) != len(set(names)):
        raise Unsupported(["field-duplicates"], "a request keeps one value a name")
    if any(value is None for _, value in given):
        raise Unsupported(["field-suppress"], "most defaults cannot be suppressed")
    # Latin-1 is what http.client encodes values as, so that the bytes go out as they are.
    return [(name, spelling.to_bytes(value).decode("latin-1")) for name, value in given]


def body(spelled):
    """What is handed over as `data`, and the length announced, if by hand."""
    if spelled is None:
        return None, None
    if isinstance(spelled, dict):
        if "form" in spelled:
            return urlencoded(spelled["form"]).encode("ascii"), None
        if "stream" in spelled:
            source = spelling.Source(spelled["stream"])
            return source if spelled.get("replay") else iter(source), spelled.get("length")
        for name in ("json", "multipart"):
            if name in spelled:
                raise Unsupported([name], "there is no encoder for it")
    return spelling.to_bytes(spelled), None


def timeout(options):
    given = {options[name] for name in ("connect-timeout", "read-timeout") if name in options}
    if not given:
        return None
    if len(given) > 1:
        raise Unsupported(["connect-timeout", "read-timeout"], "there is one timer, for every operation alike")
    if given == {0}:
        raise Unsupported(["connect-timeout", "read-timeout"], "0 makes sockets that do not block")
    return given.pop() / 1000


def refuse_combinations(options, calls):
    if options.get("proxy") and options.get("proxy-env"):
        raise Unsupported(["proxy", "proxy-env"], "proxies are given or taken from the environment")
    if "proxy-auth" in options:
        scheme = options["proxy-auth"].get("scheme", "basic").lower()
        if scheme not in ("basic", "digest"):
            raise Unsupported(["proxy-auth"], "there is no handler for " + scheme)
        if not options.get("proxy"):
            raise Unsupported(["proxy-auth"], "passwords are kept by proxy, and none is given")
        if any(asked.url.lower().startswith("https:") for asked in calls):
            raise Unsupported(["proxy-auth"], "a 407 to CONNECT reaches no handler")
    if options.get("crl") and options.get("insecure"):
        raise Unsupported(["crl", "insecure"], "revocation is part of verification")


def handlers(options, calls, jar):
    """Those that replace or join the defaults of build_opener."""
    chosen = []
    if options.get("redirects") is False:
        chosen.append(FollowNone())
    if jar is not None:
        chosen.append(urllib.request.HTTPCookieProcessor(jar))
    if options.get("proxy"):
        chosen.append(urllib.request.ProxyHandler({"http": options["proxy"], "https": options["proxy"]}))
    elif options.get("proxy") is False or options.get("proxy-env") is False:
        chosen.append(urllib.request.ProxyHandler({}))
    if "proxy-auth" in options:
        digest = options["proxy-auth"].get("scheme", "basic").lower() == "digest"
        handler = urllib.request.ProxyDigestAuthHandler if digest else urllib.request.ProxyBasicAuthHandler
        chosen.append(handler(passwords(options, "proxy-auth", [options["proxy"]])))
    origins = [origin(asked.url) for asked in calls]
    if "basic-auth" in options:
        chosen.append(urllib.request.HTTPBasicAuthHandler(passwords(options, "basic-auth", origins)))
    if "digest" in options:
        chosen.append(urllib.request.HTTPDigestAuthHandler(passwords(options, "digest", origins)))
    if TLS_OPTIONS & set(options):
        chosen.append(urllib.request.HTTPSHandler(context=tls(options)))
    return chosen


class FollowNone(urllib.request.HTTPRedirectHandler):
    """Leaves redirects to the default handler, which raises an HTTPError of them."""

    def http_error_302(self, req, fp, code, msg, headers):
        return None

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def passwords(options, option, urls):
    manager = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    user, password = (text(options[option][name], option) for name in ("user", "password"))
    manager.add_password(None, urls, user, password)
    return manager


def origin(url):
    """The top-level URL, for which the HOWTO adds passwords."""
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError:
        return url  # The call itself will say so.
    return parts.scheme + "://" + parts.netloc + "/"


def tls(options):
    context = ssl.create_default_context(cafile=options.get("custom-ca"))
    if options.get("insecure") or options.get("insecure-host"):
        context.check_hostname = False
    if options.get("insecure"):
        context.verify_mode = ssl.CERT_NONE
    if "client-cert" in options:
        context.load_cert_chain(options["client-cert"]["cert"], options["client-cert"]["key"])
    versions = {"1.0": "TLSv1", "1.1": "TLSv1_1", "1.2": "TLSv1_2", "1.3": "TLSv1_3"}
    for name, attribute in (("tls-min", "minimum_version"), ("tls-max", "maximum_version")):
        if name in options:
            if options[name] not in versions:
                raise Unsupported([name], "there is no version " + options[name])
            setattr(context, attribute, getattr(ssl.TLSVersion, versions[options[name]]))
    if "crl" in options:
        context.load_verify_locations(options["crl"])
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    return context


def call(opener, asked, pieces):
    spelling.wait(asked.before)
    clock = Clock()
    result = opened(opener, asked, pieces, clock)
    result["times"] = clock.times()
    return result


def opened(opener, asked, pieces, clock):
    try:
        request = urllib.request.Request(asked.url, asked.body, method=asked.method)
        for name, value in asked.fields:
            request.add_header(name, value)
    except Exception as error:
        return {"error": errors.while_preparing(error)}
    limit = {} if asked.timeout is None else {"timeout": asked.timeout}
    try:
        response = opener.open(request, **limit)
    except urllib.error.HTTPError as error:
        # Not a failure: a response whose status is not 2xx. A few are both.
        failure = errors.of_response(error)
        # Kept, its traceback would keep the responses it passed by, and their connections: the session ends here.
        response = error.with_traceback(None)
    except Exception as error:
        return {"error": errors.while_opening(error)}
    else:
        failure = None
    clock.head()
    if isinstance(response, urllib.error.HTTPError) and response.fp is None:
        # What the digest handler raises when it gives up, until Python 3.12: a response without content.
        return {"status": response.code, "error": failure or errors.while_opening(response)}
    with response:
        result = head(response)
        taken = spelling.Taken()
        try:
            result["complete"] = take(response, asked.read, pieces, taken, clock)
        except Exception as error:
            taken.add(getattr(error, "partial", b""))
            failure = failure or errors.while_reading(error)
        result["body"] = taken.spelled()
    if failure:
        result["error"] = failure
    return result


def head(response):
    """What urllib shows of the head of a response, HTTPErrors included."""
    shown = {
        "status": response.status if hasattr(response, "status") else response.code,
        "reason": spelling.from_latin1(str(response.reason)),
        "fields": [[name, spelling.from_latin1(str(value))] for name, value in response.headers.items()],
        "url": response.geturl(),
    }
    # Of an HTTPError it is the response within that knows the version.
    version = getattr(response, "version", None) or getattr(getattr(response, "fp", None), "version", None)
    if version in (10, 11):
        shown["version"] = {10: "1.0", 11: "1.1"}[version]
    return shown


def take(response, how, pieces, taken, clock):
    """Reads the body as the caller wants it. False if that is not all of it."""
    if "bytes" in how:
        return not take_pieces(response, taken, clock, how["bytes"])
    if "pause" in how:
        take_pieces(response, taken, clock, how["pause"]["after"])
        spelling.wait(how["pause"])
        pieces = True
    if pieces:
        take_pieces(response, taken, clock, None)
    elif is_small(response):
        taken.add(response.read())
    else:
        # For want of a length, or for its size, it may fill all memory. Errors are those of read() here.
        while True:
            piece = response.read(PIECE)
            if not piece:
                break
            clock.first()
            taken.add(piece)
    return True


def take_pieces(response, taken, clock, most):
    """Takes pieces as they come, up to so many bytes in all. Whether there were so many."""
    while most is None or taken.length < most:
        piece = response.read1(PIECE if most is None else min(PIECE, most - taken.length))
        if not piece:
            return False
        clock.first()
        taken.add(piece)
    return True


def is_small(response):
    """Whether the length of the body is known to http.client, and such that read() is the way to take it."""
    if response.headers.get("Transfer-Encoding", "").lower() == "chunked":
        return False
    try:
        return 0 <= int(response.headers.get("Content-Length", "")) <= LARGEST_WHOLE
    except ValueError:
        return False


def cookie(item):
    return {"name": item.name, "value": item.value or "", "domain": item.domain, "path": item.path}


class Clock:
    """Milliseconds from the start of a call."""

    def __init__(self):
        self.start = time.monotonic()
        self.seen = {}

    def now(self):
        return int((time.monotonic() - self.start) * 1000)

    def head(self):
        self.seen["head"] = self.now()

    def first(self):
        self.seen.setdefault("first", self.now())

    def times(self):
        return dict(self.seen, end=self.now())
