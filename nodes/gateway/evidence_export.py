"""Makes evidence bundles: one file that proves messages and what became of them to somebody who trusts neither side.

Every proof is asked of the hub anew under one checkpoint, a witnessed one where there is any; while the hub does not
answer, the proofs that were stored when things happened go in instead. What is made is verified before it is handed
out, exactly as its reader will, and written down.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from keys.evidence_check import Proved, verify_bundle
from nodes.gateway.deeds import Act, Operation
from nodes.gateway.evidence_heads import EvidenceHeads, Heading
from nodes.gateway.evidence_kept import Kept, load_kept
from nodes.gateway.here import Here
from nodes.gateway.stores import Network, Store
from protocol.disclosure import Disclosure, parse_disclosure
from protocol.errors import Code, Fault
from protocol.evidence import Inclusion
from protocol.evidence_bundle import BundleFile, EvidenceBundle, encode_evidence_bundle, parse_evidence_bundle
from protocol.evidence_told import LoggedReceipt, LoggedUnserved, ToldMessage, show_in_bundle
from protocol.ids import MessageId


class Lacking(StrEnum):
    """Why there is no bundle."""

    UNKNOWN = "unknown"  # a message that is not here
    NOT_LOGGED = "not-logged"  # nothing of it stands in the hub's log yet, so that there is nothing to prove


@dataclass(frozen=True, slots=True)
class ProofWish:
    """Which messages a bundle is about; whether their ciphertext comes along, and which disclosures of their rows."""

    messages: tuple[MessageId, ...]
    sealed: bool = False
    shown: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class MadeBundle:
    """A bundle and what it proves, verified. ``left_out`` are messages of which nothing is logged yet."""

    raw: bytes = field(repr=False)
    proved: Proved
    left_out: tuple[MessageId, ...] = ()

    @property
    def file(self) -> BundleFile:
        """The list of members and the fingerprint."""
        return self.proved.file


class EvidenceExport:
    """Makes bundles of what this node can prove."""

    def __init__(self, here: Here, network: Network, store: Store) -> None:
        self._here = here
        self._network = network
        self._store = store
        self._heads = EvidenceHeads(network, store)

    async def make(self, wish: ProofWish) -> MadeBundle | Lacking:
        """Return the bundle after it was verified and written down.

        Raises what a disclosure's parser refuses, DISCLOSURE for one of another message, and the code by which the
        bundle does not hold: then something that this node keeps was changed.
        """
        shown = await asyncio.to_thread(_by_message, wish)
        kept = await self._store.database.read(lambda connection: load_kept(connection, wish.messages))
        if kept is None:
            return Lacking.UNKNOWN
        logged = [each for each in kept if each.logged is not None]
        if not logged:
            return Lacking.NOT_LOGGED
        heading = await self._heads.find(logged)
        bundle = EvidenceBundle(
            network=self._here.network,
            charter=self._network.replica.pin,
            maker=self._here.node,
            made_at=self._here.clock(),
            directory=heading.directory,
            directory_checkpoint=heading.directory_checkpoint,
            checkpoints=heading.checkpoints,
            messages=tuple(_told(each, heading, shown, sealed=wish.sealed) for each in _in_log_order(logged, heading)),
        )
        raw = await asyncio.to_thread(encode_evidence_bundle, bundle)
        proved = await asyncio.to_thread(lambda: verify_bundle(parse_evidence_bundle(raw), bundle.charter))
        made = MadeBundle(raw, proved, tuple(each.message for each in kept if each.logged is None))
        act = Act(
            operation=Operation.DISCLOSURE,
            deed="save-proof",
            objects=tuple(each.id for each in proved.messages),
            digest=made.file.fingerprint,
            count=sum(len(rows) for each in proved.messages for _, rows in each.rows),
        )
        await self._store.database.write(lambda connection: self._store.journal.note(connection, act))
        return made


def _by_message(wish: ProofWish) -> Mapping[MessageId, Sequence[Disclosure]]:
    """Return the disclosures that were chosen, by their messages, ascending by part."""
    found: dict[MessageId, list[Disclosure]] = {}
    for raw in wish.shown:
        disclosure = parse_disclosure(raw)
        if disclosure.message not in wish.messages:
            raise Fault(Code.DISCLOSURE, "rows of another message")
        found.setdefault(disclosure.message, []).append(show_in_bundle(disclosure))
    return {message: sorted(each, key=lambda one: one.part) for message, each in found.items()}


def _in_log_order(kept: Sequence[Kept], heading: Heading) -> list[Kept]:
    return sorted(kept, key=lambda each: heading.inclusion(each.proof).index)


def _told(
    kept: Kept, heading: Heading, shown: Mapping[MessageId, Sequence[Disclosure]], *, sealed: bool
) -> ToldMessage:
    receipts = [LoggedReceipt(receipt, heading.inclusion(proof)) for receipt, proof in kept.receipts]
    unserved = [LoggedUnserved(record, heading.inclusion(proof)) for record, proof in kept.unserved]
    return ToldMessage(
        signed=kept.signed,
        manifest=kept.manifest,
        logged=heading.inclusion(kept.proof),
        receipts=tuple(sorted(receipts, key=_place)),
        contents=kept.contents if sealed else (),
        wraps=kept.wraps if sealed else (),
        shown=tuple(shown.get(kept.message, ())),
        unserved=tuple(sorted(unserved, key=_place)),
    )


def _place(said: LoggedReceipt | LoggedUnserved) -> int:
    found: Inclusion = said.logged
    return found.index
