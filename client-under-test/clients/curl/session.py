"""One job: one run of curl, with one operation a call, so that all calls share connections and cookies.

Where the caller is to wait between two calls, an operation of its own stands between them, that connects to nothing:
curl does not go on from it before somebody reads what it put out.
"""

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile

import options
from loop import Loop, drained
from operation import Operation, Unsupported
from transfer import Transfer
from upload import Upload

MESSAGE = re.compile(rb"curl: \((\d+)\) (.*)\Z", re.DOTALL)

# What --write-out is asked for, and what of. Not as %{json}: that of 7.88 garbles what is no ASCII.
REPORTED = {
    "exitcode": int,
    "num_redirects": int,
    "size_upload": int,
    "time_pretransfer": float,
    "time_total": float,
    "url_effective": str,
    "errormsg": str,
}

# Most transfers that --parallel-max allows.
MOST_AT_ONCE = 300


def report(mark, index):
    """The format for --write-out: lines on standard error, which is not buffered."""
    lines = ["%{stderr}"]
    for name in REPORTED:
        lines.append("%s %d %s %%{%s}" % (mark, index, name, name))
    lines.append("%s %d end\n" % (mark, index))
    return "\n".join(lines)


class Fault(Exception):
    """curl did not understand what it was given: the adapter's fault."""


def run(job, partial):
    """Has a job done: one result for each call."""
    folder = tempfile.mkdtemp(prefix="job-")
    try:
        return Session(job, folder, partial).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Session:
    def __init__(self, job, folder, partial):
        self.calls = job["calls"]
        self.concurrent = job.get("concurrent", False)
        self.linger = job.get("linger")
        self.folder = folder
        self.partial = partial
        self.mark = secrets.token_hex(8).encode()
        self.loop = Loop()
        self.stderr = b""
        self.message = None
        self.ended = False
        self.upload = None
        self.refuse(job)
        self.transfers, operations = [], []
        for index, call in enumerate(self.calls):
            merged = {**job.get("options", {}), **call.get("options", {})}
            operation = Operation(folder, index)
            options.of_call(operation, call, merged)
            if self.wants_pieces(job, call):
                operation.flag("no-buffer")
            operation.set("write-out", report(self.mark.decode(), index))
            self.transfers.append(Transfer(call, operation, merged, self.next))
            self.transfers[-1].ends_run = call is self.calls[-1] and not self.concurrent and not self.linger
            operations.append(operation)
        self.sources = {index: one.source for index, one in enumerate(operations) if one.source is not None}
        if len(self.sources) > 1:
            raise Unsupported(["streaming-upload", "multi-call"], "there is one standard input")
        self.holds = {}  # Pipes, by the call that they stand before.
        self.let = []
        self.process = None
        self.config = self.written(operations)

    def refuse(self, job):
        """What cannot be had together."""
        own = sorted({name for call in self.calls for name in call.get("options", {})} & options.OF_SESSION)
        if own:
            raise Unsupported(own, "it is an option of the session, not of a call")
        last = self.calls[-1]
        for call in self.calls:
            if call.get("cancel") and (self.concurrent or call is not last or self.linger):
                raise Unsupported(["cancel", "multi-call"], "a signal ends the whole run of curl")
            merged = {**job.get("options", {}), **call.get("options", {})}
            retries = "retry" in merged
            if retries and "total-timeout" in merged:
                raise Unsupported(["retry", "total-timeout"], "--max-time limits each attempt, and not the waits between")
            if retries and (call.get("read") or (call.get("cancel") or {}).get("bytes") is not None):
                raise Unsupported(["retry", "streaming-response"], "between attempts curl cuts its output off")
        if self.concurrent:
            if any(call.get("before") for call in self.calls):
                raise Unsupported(["concurrent"], "--parallel begins all transfers together")
            if self.linger:
                raise Unsupported(["concurrent"], "a run ends with its last transfer")
            if len(self.calls) > MOST_AT_ONCE:
                raise Unsupported(["concurrent"], "--parallel-max allows %d" % MOST_AT_ONCE)

    @staticmethod
    def wants_pieces(job, call):
        return bool(call.get("read") or call.get("cancel") or "streaming-response" in job.get("needs", []))

    def written(self, operations):
        """The config file."""
        whole = Operation(self.folder, len(operations))
        whole.flag("no-progress-meter")
        if self.concurrent:
            whole.flag("parallel")
            # Else all others wait to see whether they could share the first connection.
            whole.flag("parallel-immediate")
            whole.set("parallel-max", str(max(len(operations), 1)))
        parts = []
        for index, operation in enumerate(operations):
            if self.waits_before(index):
                parts.append(self.held(index))
            parts.append(operation.lines)
        if self.linger:
            parts.append(self.held(len(operations)))
        path = whole.path("config")
        with open(path, "wb") as file:
            file.write(b"\nnext\n".join(b"\n".join(part) for part in [whole.lines + parts[0], *parts[1:]]) + b"\n")
        return path

    def waits_before(self, index):
        # What is left of a body may fit in the pipe: curl would go on while its reader pauses.
        return index > 0 and bool(self.calls[index].get("before") or self.calls[index - 1].get("read", {}).get("pause"))

    def held(self, index):
        """An operation that connects to nothing, and holds the run until its output is read."""
        hold = Operation(self.folder, index)
        self.holds[index] = hold.path("hold")
        os.mkfifo(self.holds[index], 0o600)
        hold.set("url", "file:///dev/null")
        hold.set("output", self.holds[index])
        return hold.lines

    def run(self):
        try:
            if self.concurrent:
                self.start()
                for index in range(len(self.transfers)):
                    self.begin(index)
            else:
                self.await_turn(0)
            self.loop.run(until=lambda: self.ended and all(transfer.over for transfer in self.transfers))
            return self.results()
        finally:
            self.loop.close()

    def await_turn(self, index):
        """The next call, after its own wait."""
        before = self.calls[index].get("before")
        if before:
            self.loop.after(before, lambda: self.begin(index))
        else:
            self.begin(index)

    def begin(self, index):
        if self.process is None:
            self.start()
        self.let_go(index)
        if not self.transfers[index].over:
            self.transfers[index].begin()
        if index in self.sources and not self.ended:
            self.upload = Upload(self.loop, self.process.stdin, self.sources[index])

    def start(self):
        for transfer in self.transfers:
            transfer.listen(self.loop, self.interrupt)
        self.process = subprocess.Popen(
            ["curl", "--disable", "--config", self.config],
            stdin=subprocess.PIPE if self.sources else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=self.folder,
        )
        os.set_blocking(self.process.stderr.fileno(), False)
        self.loop.readable(self.process.stderr.fileno(), self.listen)

    def next(self, transfer):
        """A transfer is over."""
        index = self.transfers.index(transfer) + 1
        if self.concurrent or self.ended:
            return
        if index < len(self.transfers):
            self.await_turn(index)
        elif self.linger:
            self.loop.after(self.linger, lambda: self.let_go(index))

    def let_go(self, index):
        """Lets curl pass what stands before this call."""
        if index in self.holds and not self.ended:
            self.let.append(os.open(self.holds[index], os.O_RDONLY | os.O_NONBLOCK))

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def listen(self):
        piece = drained(self.process.stderr.fileno())
        if piece:
            self.stderr += piece
            *lines, self.stderr = self.stderr.split(b"\n")
            for line in lines:
                self.heard(line)
        elif piece is not None:
            self.end()

    def heard(self, line):
        start, _, told = line.partition(b" ")
        if start == self.mark:
            index, _, told = told.partition(b" ")
            self.told(self.transfers[int(index)], told)
            return
        said = MESSAGE.match(line)
        if said:
            self.message = said.group(2)
        elif line:
            sys.stderr.write(line.decode("utf-8", "backslashreplace") + "\n")

    def told(self, transfer, line):
        """One line of what --write-out tells of a transfer."""
        name, _, value = line.decode("utf-8", "surrogateescape").partition(" ")
        if name != "end":
            kind = REPORTED.get(name, str)
            transfer.reported[name] = kind(value)
            return
        transfer.info = transfer.reported
        # What stands on standard error is the better text, where it is known whose it is.
        if not self.concurrent and self.message is not None:
            transfer.info["errormsg"] = self.message.decode("utf-8", "surrogateescape")
            self.message = None
        transfer.end()

    def end(self):
        """curl has ended, or is about to: nobody writes to its standard error any more."""
        self.loop.forget(self.process.stderr.fileno())
        self.process.stderr.close()
        for hold in self.let:
            os.close(hold)
        if self.upload:
            self.upload.close()
        elif self.process.stdin:
            self.process.stdin.close()
        self.status = self.process.wait()
        self.ended = True
        for transfer in self.transfers:
            transfer.end()

    def results(self):
        sys.stderr.flush()
        silent = [one for one in self.transfers if one.info is None and not one.interrupted]
        # Of what curl does not do it says why. If not, or if it cannot read its options, that is our doing.
        if silent and (self.status in (0, 2) or self.status > 0 and self.message is None):
            raise Fault("curl ended with %d: %s" % (self.status, self.message))
        ended = (self.status, (self.message or b"").decode("utf-8", "surrogateescape"))
        results = []
        for index, transfer in enumerate(self.transfers):
            results.append(transfer.result(ended))
            self.partial(index, results[-1])
        return results
