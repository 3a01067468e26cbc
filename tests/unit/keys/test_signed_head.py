"""A checkpoint stands under the charter whose keys signed it, and its quorum is that charter's."""

from dataclasses import replace

from keys.signed_head import all_charters, directory_charters, shown_charters, signed_head, witnessed_head
from protocol.checkpoint import Checkpoint, directory_origin, sign_checkpoint, verify_head
from protocol.cosignature import add_cosignatures, cosign
from protocol.errors import Code
from protocol.statement_network import Reason, Revocation, Suspension, Target
from tests.simulators.log import PlainLogSigner
from tests.simulators.network import MK, RS, TestNetwork
from tests.simulators.party import NOW, CountingEntropy
from tests.simulators.refusal import refused

STRANGER = PlainLogSigner("stranger")
FRESH = PlainLogSigner("hub, later")


def changed() -> TestNetwork:
    """A network whose second charter names other log keys."""
    network = TestNetwork.founded(lambda: NOW, CountingEntropy())
    first = network.charter
    later = replace(first, version=2, previous=network.directory.charter_id(), hub_log_keys=FRESH.keys)
    network.append(later, *network.quorum)
    return network


def test_each_note_counts_under_the_charter_that_names_its_keys() -> None:
    network = changed()
    origin, charters = directory_origin(network.network_id), all_charters(network.directory)
    tree = Checkpoint(origin, 1, b"r" * 32)
    assert [each.version for each in charters] == [2, 1]
    assert directory_charters(network.directory, 1) == [charters[1]]
    for signer, version in ((FRESH, 2), (network.hub_log, 1)):
        head, charter = signed_head(sign_checkpoint(signer, tree, NOW), origin, charters)
        assert (head.checkpoint, charter.version) == (tree, version)
    with refused(Code.MISSING_SIGNATURE):
        signed_head(sign_checkpoint(STRANGER, tree, NOW), origin, charters)
    with refused(Code.BAD_CHECKPOINT):
        signed_head(b"no note", origin, charters)


def test_a_former_charters_quorum_counts_for_its_own_notes_only() -> None:
    network = changed()
    origin, charters = directory_origin(network.network_id), all_charters(network.directory)
    raw = sign_checkpoint(network.hub_log, Checkpoint(origin, 1, b"r" * 32), NOW)
    head = verify_head(raw, origin, network.hub_log.keys)
    lines = [line for name, keys in network.witnesses.items() for line in cosign(keys, name, head.checkpoint, NOW)]
    found, charter = witnessed_head(add_cosignatures(head, lines), origin, charters)
    assert (found.of, charter.version) == (len(network.witnesses), 1)
    with refused(Code.QUORUM):
        witnessed_head(raw, origin, charters)


def test_a_witness_whose_node_is_suspended_or_revoked_counts_as_long_as_the_charter_names_it() -> None:
    network = TestNetwork.small(lambda: NOW, CountingEntropy(), members=(MK, RS))
    who, quorum = network.nodes[MK.node].node, network.quorum
    raw = sign_checkpoint(network.hub_log, Checkpoint(directory_origin(network.network_id), 1, b"r" * 32), NOW)
    head = verify_head(raw, directory_origin(network.network_id), network.hub_log.keys)
    lines = [line for name, keys in network.witnesses.items() for line in cosign(keys, name, head.checkpoint, NOW)]
    note = add_cosignatures(head, lines)
    network.append(Suspension(node=who, issued_at=NOW, until=None, lift=False, reason=Reason.LOST), *quorum)
    network.append(Revocation(node=who, issued_at=NOW, target=Target.NODE, ids=(), reason=Reason.LEFT), *quorum)
    found, _ = witnessed_head(note, directory_origin(network.network_id), all_charters(network.directory))
    assert MK.name in found.times
    assert len(found.times) == found.of == found.quorum


def test_charters_are_found_by_the_sizes_at_which_they_were_in_force() -> None:
    directory = changed().directory
    first, second = directory.charter_at(1), directory.charter
    assert directory.charters_from(0) == directory.charters_from(1) == (second, first)
    assert directory.charters_from(2) == directory.charters_from(9) == (second,)
    assert shown_charters(directory, 1) == [second, first]  # a smaller one is a way back, whoever signed it
    assert shown_charters(directory, 2) == [second, first]
    assert shown_charters(directory, 3) == [second]
