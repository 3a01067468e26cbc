"""Withdrawals of consents this node holds: logged at the hub, told to every party, followed up until each one answers.

A withdrawal is as easy as giving consent was (GDPR 7(3)): one act of a worker, and everything after it happens by
itself, again and again until it is done. What cannot be reached stands in a list that people work off by telephone.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection

from nodes.gateway import consent_store
from nodes.gateway.consent_store import CONSENT_TYPE
from nodes.gateway.consents import sign, withdrawal_of
from nodes.gateway.contents import encode_document, parse_body
from nodes.gateway.hearing import RECEIPT_DAYS
from nodes.gateway.here import Here
from nodes.gateway.matrices import apply_withdrawal, read_version
from nodes.gateway.postings import put_posting
from nodes.gateway.receipts import HOUR
from nodes.gateway.send import Conflict, Faulty, Options, Queued, Result, Sending, Stopped, request_key
from nodes.gateway.stores import Network, Store
from nodes.gateway.wishes import InputFault, Wish
from nodes.gateway.withdrawal_store import (
    End,
    EndKind,
    NewEnd,
    Notice,
    find_end,
    note_sent,
    open_notices,
    put_end,
    put_notice,
    unsent_notices,
)
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import flatten, unflatten
from protocol.catalogue.validate import validate
from protocol.charter import DAY
from protocol.errors import Code, Fault
from protocol.ids import Channel, NodeId, Reference
from protocol.records import ConsentToken
from protocol.stages import Addressee

_OWN: Final = Channel("cso")
_ACROSS: Final = Channel("police-cso")
_LONGEST_TROUBLE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person withdrew: all of a consent, or the cells that fit every list that is given.

    ``channel`` is how she said it; ``told`` what she was told about data that were sent already.
    """

    channel: str
    told: str
    recipients: tuple[NodeId, ...] = ()
    categories: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether all of the consent ends."""
        return not (self.recipients or self.categories or self.purposes)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A withdrawal that is stored: its number, how many references end with it, and who is told."""

    number: int
    references: int
    parties: tuple[NodeId, ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """A notice with the end it tells of; ``late`` when the party was not reached, or has not answered, in time."""

    notice: Notice
    end: End
    late: bool


class Withdrawals:
    """Withdraws consents and sees to it that everybody hears of it."""

    def __init__(self, here: Here, network: Network, store: Store, sending: Sending) -> None:
        self._here = here
        self._network = network
        self._store = store
        self._sending = sending

    async def withdraw(self, identifier: Reference, wanted: Wanted) -> Withdrawn | Sequence[InputFault] | None:
        """Return what ends, once it is durable; what is wrong with the wish; None for a consent not held here.

        From now on this node refuses messages under it, the hub from the moment the withdrawals are logged, and each
        party locks what it holds in the moment it hears of it.
        """
        now = self._here.clock()
        found = await self._store.database.read(lambda c: self._find(c, identifier, wanted, now))
        if found is None or not isinstance(found, _Found):
            return found
        signed = [await asyncio.to_thread(sign, self._here, withdrawal_of(token)) for token in found.ending]
        content = encode_document(flatten(found.document))

        def store(connection: Connection) -> int:
            end = NewEnd(
                consent=identifier,
                version=read_version(found.document),
                holder=self._here.node,
                kind=EndKind.WITHDRAWN,
                whole=wanted.whole,
                at=now,
                item=self._store.vault.put(connection, content),
            )
            number = put_end(connection, end) or 0
            if wanted.whole:
                consent_store.mark_withdrawn(connection, identifier, now)
            consent_store.end_references(connection, [each.reference for each in found.ending])
            for posting in signed:
                put_posting(connection, posting, now)
            for node in found.parties:
                put_notice(connection, number, node, now + RECEIPT_DAYS * DAY)
            return number

        number = await self._store.database.write(store)
        await self.turn()
        return Withdrawn(number, len(found.ending), found.parties)

    async def turn(self) -> int:
        """Return how many notices are on their way now that were not before; the others wait for the next turn."""
        waiting = await self._store.database.read(unsent_notices)
        sent = 0
        for notice in waiting:
            sent += await self._tell(notice)
        return sent

    async def follow(self) -> Sequence[Followed]:
        """Return every notice that nobody answered yet, with whether it is late, the earliest due first."""
        now = self._here.clock()

        def load(connection: Connection) -> Sequence[Followed]:
            found = [(notice, find_end(connection, notice.withdrawal)) for notice in open_notices(connection)]
            return [Followed(notice, end, _late(notice, end, now)) for notice, end in found if end is not None]

        return sorted(await self._store.database.read(load), key=lambda each: each.notice.due_at)

    def _find(
        self, connection: Connection, identifier: Reference, wanted: Wanted, now: int
    ) -> "_Found | Sequence[InputFault] | None":
        vault = self._store.vault
        rows = consent_store.story(connection, identifier)
        newest = consent_store.newest_document(connection, vault, identifier)
        matrix = consent_store.current_matrix(connection, vault, identifier)
        if not rows or rows[0].holder != self._here.node or newest is None or matrix is None:
            return None
        if matrix.withdrawn_at is not None:
            return [InputFault("", "WITHDRAWN", "This consent was withdrawn already.")]
        document = _document(newest, wanted, now)
        faults = self._faults(document)
        if faults:
            return faults
        left = apply_withdrawal(matrix, document, now)
        if not wanted.whole and len(left.grants) == len(matrix.grants):
            return [InputFault("", "NOT_GRANTED", "Nothing of what is withdrawn was allowed.")]
        keeping = frozenset() if wanted.whole else {each.recipient for each in left.grants}
        tokens = consent_store.references_of(connection, identifier)
        ending = [each for each in tokens if not each.withdrawn and each.recipient not in keeping]
        return _Found(document, tuple(ending), _parties(tokens, wanted, self._here.node))

    def _faults(self, document: Mapping[str, JSON]) -> Sequence[InputFault]:
        bundle = self._network.replica.bundle
        type_ = None if bundle is None else bundle.catalogue.types.get(CONSENT_TYPE)
        if type_ is None:
            return [InputFault("", str(Code.POLICY_UNKNOWN), "The network's catalogue is not here yet.")]
        return [InputFault(each.path, str(each.code), each.sentence) for each in validate(type_, "body", document)]

    async def _tell(self, notice: Notice) -> bool:
        """Send one notice. The key of the request makes a second try after a crash the same message."""

        def load(connection: Connection) -> dict[str, JSON] | None:
            end = find_end(connection, notice.withdrawal)
            content = None if end is None else self._store.vault.get(connection, end.item)
            return None if content is None else unflatten(parse_body(content))

        document = await self._store.database.read(load)
        if document is None:
            return False
        key = request_key(f"consent end {notice.withdrawal} {notice.node}")
        try:
            result: Result | Fault = await self._sending.send(
                end_wish(self._network, self._here, document, notice.node), Options(request=(key, key))
            )
        except Fault as fault:
            result = fault
        message = result.message if isinstance(result, Queued) else None
        trouble = None if message is not None else _trouble(result)[:_LONGEST_TROUBLE]
        await self._store.database.write(lambda connection: note_sent(connection, notice, message, trouble))
        return message is not None


@dataclass(frozen=True, slots=True)
class _Found:
    """A withdrawal before it is stored."""

    document: dict[str, JSON]
    ending: tuple[ConsentToken, ...]
    parties: tuple[NodeId, ...]


def end_wish(network: Network, here: Here, document: Mapping[str, JSON], node: NodeId) -> Wish:
    """Return the request that tells ``node`` of the end of a consent, on the channel that both are on.

    The purpose is the first that an agreement between the two permits; that there is one is for the rules to say.
    """
    directory, now = network.replica.directory, here.clock()
    both = [directory.participant(each, now) for each in (here.node, node)]
    shared = all(each is not None and _OWN in each.channels for each in both)
    channel = _OWN if shared else _ACROSS
    agreements = directory.agreements_between(here.node, node, channel, now)
    purposes = sorted({purpose for each in agreements for purpose in each.purposes})
    return Wish(
        type=CONSENT_TYPE,
        document=document,
        to=(Addressee(node, reads_identity=False),),
        channel=channel,
        purpose=purposes[0] if purposes else None,
    )


def _document(newest: Mapping[str, JSON], wanted: Wanted, now: int) -> dict[str, JSON]:
    withdrawal: dict[str, JSON] = {
        "scope": "all" if wanted.whole else "part",
        "at": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "channel": wanted.channel,
        "told": wanted.told,
    }
    for name in ("recipients", "categories", "purposes"):
        listed: tuple[str, ...] = getattr(wanted, name)
        if listed:
            withdrawal[name] = [str(each) for each in listed]
    return {
        "case_ref": newest.get("case_ref"),
        "phase": "withdraw",
        "consent_id": newest.get("consent_id"),
        "version": newest.get("version"),
        "withdrawal": withdrawal,
    }


def _parties(tokens: Sequence[ConsentToken], wanted: Wanted, me: NodeId) -> tuple[NodeId, ...]:
    """Return everybody who ever sent or received under the consent and is concerned; senders always are."""
    about = [each for each in tokens if not wanted.recipients or each.recipient in wanted.recipients]
    found = {*(each.recipient for each in about), *(each.sender for each in about)}
    return tuple(sorted(found - {me}))


def _late(notice: Notice, end: End, now: int) -> bool:
    unreached = notice.reached.handed_over_at is None and now >= end.at + HOUR
    return unreached or now >= notice.due_at


def _trouble(result: Result | Fault) -> str:
    """Return why a notice did not leave, in codes."""
    match result:
        case Fault():
            return str(result.code)
        case Stopped():
            decision = result.refused.decision
            return ", ".join(each.rule for each in decision.findings) if decision else str(result.refused.code)
        case Faulty():
            return ", ".join(f"{each.path} {each.code}" for each in result.faults)
        case Conflict():
            return "CONFLICT"
        case _:
            return "DRY_RUN"
