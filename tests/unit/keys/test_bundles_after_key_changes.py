"""A charter with other log keys of the hub: proofs of before it stand, and the former keys prove nothing of after it.

Both verifiers of a bundle say the same: the network's own, and the one that shares no code with it.
"""

from dataclasses import replace

import pytest

from egnatia.evidence.single.codec import Refused
from egnatia.evidence.single.told import verify as verify_alone
from keys.evidence_check import Verdict, verify_bundle
from keys.signed_head import check_signer, directory_charters, leaf_charters, proof_charter
from protocol.checkpoint import messages_origin
from protocol.errors import Code
from protocol.evidence import encode_acceptance
from protocol.evidence_bundle import EvidenceBundle, encode_evidence_bundle, parse_evidence_bundle
from protocol.statement_network import Reason, Suspension
from tests.simulators.bundles import TestCase, usual
from tests.simulators.network import RS, log_signer_of
from tests.simulators.refusal import refused
from tests.simulators.witnessing import change_charter

FRESH = log_signer_of("hub, new keys")


def changed() -> TestCase:
    """A case whose hub signs with other keys from its second message on."""
    case = usual()
    change_charter(case.network, hub_log_keys=FRESH.keys)
    return case


def holds(case: TestCase, bundle: EvidenceBundle) -> bool:
    raw = encode_evidence_bundle(bundle)
    proved = verify_bundle(parse_evidence_bundle(raw), case.pin)
    _, told = verify_alone(raw, case.pin)
    assert [each.id for each in told] == [each.id for each in proved.messages]
    return proved.verdict is Verdict.VERIFIED


def refuse(case: TestCase, bundle: EvidenceBundle) -> None:
    raw = encode_evidence_bundle(bundle)
    with refused(Code.MISSING_SIGNATURE):
        verify_bundle(parse_evidence_bundle(raw), case.pin)
    with pytest.raises(Refused):
        verify_alone(raw, case.pin)


def test_messages_of_before_and_of_after_are_proved_under_the_new_keys() -> None:
    case = changed()
    former, case.network.hub_log = case.network.hub_log, FRESH
    case.send()
    assert holds(case, case.bundle())
    case.network.hub_log = former
    refuse(case, replace(case.bundle(), directory_checkpoint=after(case)))


def after(case: TestCase) -> bytes:
    """The directory's checkpoint as the hub signs it with its new keys."""
    former, case.network.hub_log = case.network.hub_log, FRESH
    note = case.bundle_head()[1]
    case.network.hub_log = former
    return note


def test_the_directory_that_ends_with_the_change_is_signed_by_either_and_a_longer_one_by_the_new_keys() -> None:
    case = changed()
    assert holds(case, case.bundle())  # all of it under the former keys, the last entry of the directory included
    assert holds(case, replace(case.bundle(), directory_checkpoint=after(case)))
    body = Suspension(node=RS.node, issued_at=case.clock(), until=case.clock() + 60, lift=False, reason=Reason.LOST)
    case.network.append(body, case.network.registrars[0])
    refuse(case, case.bundle())
    assert holds(case, replace(case.bundle(), directory_checkpoint=after(case)))


def test_evidence_of_the_hub_stands_under_the_charter_of_its_leaf_or_a_later_one() -> None:
    case = changed()
    directory, former = case.network.directory, case.network.hub_log
    last = case.send()
    size = directory.size
    assert [each.version for each in leaf_charters(directory, size - 1)] == [2, 1]
    assert [each.version for each in leaf_charters(directory, size)] == [2]
    assert leaf_charters(directory, size + 1) == leaf_charters(directory, 0) == []
    assert directory_charters(directory, size) == leaf_charters(directory, size - 1)
    first = case.said[0]
    for signer, version in ((former, 1), (FRESH, 2)):
        case.network.hub_log = signer
        note = case.checkpoint(case.tree, messages_origin(case.network.network_id))
        old = encode_acceptance(first.envelope.id, case.inclusion(first.index), note)
        new = encode_acceptance(last.envelope.id, case.inclusion(last.index), note)
        assert proof_charter(old, directory).version == version
        if version == 2:
            assert proof_charter(new, directory).version == version
            continue
        with refused(Code.MISSING_SIGNATURE):
            proof_charter(new, directory)
    smaller = type(directory).start(case.network.charter_entry, case.pin).extend(case.network.entries[1:-1])
    with refused(Code.STALE_DIRECTORY):
        proof_charter(new, smaller)
    with refused(Code.MISSING_SIGNATURE):
        check_signer(smaller.charter, leaf_charters(directory, size))
