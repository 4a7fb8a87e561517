"""How values are spelled in jobs and results: bytes, waits, bodies."""

import base64
import hashlib
import socket
import time

LARGEST = 65536


def to_bytes(spelled):
    """A string, {"base64": s} or {"repeat": Bytes, "times": n}."""
    if isinstance(spelled, str):
        return spelled.encode("utf-8")
    if "base64" in spelled:
        return base64.b64decode(spelled["base64"])
    return to_bytes(spelled["repeat"]) * spelled["times"]


def from_bytes(data):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}


def from_latin1(text):
    """Bytes that the client decoded as Latin-1."""
    try:
        return from_bytes(text.encode("latin-1"))
    except UnicodeEncodeError:
        return text


def wait(spelled):
    """{"ms": n}, or {"gate": "ip:port"}: connect, read to the end."""
    if spelled is None:
        return
    if "ms" in spelled:
        time.sleep(spelled["ms"] / 1000)
        return
    host, port = spelled["gate"].rsplit(":", 1)
    try:
        with socket.create_connection((host.strip("[]"), int(port))) as gate:
            while gate.recv(4096):
                pass
    except OSError:
        pass  # By the contract an error opens the gate, too.


class SourceFailed(Exception):
    """The caller's own source of a body failed, as the job asked."""


class Source:
    """A body that comes piece by piece, and can be started again."""

    def __init__(self, pieces):
        self.pieces = pieces

    def __iter__(self):
        for piece in self.pieces:
            if isinstance(piece, dict) and "fail" in piece:
                raise SourceFailed(piece["fail"])
            if isinstance(piece, dict) and ("ms" in piece or "gate" in piece):
                wait(piece)
            else:
                yield to_bytes(piece)


class Taken:
    """A body as the caller takes it: hashed as it comes, and kept only while it is small."""

    def __init__(self):
        self.length = 0
        self.kept = b""
        self.hash = hashlib.sha256()

    def add(self, piece):
        self.length += len(piece)
        self.hash.update(piece)
        if self.length <= LARGEST:
            self.kept += piece

    def spelled(self):
        if self.length <= LARGEST:
            return from_bytes(self.kept)
        return {"length": self.length, "sha256": self.hash.hexdigest()}
