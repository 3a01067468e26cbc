"""The three ways in which a call to the hub fails, by what the caller can do about it."""

from typing import Final

from protocol.api import Problem
from protocol.errors import Code

SEAL_AGAIN: Final = frozenset({Code.NO_VALID_KEY, Code.POLICY_UNKNOWN, Code.STALE_DIRECTORY, Code.SENDER_EQUIVOCATION})
"""Refusals after which the node fetches the directory, clears the draft again and seals it as a new message."""


class HubTrouble(Exception):
    """A call to the hub did not succeed; ``code`` is stable, ``detail`` stays local."""

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code: Final = code
        self.detail: Final = detail


class Retry(HubTrouble):
    """The same call may succeed later: no connection, a time-out, or an answer that says so.

    Whether the hub did what was asked is unknown; repeating is harmless because ids are digests.
    """

    def __init__(self, code: Code, detail: str = "", after_s: int | None = None) -> None:
        super().__init__(code, detail)
        self.after_s: Final = after_s


class HubRefused(HubTrouble):
    """The hub understood and said no, with a stable code; the same bytes will be refused again."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem: Final = problem


class GiveUp(HubTrouble):
    """The peer is not our hub or does not speak this protocol: a person must look at it."""
