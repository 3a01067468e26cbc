"""What the law asks of software, by number: which rules and obligations ask it, what else enforces it, what is later.

The list stands beside the policies and is no part of a bundle: it says nothing that a decision depends on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.errors import PolicyError, Problem
from policies.explain import LAW
from policies.model import PolicySet
from policies.texts import FALLBACK, Library
from policies.tree import parse_tree
from policies.typed import items, nearest, read

NUMBERS: Final = tuple(f"DP-{number}" for number in range(1, 55))
_LIST: Final = "checks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """The feature or channel with which a check comes, and why nothing is lost until then."""

    feature: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalCheck:
    """One thing that the law asks. ``rules`` are rule ids; ``obligations`` are ``<channel>.<obligation id>``."""

    id: str
    asks: str
    article: str
    rules: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    enforced: str | None = None  # by code that is no rule
    later: Later | None = None

    @property
    def built(self) -> bool:
        """Whether something enforces it today."""
        return bool(self.rules or self.obligations or self.enforced)


def parse_legal(file: str, raw: bytes) -> tuple[LegalCheck, ...]:
    """Return the checks in file order. Raises ``PolicyError`` for a list that cannot be read."""
    tree = parse_tree(file, raw)
    if set(tree.entries) != {_LIST}:
        raise PolicyError(Problem(file, tree.line, "The file is one list.", f"Write `{_LIST}:` and nothing beside it."))
    return tuple(read(LegalCheck, each, file) for each in items(tree.entries[_LIST], file).items)


def find_gaps(file: str, checks: tuple[LegalCheck, ...], policies: PolicySet, library: Library) -> tuple[Problem, ...]:
    """Return what is wrong: numbers missing or twice, rules and obligations that are not there, laws without a name.

    A check is built, or named with the feature that brings it: never both and never neither.
    """
    return (*_number_gaps(file, checks), *(gap for each in checks for gap in _gaps(file, each, policies, library)))


def _number_gaps(file: str, checks: tuple[LegalCheck, ...]) -> Iterator[Problem]:
    found = [each.id for each in checks]
    if found != list(NUMBERS):
        wrong = sorted({each for each in (*found, *NUMBERS) if found.count(each) != 1 or each not in NUMBERS})
        what = f"Numbers missing, twice or unknown: {', '.join(wrong) or 'none, but out of order'}."
        yield Problem(file, 1, what, f"List {NUMBERS[0]} to {NUMBERS[-1]} in order, each once.")


def _gaps(file: str, check: LegalCheck, policies: PolicySet, library: Library) -> Iterator[Problem]:
    rules = {rule.id for policy in policies.channels.values() for rule in policy.rules()}
    duties = {f"{name}.{each.id}" for name, policy in policies.channels.items() for each in policy.obligations}
    for each, known in (*((rule, rules) for rule in check.rules), *((duty, duties) for duty in check.obligations)):
        if each not in known:
            yield Problem(file, 1, f"{check.id} names `{each}`, which is not there.", nearest(each, known))
    if check.built == (check.later is not None):
        yield Problem(file, 1, f"{check.id} is either built or comes later.", "Name rules, or `later` with a feature.")
    if not any(found[1] in library[FALLBACK].laws for found in LAW.finditer(check.article)):
        yield Problem(file, 1, f"{check.id} names no known law: `{check.article}`.", "Write it like `PCC 31(4)(b)`.")
