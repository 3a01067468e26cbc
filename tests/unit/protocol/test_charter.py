"""The charter's codec: what is written is read back, and what would be unsafe is refused."""

from dataclasses import replace

import pytest

from protocol.cbor import Item
from protocol.charter import LARGEST_QUORUM, ChannelTerms, Charter, encode_charter, least_quorum, parse_charter
from protocol.cose import identity_kid
from protocol.cosignature import Witness
from protocol.errors import Code
from protocol.ids import Channel, StatementId
from tests.simulators.network import TestNetwork, identity_of, log_signer_of
from tests.simulators.party import NOW, CountingEntropy
from tests.simulators.refusal import refused

CHARTER = TestNetwork.founded(lambda: NOW, CountingEntropy()).charter
POLICE = Channel("police")


def fields(charter: Charter = CHARTER) -> dict[int, Item]:
    return encode_charter(charter)


def witnesses(count: int) -> tuple[Witness, ...]:
    names = sorted(f"witness-{number:02}" for number in range(count))
    return tuple(Witness(name, log_signer_of(name).keys) for name in names)


def test_a_first_charter_reads_back() -> None:
    assert parse_charter(fields()) == CHARTER


def test_a_later_charter_reads_back() -> None:
    later = replace(CHARTER, version=2, previous=StatementId(b"p" * 32))
    assert parse_charter(fields(later)) == later


def test_the_hubs_next_tls_key_stands_beside_the_present_one() -> None:
    named = replace(CHARTER, hub_next_tls_pin=b"n" * 32)
    assert parse_charter(fields(named)) == named
    assert named.hub_tls_pins == {CHARTER.hub_tls_pin, b"n" * 32}
    assert CHARTER.hub_tls_pins == {CHARTER.hub_tls_pin}
    for pin in (CHARTER.hub_tls_pin, b"short"):
        with refused(Code.MALFORMED):
            parse_charter(fields(replace(CHARTER, hub_next_tls_pin=pin)))


@pytest.mark.parametrize("change", ["registrar is hub", "log is witness", "log is hub"])
def test_a_key_stands_once_in_a_charter(change: str) -> None:
    hub, log, witness = CHARTER.hub_identity, CHARTER.hub_log_keys, CHARTER.witnesses[0].keys
    shared = {
        "registrar is hub": {"hub_identity": CHARTER.registrars[0]},
        "log is witness": {"hub_log_keys": replace(log, mldsa44=witness.mldsa44)},
        "log is hub": {"hub_log_keys": replace(log, ed25519=hub.ed25519)},
    }[change]
    with refused(Code.KEY_ALREADY_BOUND):
        parse_charter(fields(replace(CHARTER, **shared)))  # type: ignore[arg-type]


def test_terms_answer_for_a_channel() -> None:
    few = replace(CHARTER, channels=(ChannelTerms(POLICE, 5, 20),))
    assert (few.weeks_ahead(POLICE), few.longest_life(POLICE)) == (5, 20 * 86_400)
    assert few.terms(Channel("cso")) is None
    assert (few.weeks_ahead(Channel("cso")), few.longest_life(Channel("cso"))) == (0, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"version": 2},
        {"previous": StatementId(b"p" * 32)},
        {"network_id": b"short"},
        {"training": 1},
        {"created_at": -1},
        {"hub_tls_pin": b"short"},
        {"tls_ca": b""},
        {"registrars": CHARTER.registrars[:1]},
        {"registrars": tuple(reversed(CHARTER.registrars))},
        {"threshold": 1},
        {"threshold": 4},
        {"witnesses": CHARTER.witnesses[:1]},
        {"witnesses": tuple(reversed(CHARTER.witnesses))},
        {"quorum": 2},
        {"quorum": 4},
        {"minimum_suite": 0},
        {"channels": ()},
        {"channels": tuple(reversed(CHARTER.channels))},
        {"channels": (ChannelTerms(POLICE, 3, 14),)},
        {"channels": (ChannelTerms(POLICE, 61, 14),)},
        {"channels": (ChannelTerms(POLICE, 4, 13),)},
        {"channels": (ChannelTerms(POLICE, 4, 91),)},
        {"channels": (ChannelTerms(Channel("gossip"), 4, 14),)},
    ],
)
def test_an_unsafe_charter_is_refused(change: dict[str, object]) -> None:
    with refused(Code.MALFORMED):
        parse_charter(fields(replace(CHARTER, **change)))  # type: ignore[arg-type]


def test_an_unknown_suite_is_refused() -> None:
    with refused(Code.UNKNOWN_SUITE):
        parse_charter(fields(replace(CHARTER, minimum_suite=99)))


def test_an_unknown_field_is_refused() -> None:
    with refused(Code.UNKNOWN_FIELD):
        parse_charter(fields() | {16: 1})


def test_a_missing_field_is_refused() -> None:
    with refused(Code.MALFORMED):
        parse_charter({label: value for label, value in fields().items() if label != 11})


def test_a_registrar_listed_with_half_of_another_is_refused() -> None:
    first, second = identity_of("registrar 0").public, identity_of("registrar 1").public
    mixed = replace(first, mldsa65=second.mldsa65)
    pair = tuple(sorted((second, mixed), key=identity_kid))
    with refused(Code.KEY_ALREADY_BOUND):
        parse_charter(fields(replace(CHARTER, registrars=pair)))


def test_one_registrar_twice_is_refused() -> None:
    with refused(Code.KEY_ALREADY_BOUND):
        parse_charter(fields(replace(CHARTER, registrars=(CHARTER.registrars[0],) * 2)))


def test_two_witnesses_with_one_key_are_refused() -> None:
    first, second, third = CHARTER.witnesses
    shared = replace(second, keys=replace(second.keys, mldsa44=first.keys.mldsa44))
    with refused(Code.KEY_ALREADY_BOUND):
        parse_charter(fields(replace(CHARTER, witnesses=(first, shared, third))))


@pytest.mark.parametrize(("count", "least"), [(2, 2), (3, 3), (4, 3), (5, 4), (6, 4), (7, 5), (12, 7)])
def test_the_least_quorum_survives_one_faulty_witness(count: int, least: int) -> None:
    assert least_quorum(count) == least
    assert 2 * least >= count + 2 > 2 * (least - 1)


def test_a_quorum_fits_into_the_lines_of_a_checkpoint() -> None:
    seven = replace(CHARTER, witnesses=witnesses(9), quorum=LARGEST_QUORUM)
    assert parse_charter(fields(seven)).quorum == 7
    with refused(Code.MALFORMED):
        parse_charter(fields(replace(seven, quorum=8)))
    with refused(Code.MALFORMED):
        parse_charter(fields(replace(seven, witnesses=witnesses(13))))
