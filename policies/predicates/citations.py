"""References in a body: the border between information and evidence, and the word of who owns what is passed on.

Only the sending node's store knows what a reference names, so rules made of these are asked at the sender. A reference
that its store does not know is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.documents import filled_at, value_at
from policies.facts import Citation, InnerFacts
from policies.predicates.values import refuse
from policies.registry import NONE, REFUSED, Nothing, Objections, inner
from protocol.ids import Channel, NodeId

MESSAGE: Final = "message"  # kinds of references in a content summary
OWNER: Final = "owner"


@dataclass(frozen=True, slots=True)
class Channels:
    """Channels whose messages a body may refer to."""

    channels: frozenset[Channel]


@inner(60, "cites-only", Channels, ("channel",))
def cites_only(facts: InnerFacts, known: Channels) -> Objections:
    """Each reference names a message that this node knows, on one of these channels."""
    return _each_once(each.channel for each in _cited(facts) if each.channel not in known.channels)


@dataclass(frozen=True, slots=True)
class Crossing:
    """The message's own channels, the others it may refer to, and the lists in which such references may stand."""

    own: frozenset[Channel]
    channels: frozenset[Channel]
    paths: frozenset[str]  # JSON pointers


@inner(61, "cites-across-at", Crossing, ("channel",))
def cites_across_at(facts: InnerFacts, border: Crossing) -> Objections:
    """A reference to another channel stands in one of the places made for it.

    There it may be unknown here: no node holds messages of both sides of the border (invariant 6).
    """
    return _each_once(each.channel for each in _cited(facts) if not _permitted(each, border))


def _permitted(citation: Citation, border: Crossing) -> bool:
    if citation.channel in border.own:
        return True
    placed = any(citation.path == path or citation.path.startswith(f"{path}/") for path in border.paths)
    return placed and (citation.channel is None or citation.channel in border.channels)


def _cited(facts: InnerFacts) -> Iterator[Citation]:
    """Yield what the caller knows, and an unknown citation for each reference that it says nothing of."""
    told = {each.path for each in facts.citations}
    yield from facts.citations
    for each in facts.content.references:
        if each.kind == MESSAGE and each.path not in told:
            yield Citation(path=each.path)


def _each_once(channels: Iterator[Channel | None]) -> Objections:
    names = {"not-known" if each is None else str(each) for each in channels}
    return tuple(refuse(channel=each) for each in sorted(names))


@dataclass(frozen=True, slots=True)
class Codes:
    """Handling codes."""

    handling: frozenset[str]


@inner(62, "not-quoted", Codes)
def not_quoted(facts: InnerFacts, codes: Codes) -> Objections:
    """Nothing under one of these codes is quoted, unless its owner consented to use in proceedings."""
    quoted = (each for each in facts.citations if each.quoted and not each.evidential)
    return REFUSED if any(codes.handling.intersection(each.handling) for each in quoted) else NONE


@dataclass(frozen=True, slots=True)
class Quotes:
    """A list in the body; within each entry, where it says that it quotes, and where it names the consent to do so."""

    list: str
    flag: str
    consent: str


@inner(65, "quotes-with-consent", Quotes)
def quotes_with_consent(facts: InnerFacts, where: Quotes) -> Objections:
    """Each entry of the list that quotes names the consent to do so; one that does not say no counts as quoting."""
    entries = value_at(facts.documents.get("body"), where.list)
    bare = (
        value_at(each, where.flag) is not False and not filled_at(each, where.consent)
        for each in (entries if isinstance(entries, list) else ())
    )
    return REFUSED if any(bare) else NONE


@inner(63, "recipients-of-restricted", Codes)
def recipients_of_restricted(facts: InnerFacts, codes: Codes) -> Objections:
    """What is quoted under one of these codes goes to its first addressees and to whom its owner allowed it."""
    restricted = [
        each
        for each in facts.citations
        if each.quoted and each.owner != facts.outer.header.sender and codes.handling.intersection(each.handling)
    ]
    return tuple(
        refuse(to.node)
        for to in facts.outer.recipients
        if any(to.node not in {each.owner, *each.addressees, *each.consented} for each in restricted)
    )


@inner(64, "owner-consents", Nothing)
def owner_consents(facts: InnerFacts, _: Nothing) -> Objections:
    """What belongs to another goes only to its owner and to whom the owner allowed it (predicate DP-12)."""
    owners = facts.content.named(OWNER) - {facts.outer.header.sender}
    if not owners:
        return NONE
    return tuple(
        refuse(to.node) for to in facts.outer.recipients if any(not _allowed(facts, owner, to.node) for owner in owners)
    )


def _allowed(facts: InnerFacts, owner: str, node: NodeId) -> bool:
    return owner == node or any(each.owner == owner and node in each.consented for each in facts.citations)
