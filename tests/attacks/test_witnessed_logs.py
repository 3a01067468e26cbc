"""A hub that lies about its logs, before a witness: found at the next look, with both signed objects kept."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from nodes.gateway.alarms import alarms
from nodes.gateway.trouble import HubRefused, Retry
from nodes.gateway.witness import Witness
from nodes.gateway.witness_rules import DIRECTORY_AGAIN, Contradiction, Finding
from protocol.api import DIRECTORY_LOG, Problem
from protocol.checkpoint import Checkpoint, verify_head
from protocol.errors import Code
from protocol.leaf import Leaf, LeafKind, encode_leaf
from protocol.statement_network import Log, Restart
from protocol.witnessing import witnessed
from tests.simulators.hub import HubSimulator
from tests.simulators.hub_witnesses import ORIGINS
from tests.simulators.log import MemoryTree
from tests.simulators.network import AL, AUDITOR, TestNetwork
from tests.simulators.node import TestClock
from tests.simulators.party import CountingEntropy
from tests.simulators.witness_stand import WitnessStand, log_leaf, rewrite, witnessing

CLOCK = TestClock()


@pytest.fixture
def hub() -> HubSimulator:
    CLOCK.now = TestClock().now
    network = TestNetwork.founded(CLOCK, CountingEntropy())
    return HubSimulator(replace(network.fork(), clock=CLOCK))


@pytest.fixture
async def stand(tmp_path: Path, hub: HubSimulator) -> AsyncIterator[WitnessStand]:
    """Give a witness that cosigned three messages, a minute ago."""
    async with witnessing(tmp_path, hub) as stand:
        for name in (b"a", b"b", b"c"):
            log_leaf(hub, name * 32)
        assert (await stand.turn()).cosigned
        CLOCK.advance(61)
        yield stand


def leaves(hub: HubSimulator, *digests: bytes) -> None:
    for each in digests:
        log_leaf(hub, each * 32)


def head_of(hub: HubSimulator, raw: bytes, log: str = "messages") -> Checkpoint:
    return verify_head(raw, ORIGINS[log](hub.network.network_id), hub.network.charter.hub_log_keys).checkpoint


async def found_by(stand: WitnessStand, log: str = "messages") -> Contradiction:
    """Take one turn and return what it found, stored and under its alarm."""
    turn = await stand.turn(log)
    (kept, *_) = await stand.found()
    assert turn.found[-1] == kept.what
    assert kept.what.finding.value in {each.code for each in await stand.database.read(alarms)}
    return kept.what


async def test_attack_079_a_rewritten_log_is_cosigned_by_no_witness(stand: WitnessStand, hub: HubSimulator) -> None:
    rewrite(hub, 1, log_leaf(hub, b"x" * 32), *hub.messages.entries[2:])
    found = await found_by(stand)
    assert (found.finding, await stand.size()) == (Finding.FORK, 3)
    ours, theirs = head_of(hub, found.ours), head_of(hub, found.theirs)
    assert (ours.size, theirs.size) == (3, 4)  # two checkpoints of one log, both signed by the hub
    assert not (await stand.turn()).cosigned
    assert len(await stand.found()) == 1  # told once


async def test_attack_017_two_messages_in_one_place_are_a_split_view(stand: WitnessStand, hub: HubSimulator) -> None:
    rewrite(hub, 2, hub.messages.entries[0])
    found = await found_by(stand)
    assert found.finding is Finding.SPLIT_VIEW
    ours, theirs = head_of(hub, found.ours), head_of(hub, found.theirs)
    assert (ours.size, ours.origin) == (theirs.size, theirs.origin)
    assert ours.root != theirs.root


async def test_attack_016_a_smaller_log_is_a_rollback(stand: WitnessStand, hub: HubSimulator) -> None:
    rewrite(hub, 2)
    found = await found_by(stand)
    assert found.finding is Finding.ROLLBACK
    assert head_of(hub, found.ours).size > head_of(hub, found.theirs).size


@pytest.mark.parametrize("ago", [62, 400])
async def test_attack_v4_a_leaf_with_an_earlier_time_is_late(stand: WitnessStand, hub: HubSimulator, ago: int) -> None:
    CLOCK.advance(400)
    leaves(hub, b"d")
    assert (await stand.turn()).cosigned
    late = log_leaf(hub, b"e" * 32, time=CLOCK() - ago)
    found = await found_by(stand)
    assert (found.finding, found.more) == (Finding.LATE_ENTRY, (late,))
    assert await stand.size() == 5  # it is told, and the log is one log still


async def test_a_leaf_from_before_a_look_that_found_nothing_is_late(stand: WitnessStand, hub: HubSimulator) -> None:
    CLOCK.advance(7_200)
    await stand.turn()  # nothing new
    log_leaf(hub, b"d" * 32, time=CLOCK() - 3_600)
    CLOCK.advance(1)
    assert (await found_by(stand)).finding is Finding.LATE_ENTRY


async def test_leaves_that_are_promised_and_not_shown_are_withheld(
    stand: WitnessStand, hub: HubSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaves(hub, b"d", b"e")

    async def short(log: str, start: int, end: int) -> bytes:
        raise HubRefused(Problem(Code.NOT_FOUND, CLOCK()))

    with monkeypatch.context() as patch:
        patch.setattr(stand.door, "entries", short)
        assert (await found_by(stand)).finding is Finding.WITHHELD_MESSAGE
    assert (await stand.turn()).cosigned  # once they are shown

    async def other(log: str, start: int, end: int) -> bytes:
        return await real(log, 0, end - start)

    real = stand.door.entries
    leaves(hub, b"f")
    monkeypatch.setattr(stand.door, "entries", other)
    assert {each.finding for each in (await stand.turn()).found} == {Finding.WITHHELD_MESSAGE}


async def test_attack_015_two_directories_are_a_split_view(stand: WitnessStand, hub: HubSimulator) -> None:
    assert (await stand.turn(DIRECTORY_LOG)).cosigned
    honest = hub.network
    hub.network = honest.fork()
    hub.network.enrol(AUDITOR)
    assert (await stand.turn(DIRECTORY_LOG)).cosigned
    hub.network = honest.fork()
    hub.network.enrol(AL)  # somebody else in the same places
    found = await found_by(stand, DIRECTORY_LOG)
    assert found.finding is Finding.SPLIT_VIEW
    assert head_of(hub, found.ours, "directory").size == head_of(hub, found.theirs, "directory").size


async def test_attack_015_a_leaf_decided_under_another_directory(stand: WitnessStand, hub: HubSimulator) -> None:
    log_leaf(hub, b"d" * 32, view=(1, b"another directory's root, 32 byt"))
    assert (await found_by(stand)).finding is Finding.SPLIT_VIEW
    assert await stand.size() == 3


@pytest.mark.parametrize("seconds", [-301, 301])
async def test_a_hub_whose_clock_is_five_minutes_off(tmp_path: Path, hub: HubSimulator, seconds: int) -> None:
    own = TestClock()
    async with witnessing(tmp_path, hub, clock=own) as stand:
        leaves(hub, b"a")
        await stand.turn()
        own.advance(7_200)
        CLOCK.now = own() + seconds
        await stand.turn()  # the last look before
        leaves(hub, b"b")
        turn = await stand.turn()
        assert {each.finding for each in turn.found} == {Finding.CLOCK_DRIFT}
        assert turn.cosigned


async def test_attack_033_a_crash_between_storing_and_signing_is_made_good(
    tmp_path: Path, hub: HubSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaves(hub, b"a")
    async with witnessing(tmp_path, hub) as stand:

        async def cut(log: str, size: int, raw: bytes) -> None:
            raise Retry(Code.NOT_READY, "cut")

        with monkeypatch.context() as patch:
            patch.setattr(stand.door, "cosign", cut)
            with pytest.raises(Retry):
                await stand.turn()
        assert await stand.size() == 1
    async with witnessing(tmp_path, hub) as stand:
        assert (await stand.turn()).cosigned  # the same size once more
        assert not (await stand.turn()).cosigned


async def test_attack_033_two_processes_of_one_witness_sign_one_history(stand: WitnessStand, hub: HubSimulator) -> None:
    other, fork = Witness(stand.witness.stand), MemoryTree(hub.messages.entries)
    leaves(hub, b"d")
    asked, held = asyncio.Event(), asyncio.Event()
    plain = stand.door.offer

    async def late(log: str, after: int, wait_s: int) -> bytes:
        """Give the fork's checkpoint to a process that read what is kept before the other one stored."""
        asked.set()
        await held.wait()
        hub.messages = fork
        leaves(hub, b"e")
        return await plain(log, after, wait_s)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stand.door, "offer", late)
        second = asyncio.create_task(other.turn("messages", 0))
        await asked.wait()
    assert (await stand.turn()).cosigned
    held.set()
    assert not (await second).cosigned
    assert {each.finding for each in (await stand.turn()).found} == {Finding.SPLIT_VIEW}


async def test_a_quorum_of_witnesses_and_a_look_that_is_due_daily(tmp_path: Path, hub: HubSimulator) -> None:
    leaves(hub, b"a")
    for name in hub.network.witnesses:
        (tmp_path / name).mkdir()
        async with witnessing(tmp_path / name, hub, name) as stand:
            assert [(await stand.turn(log)).cosigned for log in ("directory", "messages")] == [True, True]
    async with witnessing(tmp_path / "mk.contact", hub) as stand:
        note = await stand.door.witnessed("messages", None)
        first = witnessed(note, ORIGINS["messages"](hub.network.network_id), hub.network.charter)
        CLOCK.advance(3_600)
        leaves(hub, b"b")
        await stand.turn()
        CLOCK.advance(86_400)
        assert (await stand.turn()).cosigned  # nothing new, and cosigned with both keys
    assert first.lasting
    assert len(hub.offers.lines["messages", 2]["mk.contact"]) == 2


async def test_a_hub_that_lies_about_both_logs_hides_neither_lie(stand: WitnessStand, hub: HubSimulator) -> None:
    hub.network.enrol(AUDITOR)
    await stand.turn(DIRECTORY_LOG)
    hub.directory_limit = len(hub.network.entries) - 1
    rewrite(hub, 1, *hub.messages.entries[:1], *hub.messages.entries[1:])
    assert {each.finding for each in (await stand.turn()).found} == {Finding.FORK}
    assert {each.finding for each in (await stand.turn(DIRECTORY_LOG)).found} == {Finding.ROLLBACK}


async def test_a_declared_restart_is_no_rollback(stand: WitnessStand, hub: HubSimulator) -> None:
    before = hub.messages.checkpoint("kept")
    lost = MemoryTree(hub.messages.entries[:2])
    rewrite(hub, 2)
    assert (await found_by(stand)).finding is Finding.ROLLBACK
    restart = Restart(log=Log.MESSAGES, issued_at=CLOCK(), size=2, root=lost.frontier.root(), lost_size=before.size)
    hub.network.append(restart, *hub.network.quorum)
    assert not (await stand.turn()).cosigned  # the log is still smaller than what was promised
    directory = hub.network.directory
    hub.messages.append(encode_leaf(Leaf(LeafKind.RESTART, b"s" * 32, CLOCK(), directory.size, directory.root)))
    leaves(hub, b"d")
    assert (await stand.turn()).cosigned
    assert await stand.size() == 4
    rewrite(hub, 2)
    assert {each.finding for each in (await stand.turn()).found} == {Finding.ROLLBACK}  # once only


def recovered(hub: HubSimulator, *, view: tuple[int, bytes] | None = None) -> None:
    """Let the hub lose its third leaf under a signed restart, and fill the place as docs/wire.md section 6.13 says."""
    kept = MemoryTree(hub.messages.entries[:2])
    restart = Restart(log=Log.MESSAGES, issued_at=CLOCK(), size=2, root=kept.frontier.root(), lost_size=3)
    hub.network.append(restart, *hub.network.quorum)
    size, root = view or (hub.network.directory.size, hub.network.directory.root)
    rewrite(hub, 2, encode_leaf(Leaf(LeafKind.RESTART, b"s" * 32, CLOCK(), size, root)))


async def test_one_restart_excuses_one_history_only(stand: WitnessStand, hub: HubSimulator) -> None:
    recovered(hub)
    assert (await stand.turn()).cosigned
    assert await stand.size() == 3  # exactly what was lost: the same restart fits once more by its sizes
    rewrite(hub, 2)
    leaves(hub, b"x", b"y")
    found = await found_by(stand)
    assert (found.finding, await stand.size()) == (Finding.FORK, 3)
    rewrite(hub, 2)
    leaves(hub, b"z")
    assert (await found_by(stand)).finding is Finding.SPLIT_VIEW
    assert await stand.size() == 3


async def test_a_history_from_before_its_restart_is_not_excused(stand: WitnessStand, hub: HubSimulator) -> None:
    """Else the restart could be shown again: nothing in that log would say that it was followed."""
    recovered(hub, view=(hub.network.directory.size, hub.network.directory.root))
    assert (await found_by(stand)).finding is Finding.SPLIT_VIEW
    assert await stand.size() == 3


async def test_after_a_restart_older_leaves_are_as_old_as_they_are(stand: WitnessStand, hub: HubSimulator) -> None:
    CLOCK.advance(3_600)
    assert not (await stand.turn()).cosigned  # the log stood so until now
    recovered(hub)
    leaves(hub, b"c")  # which lost its place, and was offered again
    turn = await stand.turn()
    assert (turn.cosigned, turn.found, await stand.size()) == (True, (), 4)


async def test_what_follows_a_restart_may_not_be_dated_back_before_it(stand: WitnessStand, hub: HubSimulator) -> None:
    CLOCK.advance(3_600)
    await stand.turn()
    first = hub.messages.entries[1]
    kept = MemoryTree(hub.messages.entries[:2])
    restart = Restart(log=Log.MESSAGES, issued_at=CLOCK(), size=2, root=kept.frontier.root(), lost_size=3)
    hub.network.append(restart, *hub.network.quorum)
    size, root = hub.network.directory.size, hub.network.directory.root
    rewrite(hub, 2, encode_leaf(Leaf(LeafKind.RESTART, b"s" * 32, CLOCK() - 3_000, size, root)))
    found = await found_by(stand)
    assert (found.finding, await stand.size()) == (Finding.LATE_ENTRY, 3)
    assert found.more == (hub.messages.entries[2],)
    assert first not in found.more


async def test_of_two_restarts_the_one_counts_that_the_log_followed(stand: WitnessStand, hub: HubSimulator) -> None:
    """The witness slept through both; the second one put back an older state than the first one kept."""
    recovered(hub)
    leaves(hub, b"d")
    kept = MemoryTree(hub.messages.entries[:1])
    restart = Restart(log=Log.MESSAGES, issued_at=CLOCK(), size=1, root=kept.frontier.root(), lost_size=4)
    hub.network.append(restart, *hub.network.quorum)
    size, root = hub.network.directory.size, hub.network.directory.root
    rewrite(hub, 1, *[encode_leaf(Leaf(LeafKind.RESTART, b"t" * 32, CLOCK(), size, root))] * 3)
    assert (await stand.turn()).cosigned
    assert (await stand.size(), await stand.found()) == (4, [])


async def test_of_two_restarts_the_first_one_counts_where_the_second_kept_it(
    stand: WitnessStand, hub: HubSimulator
) -> None:
    recovered(hub)
    leaves(hub, b"d", b"e")
    kept = MemoryTree(hub.messages.entries[:4])
    restart = Restart(log=Log.MESSAGES, issued_at=CLOCK(), size=4, root=kept.frontier.root(), lost_size=5)
    hub.network.append(restart, *hub.network.quorum)
    size, root = hub.network.directory.size, hub.network.directory.root
    rewrite(hub, 4, encode_leaf(Leaf(LeafKind.RESTART, b"t" * 32, CLOCK(), size, root)))
    assert (await stand.turn()).cosigned
    assert (await stand.size(), await stand.found()) == (5, [])


async def test_the_directory_is_cosigned_again_soon_after_messages(stand: WitnessStand, hub: HubSimulator) -> None:
    """A proof of a message needs the directory as a quorum saw it afterwards, and waits no day for that."""
    assert (await stand.turn(DIRECTORY_LOG)).cosigned
    assert not (await stand.turn(DIRECTORY_LOG)).cosigned
    leaves(hub, b"d")
    CLOCK.advance(10)
    assert (await stand.turn()).cosigned
    again = []
    for _ in range(5):
        CLOCK.advance(DIRECTORY_AGAIN - 1)
        again.append((await stand.turn(DIRECTORY_LOG)).cosigned)
        CLOCK.advance(1)
        again.append((await stand.turn(DIRECTORY_LOG)).cosigned)
    assert again == [True, False, True, *[False] * 7]  # a second time for those who saw the message later
    assert len(await stand.found()) == 0
