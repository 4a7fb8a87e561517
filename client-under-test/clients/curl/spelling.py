"""How values are spelled in jobs and results: bytes and bodies."""

import base64
import hashlib

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


class Taken:
    """A body as the caller takes it: hashed as it comes, and kept only while it is small."""

    def __init__(self):
        self.length = 0
        self.kept = bytearray()
        self.hash = hashlib.sha256()

    def add(self, piece):
        self.length += len(piece)
        self.hash.update(piece)
        if self.length <= LARGEST:
            self.kept += piece

    def spelled(self):
        if self.length <= LARGEST:
            return from_bytes(bytes(self.kept))
        return {"length": self.length, "sha256": self.hash.hexdigest()}
