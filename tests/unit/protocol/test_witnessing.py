"""A checkpoint proves something when a quorum of the charter's witnesses stands under it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from protocol.checkpoint import Checkpoint, directory_origin, messages_origin, sign_checkpoint, verify_head
from protocol.cosignature import Cosignature, Witness, add_cosignatures, cosign, cosign_plain
from protocol.errors import Code
from protocol.note import NoteLine
from protocol.witnessing import Witnessed, witnessed
from tests.simulators.log import PlainLogSigner
from tests.simulators.network import TestNetwork
from tests.simulators.party import NOW, CountingEntropy
from tests.simulators.refusal import refused

NAMES = ("at.audit", "mk.mvr", "rs.mup", "si.np")
SIGNERS = {name: PlainLogSigner(name) for name in NAMES}
LOG = PlainLogSigner("hub")
CHARTER = replace(
    TestNetwork.founded(lambda: NOW, CountingEntropy()).charter,
    hub_log_keys=LOG.keys,
    witnesses=tuple(Witness(name, SIGNERS[name].keys) for name in NAMES),
    quorum=3,
)
MESSAGES, DIRECTORY = messages_origin(CHARTER.network_id), directory_origin(CHARTER.network_id)


def note(origin: str, lines: Sequence[NoteLine]) -> bytes:
    raw = sign_checkpoint(LOG, Checkpoint(origin, 9, b"r" * 32), NOW)
    return add_cosignatures(verify_head(raw, origin, LOG.keys), lines)


def cosigned(origin: str, both: str = "", plain: str = "") -> Witnessed:
    """Return what is witnessed by the witnesses of these first letters, a second apart in alphabetical order."""
    tree = Checkpoint(origin, 9, b"r" * 32)
    lines: list[NoteLine] = []
    for at, name in enumerate(NAMES):
        if name[0] in both:
            lines += cosign(SIGNERS[name], name, tree, NOW + at)
        elif name[0] in plain:
            lines.append(cosign_plain(SIGNERS[name], name, tree, NOW + at))
    return witnessed(note(origin, lines), origin, CHARTER)


@pytest.mark.parametrize(
    ("origin", "both", "plain"), [(MESSAGES, "", "ars"), (MESSAGES, "a", "rs"), (DIRECTORY, "amr", "")]
)
def test_a_quorum_witnesses_each_log_as_it_demands(origin: str, both: str, plain: str) -> None:
    found = cosigned(origin, both, plain)
    assert (found.size, found.quorum, found.of, len(found.times)) == (9, 3, 4, 3)
    assert found.head.checkpoint.origin == origin


@pytest.mark.parametrize(("both", "plain"), [("", ""), ("am", ""), ("a", "r"), ("", "ms")])
def test_too_few_witnesses_prove_nothing(both: str, plain: str) -> None:
    with refused(Code.QUORUM):
        cosigned(MESSAGES, both, plain)


def test_ed25519_alone_does_not_witness_a_directory() -> None:
    with refused(Code.BAD_COSIGNATURE):
        cosigned(DIRECTORY, "am", "r")


def test_the_quorum_was_complete_when_its_last_witness_signed() -> None:
    assert cosigned(MESSAGES, "", "amrs").at == NOW + 2
    assert cosigned(MESSAGES, "", "ars").at == NOW + 3


def test_a_quorum_stood_by_it_as_long_as_so_many_signed_no_earlier() -> None:
    assert cosigned(MESSAGES, "", "amrs").still_at == NOW + 1
    assert cosigned(MESSAGES, "", "ars").still_at == NOW


def test_a_proof_lasts_when_a_quorum_signed_with_both_keys() -> None:
    lasting, passing = cosigned(MESSAGES, "ars", "m"), cosigned(MESSAGES, "ar", "ms")
    assert (lasting.lasting, lasting.at) == (True, NOW + 2)
    assert not passing.lasting
    assert passing.seen["si.np"] == Cosignature(NOW + 3, both=False)


def test_a_line_of_a_named_witness_that_fails_is_refused_beside_a_quorum() -> None:
    tree = Checkpoint(MESSAGES, 9, b"r" * 32)
    lines = [cosign_plain(SIGNERS[name], name, tree, NOW) for name in NAMES]
    with refused(Code.BAD_COSIGNATURE):
        witnessed(note(MESSAGES, [*lines[:3], replace(lines[3], signature=bytes(72))]), MESSAGES, CHARTER)


@pytest.mark.parametrize("origin", [messages_origin(b"another network!"), "log.example/other"])
def test_a_log_of_another_network_is_refused(origin: str) -> None:
    with refused(Code.BAD_CHECKPOINT):
        witnessed(note(origin, ()), origin, CHARTER)
