"""Says what an evidence bundle proves: who sent, when it was logged, to whom, handed over when. Pure; nothing is asked.

All is judged by the directory that the bundle brings, whose first entry is the charter that the reader has the digest
of, and at the directory size that stands in each leaf of the log, never at a time that somebody states about himself.
"""

from dataclasses import dataclass
from enum import StrEnum

from keys.directory import Directory
from keys.signed_head import all_charters, check_signer, directory_charters, leaf_charters, signed_head
from protocol import domains
from protocol.charter import Charter
from protocol.checkpoint import Head, directory_origin, messages_origin
from protocol.core import Core, Mode
from protocol.cose import verify
from protocol.disclosure import verify_rows
from protocol.errors import Code, Fault
from protocol.evidence import Event, Inclusion, verify_leaf, verify_receipt
from protocol.evidence_bundle import BundleFile
from protocol.evidence_order import check_order, contradict
from protocol.evidence_told import LoggedReceipt, LoggedUnserved, ToldMessage
from protocol.fields import Row
from protocol.ids import MessageId, NodeId
from protocol.leaf import Leaf, LeafKind, payload_digest
from protocol.limits import CLOCK_SKEW
from protocol.records import Participant
from protocol.unserved import check_unserved_leaf
from protocol.witnessing import Witnessed, count_witnesses


class Verdict(StrEnum):
    """What a bundle comes to that holds. One that does not hold has no verdict: it is refused with a code."""

    VERIFIED = "verified"
    NOT_WITNESSED = "complete-not-yet-witnessed"  # part of it rests on the word of the hub's operator alone


class Lack(StrEnum):
    """Why a bundle that holds is not verified."""

    MESSAGES = "messages"  # a checkpoint of the message log has no quorum
    DIRECTORY = "directory"  # the directory's checkpoint has none
    SINCE = "since"  # no quorum has seen the directory since one saw the message
    ENDED = "ended"  # keys were revoked or replaced before a quorum saw the directory that the bundle brings


@dataclass(frozen=True, slots=True)
class ProvedHead:
    """A checkpoint under its log's signatures; ``witnessed`` is None without a quorum of the charter's witnesses."""

    head: Head
    witnessed: Witnessed | None
    charter: Charter  # whose log keys signed it

    @property
    def named(self) -> int:
        """How many witnesses the charter names."""
        return len(self.charter.witnesses)

    @property
    def quorum(self) -> int:
        """How many of them have to stand under it."""
        return self.charter.quorum


@dataclass(frozen=True, slots=True)
class ProvedEvent:
    """What a recipient signed: which event, when by its own clock, and when the hub logged it."""

    event: Event
    at: int
    held: bool
    leaf: Leaf
    index: int


@dataclass(frozen=True, slots=True)
class ProvedUnserved:
    """What the hub logged: item ``number`` of the recipient's mailbox was never handed out before ``ended``."""

    number: int
    ended: int
    leaf: Leaf
    index: int


@dataclass(frozen=True, slots=True)
class ProvedRecipient:
    """An addressee as the directory showed it at the message's leaf, and what it signed, in log order.

    ``unserved`` is what the hub logged where it never handed the message out; then nothing was signed.
    """

    entry: Participant
    mode: Mode
    events: tuple[ProvedEvent, ...]
    unserved: ProvedUnserved | None = None

    def first(self, event: Event) -> ProvedEvent | None:
        """Return the first evidence of a kind, None where the bundle brings none."""
        return next((each for each in self.events if each.event is event), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvedMessage:
    """One message of a bundle that holds. ``key_ended_later`` says that the sender's keys were replaced since.

    ``signers`` are those whose keys it rests on, each as it stood at its leaf.
    """

    id: MessageId
    core: Core
    sender: Participant
    leaf: Leaf
    logged: Inclusion
    recipients: tuple[ProvedRecipient, ...]
    rows: tuple[tuple[str, tuple[Row, ...]], ...]  # part and the rows of it that are shown
    withheld: int
    sealed: bool
    key_ended_later: bool
    signers: tuple[Participant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """A bundle that holds. ``anchored`` says that the reader gave the charter's digest; else it was taken on trust."""

    file: BundleFile
    anchored: bool
    directory: Directory
    directory_head: ProvedHead
    heads: tuple[ProvedHead, ...]
    messages: tuple[ProvedMessage, ...]

    @property
    def verdict(self) -> Verdict:
        """Verified only where nothing rests on the word of the hub's operator."""
        return Verdict.NOT_WITNESSED if self.lacks else Verdict.VERIFIED

    @property
    def lacks(self) -> tuple[Lack, ...]:
        """What keeps it from being verified.

        A key counts as good only if a quorum saw the directory with that key in force at or after the moment at which
        a quorum had seen what it signed: then no help of the hub's operator makes a key good that was revoked before,
        nor does that of a witness which dates a cosignature of the old directory later than it was.
        """
        since = self.directory_head.witnessed
        seen = {each.head.checkpoint.size: each.witnessed for each in self.heads}
        found = {Lack.MESSAGES for each in seen.values() if each is None}
        if since is None:
            return tuple(sorted(found | {Lack.DIRECTORY}))
        found |= {Lack.SINCE for each in seen.values() if each is not None and since.still_at < each.at}
        signers = [who for message in self.messages for who in message.signers]
        found |= {Lack.ENDED for who in signers if not self.in_force(who)}
        return tuple(sorted(found))

    def in_force(self, signer: Participant) -> bool:
        """Return whether the keys that signed are still those of the node at the end of the bundle's directory.

        A suspension takes no key from anybody: it is judged at the leaf alone (docs/adr/0019).
        """
        now = self.directory.participant(signer.node)
        return now is not None and not now.revoked and now.identity == signer.identity

    def head_of(self, logged: Inclusion) -> ProvedHead:
        """Return the checkpoint that an inclusion refers to."""
        return next(each for each in self.heads if each.head.checkpoint.size == logged.size)


def verify_bundle(file: BundleFile, pin: bytes | None) -> Proved:
    """Return what the bundle proves. ``pin`` is the digest of the first charter as the reader knows it from elsewhere.

    Refuses ROOT_MISMATCH for another charter, WRONG_AUDIENCE for another network, what ``Directory.extend`` refuses,
    SPLIT_VIEW where a leaf, a core or the directory's checkpoint shows another directory, STALE_DIRECTORY where a leaf
    shows a larger one, BAD_CHECKPOINT, MISSING_SIGNATURE, BAD_SIGNATURE, BAD_COSIGNATURE, BAD_INCLUSION, BAD_EVIDENCE
    for a leaf of something else, a log that goes back in time or directory, a receipt that goes back, or a recipient
    that confirmed what the hub says it never handed out;
    UNKNOWN_SENDER, KEY_REVOKED, NODE_SUSPENDED, UNKNOWN_KEY, KEY_NOT_IN_LOG, KEY_NOT_VALID_AT_TIME for keys that were
    not valid at the leaf; NOT_YET_VALID, EXPIRED, NOT_A_RECIPIENT, FIELD_COMMITMENT, FIELD_ORDER.

    A missing quorum of witnesses refuses nothing: the verdict says it.
    """
    bundle = file.bundle
    if pin is not None and pin != bundle.charter:
        raise Fault(Code.ROOT_MISMATCH, "the bundle is of another network than the digest given")
    directory = Directory.start(bundle.directory[0], bundle.charter).extend(bundle.directory[1:])
    if directory.network_id != bundle.network:
        raise Fault(Code.WRONG_AUDIENCE, "network")
    directory_head = _directory_head(bundle.directory_checkpoint, directory)
    verifier = _Verifier(directory, {})
    for note in bundle.checkpoints:
        verifier.add_head(note, messages_origin(bundle.network))
    messages = tuple(verifier.message(each) for each in bundle.messages)
    verifier.check_log_order(bundle.messages)
    return Proved(
        file=file,
        anchored=pin is not None,
        directory=directory,
        directory_head=directory_head,
        heads=tuple(verifier.heads.values()),
        messages=messages,
    )


def _directory_head(note: bytes, directory: Directory) -> ProvedHead:
    """Return the head of the directory log, which covers exactly the entries of the bundle."""
    charters = directory_charters(directory, directory.size)
    found = _proved_head(note, directory_origin(directory.network_id), charters)
    checkpoint = found.head.checkpoint
    if (checkpoint.size, checkpoint.root) != (directory.size, directory.root):
        raise Fault(Code.SPLIT_VIEW, "the directory's checkpoint is of other entries")
    return found


def _proved_head(note: bytes, origin: str, charters: list[Charter]) -> ProvedHead:
    """Return the head after its log's signatures and every cosignature were verified."""
    head, charter = signed_head(note, origin, charters)
    try:
        witnessed = count_witnesses(head, charter)
    except Fault as fault:
        if fault.code is not Code.QUORUM:
            raise
        witnessed = None
    return ProvedHead(head, witnessed, charter)


@dataclass(frozen=True, slots=True)
class _Verifier:
    """Verifies messages under one directory. ``heads`` are the message log's, by size."""

    directory: Directory
    heads: dict[int, ProvedHead]

    def add_head(self, note: bytes, origin: str) -> None:
        found = _proved_head(note, origin, all_charters(self.directory))
        self.heads[found.head.checkpoint.size] = found

    def message(self, told: ToldMessage) -> ProvedMessage:
        core = told.manifest.core
        leaf = self.leaf(told.logged, LeafKind.MESSAGE, told.id)
        self.directory.check_view(core.directory_size, core.directory_root)
        sender = self.signer(core.sender, leaf)
        verify(told.signed, sender.identity, domains.MESSAGE, self.directory.network_id)
        _check_times(core, leaf)
        rows = tuple((each.part, verify_rows(each, sender.identity, self.directory.network_id)) for each in told.shown)
        recipients, now = self.recipients(told, leaf), self.directory.participant(core.sender)
        issuers = (self.signer(each.entry.node, event.leaf) for each in recipients for event in each.events)
        return ProvedMessage(
            id=told.id,
            core=core,
            sender=sender,
            leaf=leaf,
            logged=told.logged,
            recipients=recipients,
            rows=rows,
            withheld=sum(each.withheld for each in told.shown),
            sealed=bool(told.contents or told.wraps),
            key_ended_later=now is None or now.revoked or now.identity != sender.identity,
            signers=(sender, *issuers),
        )

    def leaf(self, logged: Inclusion, kind: LeafKind, digest: bytes) -> Leaf:
        """Return the leaf of an inclusion: it stands in the log, is of this, and its directory is this one."""
        found = self.heads[logged.size]
        leaf = verify_leaf(logged, found.head.checkpoint)
        if (leaf.kind, leaf.digest) != (kind, digest):
            raise Fault(Code.BAD_EVIDENCE, "leaf of something else")
        self.directory.check_view(leaf.directory_size, leaf.directory_root)
        check_signer(found.charter, leaf_charters(self.directory, leaf.directory_size))
        return leaf

    def signer(self, node: NodeId, leaf: Leaf) -> Participant:
        """Return a node as it stood at a leaf, fit to sign."""
        found = self.directory.participant_at(node, leaf.directory_size, leaf.time)
        if found is None:
            raise Fault(Code.UNKNOWN_SENDER, node)
        if found.revoked:
            raise Fault(Code.KEY_REVOKED, node)
        if found.suspended:
            raise Fault(Code.NODE_SUSPENDED, node)
        return found

    def recipients(self, told: ToldMessage, leaf: Leaf) -> tuple[ProvedRecipient, ...]:
        """Return every addressee with what it signed; each key was its own and valid at the leaf."""
        core = told.manifest.core
        if any(core.recipient(each.receipt.receipt.recipient) is None for each in told.receipts):
            raise Fault(Code.NOT_A_RECIPIENT)
        found = []
        for each in core.to:
            key = self.directory.check_key_at(each.key_id, leaf.directory_size, leaf.time)
            entry = self.directory.participant_at(each.node, leaf.directory_size, leaf.time)
            if (key.node, key.channel) != (each.node, core.channel) or entry is None:
                raise Fault(Code.KEY_NOT_VALID_AT_TIME, "key of another node or channel")
            mine = [receipt for receipt in told.receipts if receipt.receipt.receipt.recipient == each.node]
            events = tuple(self.event(receipt) for receipt in mine)
            said = [event.event for event in events]
            check_order(said)
            unserved = self.unserved(told, each.node)
            if contradict(said, unserved=unserved is not None):
                raise Fault(Code.BAD_EVIDENCE, "confirmed, and never handed out")
            found.append(ProvedRecipient(entry, each.mode, events, unserved))
        return tuple(found)

    def event(self, told: LoggedReceipt) -> ProvedEvent:
        receipt = told.receipt.receipt
        leaf = self.leaf(told.logged, LeafKind.EVIDENCE, told.receipt.id)
        issuer = self.signer(receipt.recipient, leaf)
        verify_receipt(told.receipt, issuer.identity, self.directory.network_id)
        return ProvedEvent(receipt.event, receipt.at, receipt.held, leaf, told.logged.index)

    def unserved(self, told: ToldMessage, node: NodeId) -> ProvedUnserved | None:
        """Return what the hub logged of a recipient that it never handed the message to, once at most."""
        mine = [each for each in told.unserved if each.record.recipient == node]
        if len(mine) > 1:
            raise Fault(Code.BAD_EVIDENCE, "never handed out, twice")
        return self._unserved(mine[0]) if mine else None

    def _unserved(self, told: LoggedUnserved) -> ProvedUnserved:
        record = told.record
        leaf = self.leaf(told.logged, LeafKind.UNSERVED, payload_digest(record.encode()))
        check_unserved_leaf(record, leaf)
        return ProvedUnserved(record.number, record.expires_at, leaf, told.logged.index)

    def check_log_order(self, messages: tuple[ToldMessage, ...]) -> None:
        """Raise BAD_EVIDENCE unless time and directory size never decrease along the log (decision 8)."""
        inclusions = sorted((each for told in messages for each in told.inclusions), key=lambda each: each.index)
        time, size, last = 0, 0, -1
        for each in inclusions:
            leaf = verify_leaf(each, self.heads[each.size].head.checkpoint)
            if each.index == last or leaf.time < time or leaf.directory_size < size:
                raise Fault(Code.BAD_EVIDENCE, "the log goes back")
            time, size, last = leaf.time, leaf.directory_size, each.index


def _check_times(core: Core, leaf: Leaf) -> None:
    if leaf.time + CLOCK_SKEW < core.issued_at:
        raise Fault(Code.NOT_YET_VALID)
    if leaf.time >= core.expires_at:
        raise Fault(Code.EXPIRED)
