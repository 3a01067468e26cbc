"""What an agreement covers beyond purposes and categories: instrument, message types, evidence, languages, markings.

An agreement without a scope limits neither types nor languages, gives nobody's police a say about evidence, and carries
nothing that is classified. Nothing in a scope is empty: what is not written is not agreed.
Bytes: docs/wire.md section 6.6.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from protocol.cbor import Item
from protocol.errors import Malformed
from protocol.ids import parse_type_id
from protocol.limits import MAX_CODES, MAX_LABEL
from protocol.shapes import as_fixed, as_list, as_map, as_sorted_texts, as_text

MAX_TYPES: Final = 64
MAX_LEVELS: Final = 8
_PAIR: Final = 2


class Instrument(StrEnum):
    """What kind of instrument an agreement rests on."""

    PCC = "pcc"  # Police Cooperation Convention for Southeast Europe
    MLA = "mla59-ap2"  # European Convention on Mutual Assistance in Criminal Matters and its Second Protocol
    BILATERAL = "bilateral-treaty"
    CSO_CONTRACT = "cso-contract"
    WORKING = "working-arrangement"


class EvidentialUse(StrEnum):
    """Whose word a party's state asks for before its information is used in proceedings (predicate DP-3)."""

    POLICE = "police"  # the party itself may consent
    JUDICIAL = "judicial"  # only a judicial instrument does it


@dataclass(frozen=True, slots=True)
class Equivalence:
    """A level of the network and the national markings that stand for it, in the order of the parties."""

    level: str
    markings: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What the parties agreed besides; pairs are in the order of the parties."""

    instrument: Instrument
    types: tuple[str, ...]  # names of message types without version, ascending
    evidence: tuple[EvidentialUse, EvidentialUse]
    languages: tuple[tuple[str, ...], tuple[str, ...]]  # in which each party accepts messages, ascending
    equivalences: tuple[Equivalence, ...] = ()  # ascending by level

    def carries(self, level: str) -> bool:
        """Return whether both parties know the level by a marking of their own."""
        return any(each.level == level for each in self.equivalences)


def encode_scope(scope: Scope) -> dict[int, Item]:
    """Return the map of a scope."""
    return {
        1: str(scope.instrument),
        2: list(scope.types),
        3: [str(each) for each in scope.evidence],
        4: [list(each) for each in scope.languages],
        5: [[each.level, *each.markings] for each in scope.equivalences],
    }


def parse_scope(item: Item) -> Scope:
    """Return the scope in a map; a type by its name alone, at least one type, and a language for each party."""
    fields = as_map(item, "scope", range(1, 6))
    types = as_sorted_texts(fields[2], "types", MAX_TYPES)
    for each in types:
        parse_type_id(f"{each}/1")
    first, second = as_fixed(fields[4], "languages", _PAIR)
    scope = Scope(
        instrument=Instrument(_known(fields[1], "instrument kind", {each.value for each in Instrument})),
        types=types,
        evidence=_evidence(fields[3]),
        languages=(as_sorted_texts(first, "languages", MAX_CODES), as_sorted_texts(second, "languages", MAX_CODES)),
        equivalences=tuple(_equivalence(each) for each in as_list(fields[5], "equivalences", 0, MAX_LEVELS)),
    )
    if not (scope.types and all(scope.languages)):
        raise Malformed("an empty list in a scope")
    if any(a.level >= b.level for a, b in pairwise(scope.equivalences)):
        raise Malformed("equivalences not ascending")
    return scope


def _evidence(item: Item) -> tuple[EvidentialUse, EvidentialUse]:
    known = {each.value for each in EvidentialUse}
    first, second = (_known(each, "evidence", known) for each in as_fixed(item, "evidence", _PAIR))
    return EvidentialUse(first), EvidentialUse(second)


def _equivalence(item: Item) -> Equivalence:
    level, first, second = as_fixed(item, "equivalence", 1 + _PAIR)
    markings = as_text(first, "marking", MAX_LABEL), as_text(second, "marking", MAX_LABEL)
    return Equivalence(as_text(level, "level"), markings)


def _known(item: Item, name: str, values: set[str]) -> str:
    if not isinstance(item, str) or item not in values:
        raise Malformed(name)
    return item
