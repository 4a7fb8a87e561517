"""What a job asks, as options of curl, in the spelling of its config files.

One operation a call, as `--next` parts them: all options but those of the program as a whole are the call's own.
"""

import spelling
from content import encodable, method_and_content
from operation import Unsupported

# Those that differ from call to call without any doing of ours: each operation has its own.
PER_CALL = {
    "redirects", "decompress", "expect-continue", "netrc", "proxy-env", "status-errors", "max-redirects", "retry",
    "connect-timeout", "total-timeout", "basic-auth", "digest", "ntlm", "bearer", "proxy", "proxy-auth", "no-proxy",
    "http-version", "resolve", "ip-version", "unix-socket", "local-address", "insecure", "custom-ca", "client-cert",
    "pinning", "tls-min", "tls-max", "crl", "max-body",
}  # fmt: skip

# Those that all operations share.
OF_SESSION = {"cookies"}


def refuse_what_a_tool_lacks(call):
    for name in ("trailers", "upgrade"):
        if call.get(name):
            raise Unsupported([{"trailers": "request-trailers"}.get(name, name)], None)
    if call.get("read", {}).get("as"):
        asked = {"text": "charset", "json": "json-response"}.get(call["read"]["as"], call["read"]["as"])
        raise Unsupported([asked], "a tool hands over bytes")


def of_call(operation, call, options):
    """Fills an operation."""
    refuse_what_a_tool_lacks(call)
    url = spelling.to_bytes(call["url"])
    operation.flag("globoff")  # Brackets and braces are part of the URL: it is handed over as it is.
    operation.set("url", url, "url-bytes")
    method_and_content(operation, call, url)
    if call.get("query"):
        for name, value in call["query"]:
            operation.set("url-query", encodable("query", name) + "=" + value)
    fields(operation, call.get("fields", []), options)
    if "target" in call:
        operation.set("request-target", spelling.to_bytes(call["target"]), "request-target")
    switches(operation, options)
    limits(operation, options)
    credentials(operation, options)
    proxies(operation, options)
    network(operation, options)
    tls(operation, options)


def fields(operation, given, options):
    expects = options.get("expect-continue")
    if expects and operation.length == 0:
        expects = None  # The switch is a --header of this request alone, and there is nothing to wait with.
    if expects is not None and not any(name.lower() == "expect" for name, _ in given):
        given = given + [["Expect", "100-continue" if expects else None]]
    for name, value in given:
        if name.startswith("@"):
            raise Unsupported(["x-field-names"], "to --header, `@` begins the name of a file")
        if ":" in name:
            raise Unsupported(["x-field-names"], "to --header, a name ends at the first colon")
        said = b"" if value is None else spelling.to_bytes(value)
        if value is None:
            line = name.encode() + b":"
        elif said == b"":
            line = name.encode() + b";"
        elif not said.strip(b" \t\n\v\f\r"):
            raise Unsupported(["x-blank-values"], "--header takes a blank value for none")
        else:
            line = name.encode() + b": " + said
        operation.set("header", line, "field-bytes")


def switches(operation, options):
    for name, flag in (
        ("redirects", "location"),
        ("decompress", "compressed"),
        ("netrc", "netrc"),
        ("status-errors", "fail-with-body"),
        ("insecure", "insecure"),
    ):
        if options.get(name):
            operation.flag(flag)
    if options.get("cookies"):
        operation.set("cookie", "")
        operation.set("cookie-jar", operation.path("jar"))


def limits(operation, options):
    for name, option in (("max-redirects", "max-redirs"), ("retry", "retry"), ("max-body", "max-filesize")):
        if name in options:
            operation.set(option, str(options[name]))
    for name, option in (("connect-timeout", "connect-timeout"), ("total-timeout", "max-time")):
        if name in options:
            if options[name] == 0:
                raise Unsupported([name], "0 is no limit at all")
            operation.set(option, "%.3f" % (options[name] / 1000))


def credentials(operation, options):
    given = [name for name in ("basic-auth", "digest", "ntlm") if name in options]
    if len(given) > 1:
        raise Unsupported(given, "there is one --user")
    for name in given:
        if name != "basic-auth":
            operation.flag(name)
        operation.set("user", pair(name, options[name]), name)
    if "bearer" in options:
        operation.set("oauth2-bearer", spelling.to_bytes(options["bearer"]), "bearer")


def pair(name, given):
    user = spelling.to_bytes(given["user"])
    if b":" in user:
        raise Unsupported([name], "the user ends at the first colon")
    return user + b":" + spelling.to_bytes(given["password"])


def proxies(operation, options):
    if options.get("proxy"):
        operation.set("proxy", options["proxy"], "proxy")
    elif options.get("proxy") is False or options.get("proxy-env") is False:
        operation.set("noproxy", "*")
    if options.get("no-proxy"):
        operation.set("noproxy", ",".join(options["no-proxy"]), "no-proxy")
    if "proxy-auth" in options:
        if not options.get("proxy"):
            raise Unsupported(["proxy-auth"], "no proxy is given")
        scheme = options["proxy-auth"].get("scheme", "basic").lower()
        if scheme not in ("basic", "digest", "ntlm"):
            raise Unsupported(["proxy-auth"], "there is no option for " + scheme)
        operation.flag("proxy-" + scheme)
        operation.set("proxy-user", pair("proxy-auth", options["proxy-auth"]), "proxy-auth")


def network(operation, options):
    version = options.get("http-version")
    if version is not None:
        flags = {"1.0": "http1.0", "1.1": "http1.1", "2": "http2", "h2c": "http2-prior-knowledge"}
        if version not in flags:
            raise Unsupported(["http-version"], "there is no option for " + version)
        operation.flag(flags[version])
    for host, port, addresses in options.get("resolve", []):
        spelled = ",".join("[%s]" % one if ":" in one else one for one in addresses)
        operation.set("resolve", "%s:%d:%s" % (host, port, spelled), "resolve")
    if "ip-version" in options:
        operation.flag("ipv%d" % options["ip-version"])
    if "unix-socket" in options:
        operation.set("unix-socket", options["unix-socket"], "unix-socket")
    if "local-address" in options:
        operation.set("interface", options["local-address"], "local-address")


def tls(operation, options):
    if "custom-ca" in options:
        operation.set("cacert", options["custom-ca"])
        # Else the folder that curl was built to trust is trusted as well.
        operation.set("capath", operation.folder)
    if "client-cert" in options:
        # In --cert a colon parts the file from its password.
        operation.set("cert", options["client-cert"]["cert"].replace("\\", "\\\\").replace(":", "\\:"))
        operation.set("key", options["client-cert"]["key"])
    if options.get("pinning"):
        operation.set("pinnedpubkey", ";".join("sha256//" + pin for pin in options["pinning"]))
    flags = {"1.0": "tlsv1.0", "1.1": "tlsv1.1", "1.2": "tlsv1.2", "1.3": "tlsv1.3"}
    if "tls-min" in options:
        if options["tls-min"] not in flags:
            raise Unsupported(["tls-min"], "there is no option for " + options["tls-min"])
        operation.flag(flags[options["tls-min"]])
    if "tls-max" in options:
        if options["tls-max"] not in flags:
            raise Unsupported(["tls-max"], "there is no version " + options["tls-max"])
        operation.set("tls-max", options["tls-max"])
    if "crl" in options:
        operation.set("crlfile", options["crl"])
