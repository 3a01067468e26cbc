"""What the files of a region say: participants, kinds of agreements, and the pairs that signed one.

Each fault is named with its file: an unknown key or code, a pair of somebody who takes no part, a channel that
one of the two has not joined, a participant or pair that stands twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from policies.errors import PolicyError, Problem
from policies.tree import parse_tree
from policies.typed import read
from protocol.ids import Channel
from protocol.records import Family, Kind
from protocol.scope import EvidentialUse, Instrument

PARTICIPANTS: Final = "participants.yaml"
AGREEMENTS: Final = "agreements.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One participant."""

    node: str
    kind: Kind
    family: Family
    country: str
    label: str
    channels: tuple[Channel, ...]
    languages: tuple[str, ...]
    accredited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A kind of agreement."""

    channel: Channel
    instrument: str
    kind: Instrument
    articles: tuple[str, ...]
    types: tuple[str, ...]
    purposes: tuple[str, ...]
    categories: tuple[str, ...]
    personal_data: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two participants that signed an agreement; evidence and markings are in the order of the pair."""

    between: tuple[str, str]
    terms: Terms
    evidence: tuple[EvidentialUse, EvidentialUse]
    markings: tuple[tuple[str, str, str], ...] = ()

    @property
    def name(self) -> str:
        """A short name, also of its statement file."""
        return f"{self.terms.channel}-{self.between[0]}-{self.between[1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A network to be founded."""

    registrars: tuple[str, ...]
    threshold: int
    witnesses: tuple[str, ...]
    quorum: int
    channels: tuple[str, ...]
    participants: tuple[Entry, ...]
    pairs: tuple[Pair, ...]

    def entry(self, node: str) -> Entry:
        """Return the participant; ``KeyError`` for another node."""
        return {each.node: each for each in self.participants}[node]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Participants:
    registrars: tuple[str, ...]
    threshold: int
    witnesses: tuple[str, ...]
    quorum: int
    channels: tuple[str, ...]
    participants: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signed:
    between: tuple[str, str]
    kind: str
    evidence: tuple[EvidentialUse, EvidentialUse]
    markings: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Agreements:
    kinds: Mapping[str, Terms]
    agreements: tuple[_Signed, ...]


def parse_region(files: Mapping[str, bytes]) -> Region:
    """Return the region that the two files describe. Raises ``PolicyError``."""
    known = read(_Participants, parse_tree(PARTICIPANTS, files[PARTICIPANTS]), PARTICIPANTS)
    agreed = read(_Agreements, parse_tree(AGREEMENTS, files[AGREEMENTS]), AGREEMENTS)
    entries = {each.node: each for each in known.participants}
    if len(entries) < len(known.participants):
        raise _refuse(PARTICIPANTS, "A participant stands twice.", "Keep one of the two.")
    strangers = [each for each in known.witnesses if each not in entries]
    if strangers:
        raise _refuse(PARTICIPANTS, f"The witness `{strangers[0]}` takes no part.", "Name participants.")
    pairs = tuple(_pair(each, agreed.kinds, entries) for each in agreed.agreements)
    if len({(each.terms.channel, frozenset(each.between)) for each in pairs}) < len(pairs):
        raise _refuse(AGREEMENTS, "A pair stands twice on one channel.", "Keep one of the two.")
    return Region(
        registrars=known.registrars,
        threshold=known.threshold,
        witnesses=known.witnesses,
        quorum=known.quorum,
        channels=known.channels,
        participants=known.participants,
        pairs=pairs,
    )


def _pair(signed: _Signed, kinds: Mapping[str, Terms], entries: Mapping[str, Entry]) -> Pair:
    terms = kinds.get(signed.kind)
    if terms is None:
        raise _refuse(AGREEMENTS, f"No kind of agreement is called `{signed.kind}`.", f"Known: {', '.join(kinds)}.")
    for each in signed.between:
        if each not in entries:
            raise _refuse(AGREEMENTS, f"`{each}` takes no part.", f"Add it to {PARTICIPANTS}.")
        if terms.channel not in entries[each].channels:
            raise _refuse(AGREEMENTS, f"`{each}` is not in {terms.channel}.", "Let it join, or choose another kind.")
    if signed.between[0] == signed.between[1]:
        raise _refuse(AGREEMENTS, f"`{signed.between[0]}` would agree with itself.", "Name two participants.")
    return Pair(between=signed.between, terms=terms, evidence=signed.evidence, markings=signed.markings)


def _refuse(file: str, what: str, remedy: str) -> PolicyError:
    return PolicyError(Problem(file, 1, what, remedy))
