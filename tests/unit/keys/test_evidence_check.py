"""What a bundle proves, and what makes it prove nothing: claims are judged at their leaves, by the reader's charter."""

from dataclasses import replace

import pytest

from egnatia.evidence.single.told import verify as verify_alone
from egnatia.evidence.single.told import witnessed as witnessed_alone
from keys.evidence_check import Lack, Proved, Verdict, verify_bundle
from protocol.checkpoint import LogKeys, directory_origin, messages_origin, verify_head
from protocol.core import Mode
from protocol.cosignature import add_cosignatures, cosign
from protocol.disclosure import Source, disclose
from protocol.envelope import Delivery
from protocol.errors import Code
from protocol.evidence import Event
from protocol.evidence_bundle import EvidenceBundle, encode_evidence_bundle, parse_evidence_bundle
from protocol.ids import Channel
from protocol.leaf import LeafKind
from protocol.opening import Reader, open_delivery
from protocol.seal import seal
from protocol.statement_network import Reason, Revocation, Suspension, Target
from tests.simulators.bundles import Said, TestCase, usual
from tests.simulators.log import MemoryTree
from tests.simulators.network import AL, MK, RS, identity_of, log_signer_of
from tests.simulators.party import CountingEntropy
from tests.simulators.refusal import refused


def check(case: TestCase, bundle: EvidenceBundle | None = None, pin: bytes | None = None) -> Proved:
    raw = encode_evidence_bundle(case.bundle() if bundle is None else bundle)
    return verify_bundle(parse_evidence_bundle(raw), case.pin if pin is None else pin)


def revoke(case: TestCase, *ids: bytes, member: str = "rs.contact") -> None:
    target = Target.KEYS if ids else Target.NODE
    node = RS.node if member == RS.name else MK.node
    body = Revocation(node=node, issued_at=case.clock(), target=target, ids=ids, reason=Reason.COMPROMISED)
    case.network.append(body, *case.network.quorum)


def test_a_usual_case_is_proved_from_end_to_end() -> None:
    case = usual()
    proved = check(case)
    assert (proved.verdict, proved.anchored) == (Verdict.VERIFIED, True)
    (message,) = proved.messages
    assert (message.sender.node, message.leaf.time) == (RS.node, case.said[0].envelope.manifest.core.issued_at)
    (to,) = message.recipients
    assert (to.entry.node, to.mode) == (MK.node, Mode.ACTION)
    assert [each.event for each in to.events] == [Event.CONTENT_HANDOVER, Event.CONTENT_ACCESS_TRACKING]
    handed = to.first(Event.CONTENT_HANDOVER)
    assert handed is not None
    assert handed.leaf.time == message.leaf.time + 60
    assert to.first(Event.CONSIGNMENT_REJECTION) is None
    assert proved.head_of(message.logged) is proved.heads[0]
    assert not message.key_ended_later
    assert not message.sealed


def test_without_the_readers_charter_it_says_that_it_was_taken_on_trust() -> None:
    case = usual()
    file = parse_evidence_bundle(case.raw())
    assert not verify_bundle(file, None).anchored
    with refused(Code.ROOT_MISMATCH):
        verify_bundle(file, bytes(32))


@pytest.mark.parametrize("asleep", [("messages",), ("directory",), ("messages", "directory")])
def test_too_few_witnesses_are_a_verdict_of_its_own_and_never_verified(asleep: tuple[str, ...]) -> None:
    case = usual()
    full = case.bundle()
    case.witnesses = case.witnesses[:2]
    few = case.bundle()
    changes = {"checkpoints": few.checkpoints} if "messages" in asleep else {}
    if "directory" in asleep:
        changes["directory_checkpoint"] = few.directory_checkpoint  # type: ignore[assignment]
    proved = check(case, replace(full, **changes))  # type: ignore[arg-type]
    assert proved.verdict is Verdict.NOT_WITNESSED
    assert proved.lacks == tuple(sorted(Lack(each) for each in asleep))


def test_a_cosignature_that_does_not_hold_is_no_missing_one() -> None:
    case = usual()
    good = case.bundle()
    case.network.witnesses = case.network.witnesses | {"auditor": log_signer_of("somebody else")}
    assert check(case, case.bundle(directory_checkpoint=good.directory_checkpoint)).verdict is Verdict.NOT_WITNESSED
    note = good.checkpoints[0].decode()
    lines = note.split("\n")
    at = next(at for at, line in enumerate(lines) if line.startswith("\u2014 auditor"))
    word = lines[at].split(" ")[2]
    lines[at] = lines[at].replace(word, word[:40] + ("A" if word[40] != "A" else "B") + word[41:])
    with refused(Code.BAD_COSIGNATURE):
        check(case, replace(good, checkpoints=("\n".join(lines).encode(),)))


def test_attack_075_a_key_revoked_before_its_use_proves_nothing() -> None:
    case = TestCase()
    revoke(case)
    case.said.append(Said(case.senders.seal(RS, MK), 0))
    case.log(LeafKind.MESSAGE, case.said[0].envelope.id)
    with refused(Code.KEY_REVOKED):
        check(case)


def test_a_key_revoked_after_its_use_proves_what_witnesses_saw_before() -> None:
    case = usual()
    case.clock.now += 60
    before = case.bundle()
    assert check(case, before).lacks == ()
    revoke(case)
    case.clock.now += 60
    after = check(case)
    assert after.messages[0].key_ended_later
    assert (after.verdict, after.lacks) == (Verdict.NOT_WITNESSED, (Lack.ENDED,))
    # Under what witnesses saw between the message and the revocation it stays proved for ever.
    later = check(case, replace(before, made_at=case.clock()))
    assert (later.verdict, later.messages[0].key_ended_later) == (Verdict.VERIFIED, False)


def test_a_directory_that_was_witnessed_before_the_message_says_nothing_about_its_keys() -> None:
    case = TestCase()
    _, early = case.bundle_head()
    case.clock.now += 60
    case.send()
    assert check(case, case.bundle(directory_checkpoint=early)).lacks == (Lack.SINCE,)
    assert check(case).lacks == ()


def test_one_witness_that_states_a_later_time_makes_no_old_directory_newer() -> None:
    case = TestCase()
    _, early = case.bundle_head()
    head = verify_head(early, directory_origin(case.network.network_id), case.network.hub_log.keys)
    late = case.clock() + 86_400
    lying = cosign(case.key("auditor"), "auditor", head.checkpoint, late)
    case.clock.now += 60
    case.send()
    later = add_cosignatures(head, lying)
    assert check(case, case.bundle(directory_checkpoint=later)).lacks == (Lack.SINCE,)
    every = [line for name in case.witnesses for line in cosign(case.key(name), name, head.checkpoint, late)]
    assert check(case, case.bundle(directory_checkpoint=add_cosignatures(head, every))).lacks == ()


def test_even_blind_witnesses_do_not_make_a_key_good_that_was_revoked() -> None:
    """The operator lets them sign a leaf that lies about time and directory, long after the revocation."""
    case = TestCase()
    size, root, early = case.network.directory.size, case.network.directory.root, case.clock()
    _, old = case.bundle_head()
    stolen = case.senders.seal(RS, MK)
    entries = tuple(case.network.entries)
    case.clock.now += 3_600
    revoke(case)
    case.clock.now += 3_600
    leaf = {"directory_size": size, "directory_root": root, "time": early}
    case.said.append(Said(stolen, case.log(LeafKind.MESSAGE, stolen.id, **leaf)))
    assert check(case).lacks == (Lack.ENDED,)
    assert check(case, case.bundle(directory=entries, directory_checkpoint=old)).lacks == (Lack.SINCE,)


@pytest.mark.parametrize("help_of", ["a lower size", "a lower size and root", "another directory"])
def test_the_hubs_operator_cannot_help_a_revoked_key(help_of: str) -> None:
    """He has the hub's keys and writes into the log what he likes; no honest witness cosigns a log that goes back."""
    case = TestCase(members=(RS, MK, AL))
    case.send(MK, AL)
    size, root = case.network.directory.size, case.network.directory.root
    revoke(case)
    case.send(MK, AL)
    body = case.senders.seal(RS, MK, directory_size=size, directory_root=root)
    lies: dict[str, dict[str, object]] = {
        "a lower size": {"directory_size": size},
        "a lower size and root": {"directory_size": size, "directory_root": root},
        "another directory": {"directory_root": bytes(32)},
    }
    case.said.append(Said(body, case.log(LeafKind.MESSAGE, body.id, **lies[help_of])))
    with refused(Code.BAD_EVIDENCE, Code.SPLIT_VIEW):
        check(case)
    # Alone in its file the entry does not contradict another; then nobody but the operator vouches for it.
    del case.said[:2]
    case.witnesses = ()
    if help_of == "a lower size and root":
        assert check(case).verdict is Verdict.NOT_WITNESSED
    else:
        with refused(Code.SPLIT_VIEW):
            check(case)


def test_a_suspended_sender_proves_nothing() -> None:
    case = TestCase()
    now = case.clock()
    body = Suspension(node=RS.node, issued_at=now, until=now + 3_600, lift=False, reason=Reason.COMPROMISED)
    case.network.append(body, *case.network.quorum)
    case.send()
    with refused(Code.NODE_SUSPENDED):
        check(case)


def test_a_suspension_after_the_message_takes_no_key_from_its_sender() -> None:
    case = usual()
    body = Suspension(node=RS.node, issued_at=case.clock(), until=None, lift=False, reason=Reason.COMPROMISED)
    case.network.append(body, *case.network.quorum)
    assert check(case).verdict is Verdict.VERIFIED
    assert witnessed_alone(*verify_alone(case.raw(), case.pin))


def test_who_was_never_enrolled_proves_nothing() -> None:
    case = TestCase()
    first = case.network.directory.charter_at(1)
    assert first is not None
    case.send(leaf_directory_size=1, leaf_directory_root=case.network.directory.root_at(1))
    with refused(Code.UNKNOWN_SENDER):
        check(case)


def test_a_recipients_key_that_was_revoked_proves_nothing() -> None:
    case = TestCase()
    sealed = case.senders.seal(RS, MK)
    revoke(case, sealed.manifest.core.to[0].key_id, member=MK.name)
    case.said.append(Said(sealed, case.log(LeafKind.MESSAGE, sealed.id)))
    with refused(Code.KEY_REVOKED):
        check(case)


def test_a_receipt_by_other_keys_or_of_somebody_else_proves_nothing() -> None:
    case = TestCase()
    said = case.send()
    mine = case.network.nodes[MK.node]
    mine.identity = identity_of("somebody else")
    case.say(said, Event.CONTENT_HANDOVER)
    with refused(Code.UNKNOWN_KEY):
        check(case)
    said.receipts.clear()
    case.say(said, Event.CONTENT_HANDOVER, by=RS)
    with refused(Code.NOT_A_RECIPIENT):
        check(case)


def test_evidence_that_takes_something_back_proves_nothing() -> None:
    case = usual()
    case.say(case.said[0], Event.CONTENT_HANDOVER_FAILURE)
    with refused(Code.BAD_EVIDENCE):
        check(case)


def test_a_leaf_of_something_else_proves_nothing() -> None:
    case = TestCase()
    said = case.send()
    said.index = case.log(LeafKind.EVIDENCE, said.envelope.id)
    with refused(Code.BAD_EVIDENCE):
        check(case)


def test_a_log_that_goes_back_in_time_proves_nothing() -> None:
    case = TestCase()
    case.send()
    case.send(leaf_time=case.clock() - 1)
    with refused(Code.BAD_EVIDENCE):
        check(case)


@pytest.mark.parametrize(("at", "code"), [(-600, Code.NOT_YET_VALID), (15 * 86_400, Code.EXPIRED)])
def test_a_leaf_outside_the_life_of_its_message_proves_nothing(at: int, code: Code) -> None:
    case = TestCase()
    case.send(leaf_time=case.clock() + at)
    with refused(code):
        check(case)


def test_another_directory_than_the_checkpoints_proves_nothing() -> None:
    case = usual()
    bundle = case.bundle()
    with refused(Code.SPLIT_VIEW):
        check(case, replace(bundle, directory=bundle.directory[:-1]))
    with refused(Code.SPLIT_VIEW):
        origin = directory_origin(case.network.network_id)
        other = MemoryTree([*bundle.directory[:-1], b"x"])
        check(case, replace(bundle, directory_checkpoint=case.checkpoint(other, origin)))
    with refused(Code.WRONG_AUDIENCE):
        check(case, replace(bundle, network=bytes(16)))
    with refused(Code.BAD_CHECKPOINT):
        log = case.checkpoint(case.tree, messages_origin(bytes(16)))
        check(case, replace(bundle, checkpoints=(log,)))


def test_a_directory_that_ends_before_the_leaf_proves_nothing() -> None:
    case = TestCase()
    before = case.bundle_head()
    revoke(case, member=MK.name)
    case.send(MK, RS, leaf_directory_size=before[0] + 1)
    with refused(Code.STALE_DIRECTORY):
        check(case, case.bundle(directory=tuple(case.network.entries[: before[0]]), directory_checkpoint=before[1]))


def test_checkpoints_may_be_older_than_the_hubs_newest_keys() -> None:
    case = usual()
    old = case.bundle()
    charter = case.network.charter
    fresh = log_signer_of("hub, new keys")
    later = replace(
        charter,
        version=2,
        previous=case.network.directory.charter_id(),
        hub_log_keys=LogKeys(fresh.keys.ed25519, fresh.keys.mldsa44),
    )
    case.network.append(later, *case.network.quorum)
    case.network.hub_log = fresh
    new = case.bundle(checkpoints=old.checkpoints)
    assert check(case, new).verdict is Verdict.VERIFIED
    with refused(Code.BAD_CHECKPOINT):
        check(case, replace(new, checkpoints=(old.checkpoints[0].replace(b"/messages", b"/massages"),)))
    case.network.hub_log = log_signer_of("nobody's")
    with refused(Code.MISSING_SIGNATURE):
        check(case, case.bundle(checkpoints=old.checkpoints))


def test_rows_and_ciphertext_come_along_and_are_the_ones_that_were_signed() -> None:
    case = TestCase()
    said = case.send()
    envelope = said.envelope
    delivery = Delivery(envelope.id, envelope.manifest, envelope.signed, 0, envelope.wraps[0], envelope.contents)
    reader = Reader(MK.node, case.network.network_id, 1, case.network.nodes[MK.node].ring)
    opened = open_delivery(delivery, case.network.nodes[RS.node].identity.public, reader)
    said.shown = (disclose(Source(envelope.signed, "body", opened.body), ["/plate"]),)
    said.sealed = True
    (message,) = check(case).messages
    ((part, rows),) = message.rows
    assert (part, [(row.path, row.value) for row in rows], message.withheld) == ("body", [("/plate", "SK-1234-AB")], 1)
    assert message.sealed
    lie = replace(said.shown[0].slots[0], value="SK-0000-XX")  # type: ignore[type-var]  # a shown row
    said.shown = (replace(said.shown[0], slots=(lie, *said.shown[0].slots[1:])),)
    with refused(Code.FIELD_COMMITMENT):
        check(case)


def test_a_key_of_another_channel_proves_nothing() -> None:
    case = TestCase()
    made = case.senders.sealing(RS, MK)
    other = case.network.directory.recipient_key(MK.node, Channel("system"), case.clock())
    assert other is not None
    (target,) = made.targets
    wrong = replace(target, key_id=other.key_id, public_key=other.public_key)
    sender = case.network.nodes[RS.node].identity
    envelope = seal(made.cleared, (wrong,), made.issue, sender, CountingEntropy("wrong key"))
    case.said.append(Said(envelope, case.log(LeafKind.MESSAGE, envelope.id)))
    with refused(Code.KEY_NOT_VALID_AT_TIME):
        check(case)


def unfetched() -> TestCase:
    """Return a case whose message ran out: one recipient opened it, the other never fetched it."""
    case = TestCase(members=(RS, MK, AL))
    said = case.send(RS, (MK, AL))
    case.say(said, Event.CONTENT_HANDOVER)
    case.clock.now = said.envelope.manifest.core.expires_at
    case.never_handed_out(said, AL)
    return case


def test_the_hub_proves_who_never_fetched() -> None:
    case = unfetched()
    ends = case.said[0].envelope.manifest.core.expires_at
    proved = check(case)
    silent, handed = proved.messages[0].recipients
    assert (silent.entry.node, silent.events, handed.unserved) == (AL.node, (), None)
    assert silent.unserved is not None
    assert (silent.unserved.number, silent.unserved.ended, silent.unserved.index) == (1, ends, 2)
    assert proved.lacks == ()


def test_attack_031_who_confirmed_was_handed_it() -> None:
    for event in Event:
        case = unfetched()
        case.say(case.said[0], event, AL)
        with refused(Code.BAD_EVIDENCE):
            check(case)


@pytest.mark.parametrize(
    "changes",
    [
        {"leaf_kind": LeafKind.EVIDENCE},
        {"leaf_digest": bytes(32)},
        {"leaf_time": 1},
        {"number": 2},
    ],
    ids=["another kind", "another record", "too early", "twice"],
)
def test_a_record_that_its_leaf_does_not_bear_out_is_refused(changes: dict[str, object]) -> None:
    case = unfetched()
    if "number" not in changes:
        case.said[0].unserved.clear()
    case.never_handed_out(case.said[0], AL, **changes)
    with refused(Code.BAD_EVIDENCE):
        check(case)
