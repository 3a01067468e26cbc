"""Whom a person here can write to, in which language and for which purposes, as the directory says it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from keys.directory import Directory
from protocol.catalogue.types import Catalogue, MessageType
from protocol.ids import Channel, NodeId
from protocol.records import Participant

FALLBACK = "en"
"""The language of a message for which directory and people name no common one."""


@dataclass(frozen=True, slots=True)
class Around:
    """The directory as this node sees it at one moment."""

    directory: Directory
    me: NodeId
    channel: Channel
    now: int

    def participant(self, node: NodeId) -> Participant | None:
        """Return a participant that is valid now."""
        return self.directory.participant(node, self.now)


def reachable(around: Around) -> tuple[Participant, ...]:
    """Return the participants of the channel with which an agreement is in force, in the order of their labels."""
    everybody = around.directory.participants(around.now)
    found = [each for each in everybody if each.node != around.me and around.channel in each.channels]
    agreed = [
        each for each in found if around.directory.agreements_between(around.me, each.node, around.channel, around.now)
    ]
    return tuple(sorted(agreed, key=lambda each: (each.label.casefold(), each.node)))


def countries_of(around: Around, to: Iterable[NodeId]) -> tuple[str, ...]:
    """Return the countries of some participants, each once."""
    found = (around.participant(node) for node in to)
    return tuple(dict.fromkeys(each.country for each in found if each is not None))


def language_for(around: Around, to: Sequence[NodeId], preferred: str) -> str:
    """Return the language in which to write: the preferred one where all read it, or else the first common one."""
    mine = around.participant(around.me)
    readers = [around.participant(node) for node in to]
    shared = [
        each
        for each in (() if mine is None else mine.languages)
        if all(reader is not None and each in reader.languages for reader in readers)
    ]
    if preferred in shared:
        return preferred
    return shared[0] if shared else FALLBACK


def purposes_for(around: Around, to: Sequence[NodeId], catalogue: Catalogue) -> tuple[str, ...]:
    """Return the purposes of the channel that an agreement with every recipient permits, in the order of the list."""
    known = catalogue.code_lists["purpose"]
    fits = [each for each in known.entries if _has(known.more(each, "channels"), around.channel)]
    for node in to:
        agreements = around.directory.agreements_between(around.me, node, around.channel, around.now)
        agreed = {purpose for each in agreements for purpose in each.purposes}
        fits = [each for each in fits if each in agreed]
    return tuple(fits)


def may_send(type_: MessageType, around: Around) -> bool:
    """Tell whether this node may send messages of a type on the channel."""
    mine = around.participant(around.me)
    return mine is not None and around.channel in type_.channels and mine.kind in type_.sender_kinds


def _has(listed: object, channel: Channel) -> bool:
    return isinstance(listed, list) and channel in listed
