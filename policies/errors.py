"""What is wrong with a policy file: where, what, and what to do about it. One exception carries all of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault of one line (counted from 1), with its remedy; both are whole sentences for the person who edits."""

    file: str
    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what} {self.remedy}"


class PolicyError(Exception):
    """A policy, text or test file says something that this release does not accept. ``problems`` is never empty."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(each) for each in problems))
        self.problems = problems
