"""One call as its caller sees it: head and body come by named pipes, what curl says of it by --write-out."""

import os
import time

import errors
import heads
import spelling
from loop import drained


class Transfer:
    def __init__(self, call, operation, options, on_over):
        self.call = call
        self.options = options
        self.on_over = on_over
        self.dump_path, self.body_path = operation.path("head"), operation.path("body")
        operation.set("dump-header", self.dump_path)
        operation.flag("suppress-connect-headers")
        # Between attempts curl cuts off what it wrote, which takes a file.
        self.by_file = "retry" in options
        # With --head the head is what curl puts out. There is no content then, and the dump has it all.
        self.no_content = b"head" in operation.lines
        operation.set("output", "/dev/null" if self.no_content else self.body_path)
        self.length = operation.length
        self.jar_path = operation.path("jar")
        self.read = call.get("read", {})
        self.cancel = call.get("cancel")
        self.ends_run = False  # Nothing follows it in its session.
        self.reported = {}
        self.info = None  # What --write-out told, once it is complete.
        self.dump = bytearray()
        self.taken = spelling.Taken()
        self.complete = True
        self.cancelled = self.interrupted = self.rested = False
        self.paused = self.ending = self.over = False
        self.dump_pipe = self.body_pipe = None
        self.times = {}
        self.began = self.ended = None

    def listen(self, loop, interrupt):
        """Makes the pipes ready, before curl is started."""
        self.loop, self.interrupt = loop, interrupt
        self.dump_pipe = pipe(self.dump_path)
        loop.readable(self.dump_pipe, self.take_head)
        if not self.by_file and not self.no_content:
            self.body_pipe = pipe(self.body_path)
            loop.readable(self.body_pipe, self.take)

    def begin(self):
        """curl goes on to it now."""
        self.began = time.monotonic()
        if self.cancel and ("ms" in self.cancel or "gate" in self.cancel):
            self.loop.after(self.cancel, self.give_up)

    def give_up(self):
        if not self.over and not self.interrupted:
            self.cancelled = self.interrupted = True
            self.interrupt()

    def take_head(self):
        piece = drained(self.dump_pipe)
        if piece:
            self.dump += piece
            if "head" not in self.times and self.head_is_there():
                self.times["head"] = time.monotonic()
                self.reached()
                if self.cancel and self.cancel.get("on") == "head":
                    self.give_up()
        return piece

    def head_is_there(self):
        there = [head for head in heads.split(self.dump) if head.complete and not head.is_interim()]
        return bool(there) and not (self.options.get("redirects") and there[-1].redirects())

    def most(self):
        """How much is taken now, at most."""
        stops = [stop for stop in (
            self.read.get("bytes"),
            self.read.get("pause", {}).get("after"),
            (self.cancel or {}).get("bytes"),
        ) if stop is not None and stop > self.taken.length]  # fmt: skip
        return min([65536] + [stop - self.taken.length for stop in stops])

    def take(self):
        self.take_head()
        if self.body_pipe is None or self.paused:
            return None
        if self.read.get("bytes") == 0:
            return self.stop()
        piece = drained(self.body_pipe, self.most())
        if piece:
            self.times.setdefault("first", time.monotonic())
            self.taken.add(piece)
            self.reached()
        return piece

    def reached(self):
        """What was to be done after so many bytes."""
        if self.taken.length == (self.cancel or {}).get("bytes"):
            self.give_up()
        pause = self.read.get("pause", {})
        if self.taken.length == pause.get("after") and not self.rested:
            self.paused = self.rested = True
            if self.body_pipe is not None:
                self.loop.forget(self.body_pipe)
            self.loop.after(pause, self.resume)
        # Of an output that nobody has opened yet the end is not noticed, but waited for.
        elif self.taken.length == self.read.get("bytes") and (self.taken.length or self.ends_run):
            self.stop()

    def resume(self):
        if self.over:
            return
        self.paused = False
        if self.body_pipe is not None:
            self.loop.readable(self.body_pipe, self.take)
        self.reached()
        if self.ending:
            self.end()

    def stop(self):
        """Reads no further: curl finds its output closed, as in `curl ... | head`.

        It finds that when it writes again. Who needs nothing more of its run need not wait for that.
        """
        self.complete = False
        self.close_body()
        if self.ends_run and not self.ending:
            self.interrupted = True
            self.interrupt()

    def close_body(self):
        if self.body_pipe is not None:
            if not self.paused:
                self.loop.forget(self.body_pipe)
            os.close(self.body_pipe)
            self.body_pipe = None

    def end(self):
        """curl is done with it: all there will ever be is in the pipes."""
        if self.over:
            return
        self.ending = True
        while self.take_head():
            pass
        while self.body_pipe is not None and not self.paused and self.take():
            pass
        if not self.paused:
            self.finish()

    def finish(self):
        self.over = True
        self.ended = time.monotonic()
        self.loop.forget(self.dump_pipe)
        os.close(self.dump_pipe)
        self.close_body()
        if self.by_file and os.path.exists(self.body_path):
            with open(self.body_path, "rb") as file:
                for piece in iter(lambda: file.read(65536), b""):
                    self.taken.add(piece)
        self.on_over(self)

    def result(self, ended):
        """What the caller was told. `ended` is the exit status of curl and its last message."""
        info = self.info or {}
        status, text = (info["exitcode"], info["errormsg"]) if info else ended
        followed = info.get("num_redirects", 0)
        if not info and self.options.get("redirects") and not self.taken.length:
            followed = None
        told = heads.Told(bytes(self.dump), followed, whole=status == 0)
        result = {
            "interim": [{"status": head.status, "fields": head.spelled(head.fields)} for head in told.interim],
            "history": [{"status": head.status, "fields": head.spelled(head.fields)} for head in told.history],
        }
        final = told.final
        if final:
            result.update(
                status=final.status,
                reason=spelling.from_bytes(final.reason),
                version=final.version,
                fields=final.spelled(final.fields),
                trailers=final.spelled(final.trailers),
                body=self.taken.spelled(),
                complete=self.complete,
            )
        if info.get("url_effective"):
            result["url"] = spelling.from_bytes(info["url_effective"].encode("utf-8", "surrogateescape"))
        if self.options.get("cookies"):
            result["cookies"] = jar(self.jar_path)
        if self.cancelled and not info:
            result["error"] = errors.cancelled(final is not None)
        elif status != 0 and self.complete:
            limits = [name for name in ("connect-timeout", "total-timeout") if name in self.options]
            coded = bool(final and self.options.get("decompress") and final.has(b"content-encoding"))
            facts = errors.Facts(final is not None, coded, info, self.length, limits)
            result["error"] = errors.of_exit(status, text, facts)
        if self.began is not None:
            result["times"] = self.clock()
        return result

    def clock(self):
        """Milliseconds from the start of the call, which is later than that of the program."""
        start = self.began
        if self.info and not self.by_file:
            start = max(start, self.ended - self.info["time_total"])
        shown = {name: max(0, int((when - start) * 1000)) for name, when in self.times.items()}
        shown["end"] = max([int((self.ended - start) * 1000), *shown.values()])
        return shown


def pipe(path):
    """A named pipe to read from. Opened for both ways it has no end, however often curl opens and closes it."""
    os.mkfifo(path, 0o600)
    return os.open(path, os.O_RDWR | os.O_NONBLOCK)


def jar(path):
    """The cookies of a jar in Netscape's format, as --cookie-jar writes it."""
    found = []
    if not os.path.exists(path):
        return found
    with open(path, "rb") as file:
        for line in file.read().split(b"\n"):
            if line.startswith(b"#HttpOnly_"):
                line = line[len(b"#HttpOnly_") :]
            parts = line.split(b"\t")
            if line.startswith(b"#") or len(parts) != 7:
                continue
            domain, _, where, _, _, name, value = map(spelling.from_bytes, parts)
            found.append({"name": name, "value": value, "domain": domain, "path": where})
    return found
