"""What --dump-header wrote, split by content: interim responses, redirects, the final head, trailers."""

import re

import spelling

STATUS_LINE = re.compile(rb"HTTP/(\d+(?:\.\d+)?) +(\d{3})(?: ?(.*))?\Z", re.DOTALL | re.IGNORECASE)


class Head:
    def __init__(self, version, status, reason):
        self.version = version
        self.status = status
        self.reason = reason
        self.fields = []
        self.complete = False
        self.trailers = []

    def is_interim(self):
        # 101 is final: what follows is no response.
        return 100 <= self.status < 200 and self.status != 101

    def redirects(self):
        return 300 <= self.status < 400 and self.has(b"location")

    def has(self, wanted):
        return any(name.lower() == wanted for name, _ in self.fields)

    @staticmethod
    def spelled(fields):
        return [[spelling.from_bytes(name), spelling.from_bytes(value)] for name, value in fields]


def split(dump):
    """The heads, in the order in which they came. Only the last one may be incomplete."""
    heads = []
    lines = dump.split(b"\n")
    lines.pop()  # What has no line end is not a whole line.
    for line in lines:
        line = line[:-1] if line.endswith(b"\r") else line
        start = STATUS_LINE.match(line)
        if start and (not heads or heads[-1].complete):
            version, status, reason = start.groups()
            heads.append(Head(version.decode(), int(status), reason or b""))
        elif not heads:
            continue
        elif not line:
            heads[-1].complete = True
        else:
            add(heads[-1].trailers if heads[-1].complete else heads[-1].fields, line)
    return heads


def add(fields, line):
    if line[:1] in (b" ", b"\t") and fields:
        # Folded. libcurl shows it unfolded, by one space, and so does --write-out. Around a value there is none.
        name, value = fields[-1]
        fields[-1] = (name, (value + b" " + line.strip(b" \t")).strip(b" \t"))
        return
    name, _, value = line.partition(b":")
    fields.append((name, value.strip(b" \t")))


class Told:
    """The heads of one call, told apart: `whole` says that curl has not complained of the last one.

    `redirects_followed` is None if curl follows and was interrupted before it could say how many: all that came, then.
    """

    def __init__(self, dump, redirects_followed, whole):
        heads = [head for head in split(dump) if head.complete or whole]
        self.interim = [head for head in heads if head.is_interim()]
        final = [head for head in heads if not head.is_interim()]
        # What came before the last one was a redirect or a challenge. Redirects are what curl counts.
        self.history = [head for head in final[:-1] if head.redirects()]
        self.final = final[-1] if final else None
        followed = redirects_followed is None or redirects_followed > len(self.history)
        if self.final and self.final.redirects() and followed:
            # It was followed, and the next request failed.
            self.history.append(self.final)
            self.final = None
