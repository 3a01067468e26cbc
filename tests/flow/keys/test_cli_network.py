"""charter, policy, suspend, revoke, recover, restart: what is drafted, and which options exclude one another."""

import pytest

from protocol.charter import Charter
from protocol.statement_network import PolicyChange, Reason, Restart, Revocation, Suspension, Target
from protocol.statement_nodes import Recovery
from protocol.statements import Body
from tests.simulators.desk import Desk
from tests.simulators.network import MK, RS
from tests.simulators.party import NOW

HERE = ("--directory", "d", "--out", "out")
CHARTER = (
    *("charter", "--out", "out", "--hub", "hub.party", "--authority", "ca.party", "--threshold", "2"),
    *("--registrar", "reg0.party", "--registrar", "reg1.party", "--registrar", "reg2.party"),
    *("--witness", "rs.party", "--witness", "mk.party", "--quorum", "2"),
)


def drafted(desk: Desk, *arguments: str) -> Body:
    desk.good(*arguments)
    (sheet,) = desk.statements("out").sheets
    assert sheet.signed == ()
    return sheet.body


def test_a_charter_is_drafted_from_party_files(desk: Desk) -> None:
    body = drafted(desk, *CHARTER, "--channel", "system:4:14", "--channel", "police:60:90", "--training")
    assert isinstance(body, Charter)
    assert (body.version, body.previous, body.training) == (1, None, True)
    assert [(each.channel, each.weeks_ahead, each.life_days) for each in body.channels] == [
        ("police", 60, 90),
        ("system", 4, 14),
    ]


def test_a_later_charter_follows_a_directory(desk: Desk) -> None:
    body = drafted(desk, *CHARTER, "--channel", "police:4:14", "--directory", "d")
    directory = desk.directory().directory
    assert isinstance(body, Charter)
    assert (body.version, body.previous) == (2, directory.charter_id())
    assert (body.network_id, body.training) == (directory.network_id, True)


@pytest.mark.parametrize("terms", ["police", "police:4", "police:x:14", "police:3:14", "gossip:4:14", "police:4:14:1"])
def test_wrong_terms_are_refused(desk: Desk, terms: str) -> None:
    assert "[MALFORMED]" in desk.bad(*CHARTER, "--channel", terms)
    assert not desk.path("out").exists()


def test_an_unsafe_charter_is_not_even_drafted(desk: Desk) -> None:
    arguments = [*CHARTER, "--channel", "police:4:14"]
    arguments[arguments.index("--threshold") + 1] = "1"
    assert "[MALFORMED]" in desk.bad(*arguments)


def test_a_policy_is_active_now_or_later(desk: Desk) -> None:
    body = drafted(desk, "policy", "ab" * 32, *HERE, "--emergency")
    assert body == PolicyChange(digest=b"\xab" * 32, issued_at=NOW, activated_at=NOW, emergency=True)  # type: ignore[arg-type]
    body = drafted(desk, "policy", "ab" * 32, *HERE, "--at", "2026-10-01")
    assert isinstance(body, PolicyChange)
    assert body.activated_at == 1_790_812_800
    assert "[MALFORMED]" in desk.bad("policy", "ab" * 32, *HERE, "--at", "2020-01-01")
    assert "[MALFORMED]" in desk.bad("policy", "ab", *HERE)


@pytest.mark.parametrize(
    ("options", "until", "lift"),
    [
        ((), NOW + 72 * 3600, False),
        (("--hours", "1"), NOW + 3600, False),
        (("--until-lifted",), None, False),
        (("--lift",), None, True),
    ],
)
def test_a_suspension_lasts_as_asked(desk: Desk, options: tuple[str, ...], until: int | None, lift: bool) -> None:
    body = drafted(desk, "suspend", MK.name, *HERE, "--reason", "lost", *options)
    assert body == Suspension(node=MK.node, issued_at=NOW, until=until, lift=lift, reason=Reason.LOST)


def test_lengths_of_a_suspension_exclude_one_another(desk: Desk) -> None:
    words = desk.bad("suspend", MK.name, *HERE, "--reason", "lost", "--lift", "--hours", "2")
    assert "[OPTIONS]" in words


@pytest.mark.parametrize(
    ("option", "target"),
    [("--key", Target.KEYS), ("--person", Target.PERSON), ("--agreement", Target.AGREEMENT), (None, Target.NODE)],
)
def test_a_revocation_ends_what_is_named(desk: Desk, option: str | None, target: Target) -> None:
    ids = ("bb" * 32, "aa" * 32) if option else ()
    named = [word for each in ids for word in (str(option), each)]
    body = drafted(desk, "revoke", RS.name, *HERE, "--reason", "left", *named)
    assert isinstance(body, Revocation)
    assert (body.node, body.target) == (RS.node, target)
    assert body.ids == ((b"\xaa" * 32, b"\xbb" * 32) if option else ())


def test_targets_of_a_revocation_exclude_one_another(desk: Desk) -> None:
    ids = ("--key", "aa" * 32, "--person", "bb" * 32)
    assert "[OPTIONS]" in desk.bad("revoke", RS.name, *HERE, "--reason", "left", *ids)


def test_a_recovery_takes_the_new_party_file(desk: Desk) -> None:
    body = drafted(desk, "recover", "rs.party", *HERE)
    assert isinstance(body, Recovery)
    assert (body.node, body.version) == (RS.node, 2)
    assert "[WRONG_PARTY]" in desk.bad("recover", "ca.party", *HERE)


def test_a_restart_names_what_was_kept_and_lost(desk: Desk) -> None:
    numbers = ("--size", "10", "--root", "cc" * 32, "--lost-size", "12")
    body = drafted(desk, "restart", "messages", *HERE, *numbers)
    assert isinstance(body, Restart)
    assert (body.log, body.size, body.root, body.lost_size) == ("messages", 10, b"\xcc" * 32, 12)
