"""The real clock and entropy, named only by composition roots, and the guard that keeps time from going back."""

import os
import threading
import time

from protocol.ports import Clock


def system_clock() -> int:
    """Return seconds since the epoch, UTC, as this machine believes."""
    return int(time.time())


def system_entropy(count: int) -> bytes:
    """Return that many fresh bytes of the operating system's generator."""
    return os.urandom(count)


def never_back(clock: Clock) -> Clock:
    """Return a clock that follows ``clock`` but never decreases, from whichever thread it is read.

    When the machine's clock is set back, time stands still until it has caught up. It guards one process; what must
    hold over a restart (the hub's leaf times) is compared with the stored value by its owner.
    """
    lock = threading.Lock()
    last = clock()

    def read() -> int:
        nonlocal last
        with lock:
            last = max(last, clock())
            return last

    return read
