"""Whose turn it is to write: one line of threads and processes, first come, first served."""

import fcntl
import os
import threading
import time
from collections import deque

COUNTER = 8  # bytes at the start of the file: the last ticket that was drawn
LOOK = 0.0005  # seconds between two looks at who is before us


class Line:
    """Writers of one machine who wait for one file.

    Everybody draws a ticket, which is a byte of a file that they lock, and waits until the ticket before theirs
    is free. A lock falls with the process that held it, so nobody waits for the dead. Inside a process the
    threads stand in a line of their own, of which the first holds the ticket.
    """

    _lines: "dict[str, Line]" = {}

    def __init__(self, path: str) -> None:
        # Never closed: closing any descriptor of a file drops all locks that the process has on it.
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.threads = Threads()
        self.ticket = 0

    @classmethod
    def at(cls, path: str) -> "Line":
        """The line at this file, one for all threads of the process."""
        return cls._lines.get(path) or cls._lines.setdefault(path, cls(path))

    def stand(self, patience: float) -> bool:
        """Wait for our turn, at most so many seconds; answers whether it came."""
        until = time.monotonic() + patience
        if not self.threads.stand(patience):
            return False
        self.draw()
        while not self.is_free(self.ticket - 1):
            if time.monotonic() > until:
                self.leave()
                return False
            time.sleep(LOOK)
        return True

    def leave(self) -> None:
        """The next one, please."""
        fcntl.lockf(self.descriptor, fcntl.LOCK_UN, 1, COUNTER + self.ticket)
        self.threads.leave()

    def draw(self) -> None:
        """Draw a ticket. Only the drawing itself is behind a lock, and takes microseconds."""
        fcntl.lockf(self.descriptor, fcntl.LOCK_EX, COUNTER, 0)
        try:
            self.ticket = int.from_bytes(os.pread(self.descriptor, COUNTER, 0), "big") + 1
            fcntl.lockf(self.descriptor, fcntl.LOCK_EX, 1, COUNTER + self.ticket)
            os.pwrite(self.descriptor, self.ticket.to_bytes(COUNTER, "big"), 0)
        finally:
            fcntl.lockf(self.descriptor, fcntl.LOCK_UN, COUNTER, 0)

    def is_free(self, ticket: int) -> bool:
        try:
            fcntl.lockf(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, COUNTER + ticket)
        except OSError:
            return False
        fcntl.lockf(self.descriptor, fcntl.LOCK_UN, 1, COUNTER + ticket)
        return True


class Threads:
    """The threads of one process that wait; each is woken by the one before it."""

    def __init__(self) -> None:
        self.gate = threading.Lock()
        self.is_taken = False
        self.waiting: deque[threading.Lock] = deque()

    def stand(self, patience: float) -> bool:
        with self.gate:
            if not self.is_taken:
                self.is_taken = True
                return True
            call = threading.Lock()
            call.acquire()
            self.waiting.append(call)
        if call.acquire(timeout=patience):
            return True
        with self.gate:
            if call in self.waiting:
                self.waiting.remove(call)
                return False
            return True  # called just now

    def leave(self) -> None:
        with self.gate:
            if self.waiting:
                self.waiting.popleft().release()
            else:
                self.is_taken = False


# A child has none of its parent's locks, and none of its threads.
os.register_at_fork(after_in_child=Line._lines.clear)
