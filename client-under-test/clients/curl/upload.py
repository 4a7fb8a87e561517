"""The source of a body that is streamed."""

import os

import spelling


class Upload:
    """At the other end of curl's standard input."""

    def __init__(self, loop, pipe, pieces):
        self.loop = loop
        self.pipe = pipe
        self.pieces = list(pieces)
        self.piece = memoryview(b"")
        self.registered = False
        os.set_blocking(pipe.fileno(), False)
        self.go_on()

    def go_on(self):
        while self.pipe is not None:
            if self.piece:
                if not self.write():
                    return
            elif not self.pieces:
                return self.close()
            else:
                piece = self.pieces.pop(0)
                if isinstance(piece, dict) and ("ms" in piece or "gate" in piece):
                    self.watch(False)
                    return self.loop.after(piece, self.go_on)
                self.piece = memoryview(spelling.to_bytes(piece))
        return None

    def write(self):
        try:
            self.piece = self.piece[os.write(self.pipe.fileno(), self.piece) :]
            return True
        except BlockingIOError:
            self.watch(True)
        except BrokenPipeError:
            self.close()  # curl wants no more.
        return False

    def watch(self, on):
        if on and not self.registered:
            self.loop.writable(self.pipe.fileno(), self.go_on)
        elif self.registered and not on:
            self.loop.forget(self.pipe.fileno())
        self.registered = on

    def close(self):
        if self.pipe is not None:
            self.watch(False)
            self.pipe.close()
            self.pipe = None
