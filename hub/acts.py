"""Acts that no operator does alone, from bytes to their leaf: proposed with one signature, carried out with the last.

What they put in force is kept here, for whoever asks: whether new messages are taken, and for how long things are kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from hub.act_rules import ActState, signers_of
from hub.act_store import StoredAct, drop_lapsed, find_act, list_acts, put_act
from hub.config import RetentionSettings
from hub.intake_acts import attached_places
from hub.items import NewAct
from hub.part_store import PartStore
from hub.submissions import Desk
from protocol.cbor import Item, encode
from protocol.errors import Code, Fault, Malformed
from protocol.hub_acts import ACT_LIFE, Purge, Retention, SignedAct, encode_signatures, parse_act, verify_act
from protocol.limits import CLOCK_SKEW, MAX_BATCH


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an act has come: how many people signed of those needed, and its leaf once it is carried out."""

    signed: int
    needed: int
    leaf: int | None


class Acts:
    """Takes signatures over acts. One per hub; ``state`` is what all acts carried out so far say together."""

    def __init__(self, desk: Desk, store: PartStore, state: ActState) -> None:
        self._database = desk.database
        self._intake = desk.intake
        self._roster = desk.roster
        self._clock = desk.clock
        self._store = store
        self.state = state
        self.on_change: list[Callable[[ActState], None]] = []

    async def take(self, raw: bytes, named: bytes) -> Progress:
        """Take one person's signature over an act; return after it is stored, or, with the last one, carried out.

        Refuses UNKNOWN_KEY and BAD_SIGNATURE for anybody who may not sign, NOT_PERMITTED for a person who has signed
        already, EXPIRED a day after the act's issue, NOT_YET_VALID for one from the future, UNKNOWN_MESSAGE.
        """
        signed = parse_act(raw)
        if signed.id != named:
            raise Malformed("the path names another act")
        charter = self._roster.current.directory.charter
        people, needed = signers_of(signed.act, self.state, charter)
        verify_act(signed, people, charter.network_id)
        now = self._clock()
        found = await self._database.write(lambda connection: _gather(connection, signed, now, needed))
        count = len(found.signatures)
        if found.leaf is not None or count < needed:
            return Progress(count, needed, found.leaf)
        return Progress(count, needed, await self._carry_out(signed, found.raw))

    async def list(self) -> bytes:
        """Return the encoded array of [act under its signatures, leaf or null], what waits before what is done."""
        now = self._clock()

        def read(connection: Connection) -> Sequence[StoredAct]:
            drop_lapsed(connection, now)
            return list_acts(connection, MAX_BATCH)

        found = await self._database.write(read)
        items: list[Item] = [[each.raw, each.leaf] for each in found]
        return encode(items)

    def adopt(self, state: ActState) -> None:
        """Put in force what an act that was carried out says; called after its commit."""
        self.state = state
        for changed in self.on_change:
            changed(state)

    async def _carry_out(self, signed: SignedAct, raw: bytes) -> int:
        subject = signed.act.subject
        messages = subject.messages if isinstance(subject, Purge) else ()
        places = await self._database.read(lambda connection: attached_places(connection, messages))
        logged = await self._intake.take(NewAct(raw, self.adopt), len(raw))
        for place in places:
            await self._store.remove(place)  # one that does not answer now is cleared by the look at left-over parts
        return logged.index


def retention_in_force(written: RetentionSettings, state: ActState) -> RetentionSettings:
    """Return the settings of retention: how often and how much at once from the file, for how long as acts decide."""
    days = state.retention_in_force(Retention(written.core_days, written.civil_core_days, written.count_days))
    return replace(written, core_days=days.core_days, civil_core_days=days.civil_core_days, count_days=days.count_days)


def _gather(connection: Connection, signed: SignedAct, now: int, needed: int) -> StoredAct:
    """Return the act with one more signature, stored unless it is the last; one that is carried out stays as it is.

    Looking and storing are one transaction: two people who sign at once lose neither signature, and no late signature
    makes a proposal again of what stands in the log.
    """
    drop_lapsed(connection, now)
    known = find_act(connection, signed.id)
    if known is not None and known.leaf is not None:
        return known
    _check_times(signed, now)
    if known is not None and signed.signed.ed_kid in known.signers():
        raise Fault(Code.NOT_PERMITTED, "the same person twice")
    signatures = (signed,) if known is None else (*known.signatures, signed)
    found = StoredAct(signed.id, signatures, encode_signatures([each.signed.raw for each in signatures]), None)
    if len(signatures) < needed:
        put_act(connection, found)
    return found


def _check_times(signed: SignedAct, now: int) -> None:
    if signed.act.issued_at > now + CLOCK_SKEW:
        raise Fault(Code.NOT_YET_VALID, "act")
    if signed.act.issued_at < now - ACT_LIFE:
        raise Fault(Code.EXPIRED, "act")
