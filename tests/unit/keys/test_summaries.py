"""What a signer sees: every field of every statement, and how far a statement has come."""

from dataclasses import fields, replace

import pytest

from keys.ceremony import create_secrets
from keys.exchange_files import Party, draft, party_of
from keys.private_keys import Role, public_part
from keys.summaries import (
    _value,
    describe,
    describe_directory,
    describe_keystore,
    describe_party,
    lines,
    progress,
    when,
)
from protocol.charter import WEEK
from protocol.cose import identity_kid
from protocol.ids import Channel
from protocol.statement_network import Reason, Suspension
from protocol.statements import Body, kind_of
from tests.simulators.network import MK, RS, TestNetwork, recipient_seed_of
from tests.simulators.party import NETWORK, NOW, CountingEntropy
from tests.simulators.statements import ENROLMENT, KEYS, NETWORK_BODIES, NODE_BODIES, POLICY

CHARTER = TestNetwork.founded(lambda: NOW, CountingEntropy()).charter


@pytest.mark.parametrize("body", [CHARTER, *NODE_BODIES, *NETWORK_BODIES], ids=lambda body: kind_of(body).name)
def test_a_signer_sees_every_field(body: Body) -> None:
    shown = describe(body)
    assert list(shown) == ["statement", *(each.name for each in fields(body))]
    assert all(isinstance(line, str) for line in lines(shown))


def test_values_are_readable() -> None:
    shown = describe(ENROLMENT)
    assert shown["issued_at"] == "2026-09-21T14:13:20Z" == when(NOW)
    assert shown["identity"] == identity_kid(ENROLMENT.identity).hex()
    assert shown["kind"] == "contact-point"
    assert describe(KEYS)["keys"][0].startswith("police 2026-")  # type: ignore[index, union-attr]
    assert [each["name"] for each in describe(CHARTER)["witnesses"]] == ["auditor", "mk.contact", "rs.contact"]  # type: ignore[index, union-attr, call-overload]


def test_registrars_of_a_charter_are_named_by_their_party_files() -> None:
    whole = CHARTER.registrars[0]
    parties = [Party(role=Role.REGISTRAR, name="ministry", identity=whole), Party(role=Role.AUTHORITY, name="ca")]
    shown = describe(CHARTER, parties)["registrars"]
    assert shown[0] == {"name": "ministry", "identity": identity_kid(whole).hex()}  # type: ignore[index]
    assert shown[1]["name"] == "not among the party files"  # type: ignore[index, call-overload]


def test_facts_become_lines() -> None:
    facts = {"a_b": True, "none": None, "few": ["x", "y"], "no": [], "in": {"c": 1}, "rows": [{"d": 1, "e": 2}, "f"]}
    assert lines(facts) == [  # type: ignore[arg-type]
        "a b: yes",
        "none: -",
        "few: x, y",
        "no: -",
        "in:",
        "  c: 1",
        "rows:",
        "  - d: 1",
        "    e: 2",
        "  - f",
    ]


def test_long_lists_stand_below_each_other() -> None:
    assert lines({"ids": ["a" * 64, "b" * 64]}) == ["ids:", f"  - {'a' * 64}", f"  - {'b' * 64}"]


def test_an_unknown_kind_of_value_is_a_programming_error() -> None:
    with pytest.raises(TypeError):
        _value("x", 1.5)


def test_a_founding_charter_counts_its_signers() -> None:
    network = TestNetwork.founded(lambda: NOW, CountingEntropy())
    file = draft(NETWORK, CHARTER)
    seen = []
    for signer in (*network.registrars, network.hub):
        seen.append(progress(file.sheets[0], None)["lacking"])
        file = file.sign(signer)
    assert [*seen, progress(file.sheets[0], None)["lacking"]] == [4, 3, 2, 1, 0]


def test_without_a_directory_nothing_else_can_be_judged(network: TestNetwork) -> None:
    (sheet,) = draft(NETWORK, POLICY).sign(network.registrars[0]).sheets
    assert progress(sheet, None) == {"id": sheet.id.hex(), "signatures": 1, "lacking": None}
    assert progress(sheet, network.directory)["lacking"] == 1


def test_a_directory_shows_nodes_and_what_waits(network: TestNetwork) -> None:
    stop = Suspension(node=MK.node, issued_at=NOW, until=None, lift=False, reason=Reason.LOST)
    network.append(stop, *network.quorum)
    network.append(POLICY, network.registrars[0])
    shown = describe_directory(network.directory)
    states = {each["node"]: each["state"] for each in shown["nodes"]}  # type: ignore[index, union-attr, call-overload]
    assert states[MK.node] == "suspended"
    assert states[RS.node] == "in good standing"
    (waiting,) = shown["waiting"]  # type: ignore[misc, str-unpack]
    assert (waiting["statement"], waiting["lacking"]) == ("policy", 1)  # type: ignore[index, call-overload]
    assert shown["policy"] is not None


def test_an_empty_network_has_no_policy() -> None:
    assert describe_directory(TestNetwork.founded(lambda: NOW, CountingEntropy()).directory)["policy"] is None


@pytest.mark.parametrize("role", list(Role))
def test_parties_and_keystores_show_fingerprints(role: Role) -> None:
    secrets = create_secrets(role, "somebody", NOW, CountingEntropy())
    party, store = describe_party(party_of(secrets)), describe_keystore(public_part(secrets))
    for name in ("role", "name", "identity", "tls pin", "authority"):
        assert party[name] == store[name]
    assert (party["checkpoint keys"] is None) == (secrets.log is None)


def test_a_keystore_says_until_when_its_keys_last() -> None:
    secrets = create_secrets(Role.NODE, "rs.contact", NOW, CountingEntropy())
    assert describe_keystore(public_part(secrets))["recipient keys until"] is None
    held = replace(secrets, recipients=(recipient_seed_of("rs.contact", Channel("police"), (NOW, NOW + WEEK)),))
    assert describe_keystore(public_part(held))["recipient keys until"] == when(NOW + WEEK)
