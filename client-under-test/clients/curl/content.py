"""Method and body of a call, as options of curl."""

import re

import spelling
from operation import Unsupported

UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*\Z")

# Methods that --data and --upload-file bring along.
METHODS_BY_DATA = ("POST", "PUT")


def method_and_content(operation, call, url):
    """Method and body. The manual wants the option that brings its method along, and --request for all others."""
    method, body = call.get("method", "GET"), call.get("body")
    if body is None and method not in METHODS_BY_DATA:
        if method == "HEAD":
            operation.flag("head")
        elif method != "GET":
            operation.set("request", method, "custom-method")
        return
    if method == "HEAD":
        raise Unsupported(["get-body"], "--request HEAD waits for content that does not come")
    brings = "POST"
    if isinstance(body, dict) and "stream" in body:
        stream(operation, body)
        brings = "PUT"
    elif isinstance(body, dict) and "form" in body:
        operation.length = None if body["form"] else 0
        for name, value in body["form"]:
            operation.set("data-urlencode", encodable("form", name) + "=" + value, "form")
        if not body["form"]:
            operation.set("data", "")
    elif isinstance(body, dict) and "multipart" in body:
        operation.length = None
        for part in body["multipart"]:
            operation.set("form", form_part(operation, part), "multipart")
    elif isinstance(body, dict) and "json" in body:
        raise Unsupported(["json"], "--json takes what is encoded already")
    elif method == "PUT" and names_a_file(url):
        content = b"" if body is None else spelling.to_bytes(body)
        operation.set("upload-file", operation.file(content))
        operation.length = len(content)
        brings = "PUT"
    elif body is None:
        operation.set("data", "")
    else:
        content = spelling.to_bytes(body)
        operation.set("data-binary", "@" + operation.file(content))
        operation.length = len(content)
    if method != brings:
        operation.set("request", method, "custom-method")


def names_a_file(url):
    """Whether the path ends in a name. To any other, --upload-file adds the name of the file."""
    rest = url.partition(b"://")[2] or url
    path = re.split(rb"[?#]", rest)[0].partition(b"/")[2]
    return path != b"" and not path.endswith(b"/")


def stream(operation, body):
    """By standard input, as `producer | curl --upload-file .` does it."""
    if "length" in body:
        raise Unsupported(["streaming-upload"], "no option says how long that is which comes by a pipe")
    if body.get("replay"):
        raise Unsupported(["upload-replay"], "a pipe cannot be started again")
    if any(isinstance(piece, dict) and "fail" in piece for piece in body["stream"]):
        raise Unsupported(["streaming-upload"], "a pipe can end, but not fail")
    operation.source, operation.length = body["stream"], None
    # Not `-`: the manual has `.` for those who want answers to be read while a source has nothing to give.
    operation.set("upload-file", ".")


def encodable(capability, name):
    """--data-urlencode and --url-query encode what is behind the name."""
    if not name or not UNRESERVED.match(name):
        raise Unsupported([capability], "curl encodes values, and takes names as encoded already")
    return name


def form_part(operation, part):
    if "=" in part["name"]:
        raise Unsupported(["multipart"], "the name of a --form ends at the first `=`")
    path = operation.file(spelling.to_bytes(part["body"]))
    # `@` makes a file upload of it, `<` takes the content alone.
    said = part["name"] + ("=@" if "filename" in part else "=<") + quoted(path)
    if "filename" in part:
        said += ";filename=" + quoted(part["filename"])
    if "type" in part:
        said += ";type=" + part["type"]
    return said


def quoted(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
