"""How long guessing has to wait: longer after each failure, never for ever, and the same for unknown names. Pure."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Patience:
    """``free`` failures cost nothing; then the wait doubles from one second to ``cap_s``; ``forget_s`` ends it."""

    free: int
    cap_s: int
    forget_s: int


HERE: Final = Patience(free=4, cap_s=900, forget_s=86_400)
"""One name from one address: a person who mistypes is not stopped, and a guesser has 100 attempts a day."""
NAME: Final = Patience(free=50, cap_s=60, forget_s=86_400)
"""One name from anywhere: a low cap, so that nobody is locked out by others; still 1 500 attempts a day at most."""
ALL: Final = Patience(free=300, cap_s=5, forget_s=3_600)
"""All names together: spraying one passphrase over many names."""


@dataclass(frozen=True, slots=True)
class Failures:
    """How many failures there were since the last success, and when the last one was."""

    times: int = 0
    last_at: int = 0

    def next_at(self, patience: Patience) -> int:
        """Return when the next attempt is looked at."""
        over = self.times - patience.free
        return self.last_at if over < 0 else self.last_at + min(2 ** min(over, 30), patience.cap_s)

    def after(self, now: int, patience: Patience) -> "Failures":
        """Return the count after one more failure."""
        return Failures(1 if now - self.last_at >= patience.forget_s else self.times + 1, now)
