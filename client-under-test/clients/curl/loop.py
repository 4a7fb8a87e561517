"""Waiting for several things at once: pipes, gates, times. One thread, no timer of its own beyond what a job asks."""

import errno
import os
import selectors
import socket
import time


class Loop:
    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.alarms = []
        self.gates = set()

    def readable(self, descriptor, then):
        self.selector.register(descriptor, selectors.EVENT_READ, then)

    def writable(self, descriptor, then):
        self.selector.register(descriptor, selectors.EVENT_WRITE, then)

    def forget(self, descriptor):
        self.selector.unregister(descriptor)

    def after(self, wait, then):
        """Goes on once a Wait is over: {"ms": n}, or {"gate": "ip:port"}, which is connected to and read to its end."""
        if "ms" in wait:
            self.alarms.append((time.monotonic() + wait["ms"] / 1000, then))
            return
        host, port = wait["gate"].rsplit(":", 1)
        host = host.strip("[]")
        gate = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        gate.setblocking(False)
        self.gates.add(gate)

        def opened():
            self.forget(gate)
            self.gates.discard(gate)
            gate.close()
            then()

        def read():
            try:
                if gate.recv(4096):
                    return
            except BlockingIOError:
                return
            except OSError:
                pass  # By the contract an error opens the gate, too.
            opened()

        def connected():
            self.forget(gate)
            self.readable(gate, read)

        if gate.connect_ex((host, int(port))) in (0, errno.EINPROGRESS):
            self.writable(gate, connected)
        else:
            self.readable(gate, opened)  # Not connected: that is an event at once.

    def run(self, until):
        """Until that is true."""
        while not until():
            for key, _ in self.selector.select(self.next_alarm()):
                # What came before may have seen to this one already.
                if self.selector.get_map().get(key.fd) is key:
                    key.data()
            self.ring()

    def next_alarm(self):
        if not self.alarms:
            return None
        return max(0, min(when for when, _ in self.alarms) - time.monotonic())

    def ring(self):
        now = time.monotonic()
        due = sorted((alarm for alarm in self.alarms if alarm[0] <= now), key=lambda alarm: alarm[0])
        self.alarms = [alarm for alarm in self.alarms if alarm[0] > now]
        for _, then in due:
            then()

    def close(self):
        self.selector.close()
        for gate in self.gates:
            gate.close()


def drained(descriptor, most=65536):
    """What can be read now: None if nothing, b"" at the end."""
    try:
        return os.read(descriptor, most)
    except BlockingIOError:
        return None
