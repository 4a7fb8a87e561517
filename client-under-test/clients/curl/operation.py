"""One operation of curl, in the spelling of its config files, and the files that it names."""

import os

# The longest line of a config file: 100 KiB before curl 8, and more since.
LONGEST = 100 * 1024


class Unsupported(Exception):
    """The job asks for something that this client does not have."""

    def __init__(self, what, reason):
        super().__init__(reason)
        self.what = what
        self.reason = reason


class Operation:
    """The options of one operation, and the files that they name."""

    def __init__(self, folder, index):
        self.folder = folder
        self.index = index
        self.lines = []
        self.files = 0
        self.source = None  # The pieces of a body that comes by standard input.
        self.length = 0  # Of the content; None is unknown.

    def flag(self, name):
        self.lines.append(name.encode())

    def set(self, name, value, asked=None):
        """`asked` is the capability that is refused if a command line cannot say the value."""
        if isinstance(value, str):
            value = value.encode()
        if b"\0" in value:
            raise Unsupported([asked or name], "a command line has no NUL")
        for plain, escaped in ((b"\\", b"\\\\"), (b'"', b'\\"'), (b"\n", b"\\n"), (b"\r", b"\\r")):
            value = value.replace(plain, escaped)
        line = b'%s = "%s"' % (name.encode(), value)
        if len(line) >= LONGEST:
            raise Unsupported([asked or name], "a line of a config file has an end")
        self.lines.append(line)

    def path(self, name):
        return os.path.join(self.folder, "%s-%d" % (name, self.index))

    def file(self, content):
        """A file of that content."""
        path = self.path("part-%d-of" % self.files)
        self.files += 1
        with open(path, "wb") as file:
            file.write(content)
        return path
