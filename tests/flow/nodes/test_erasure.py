"""What was erased is nowhere: not in files, in the write-ahead log or in a backup, and under no key that is left.

Everything here looks at a real data folder the way a thief would who also has the passphrase. Each search has a control
that finds the same thing before the erasure.
"""

import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import pytest

from keys.epochs import EpochKey, EpochRing
from keys.private_keys import Secrets, encode_secrets, parse_secrets
from keys.recipient_ring import RecipientRing, RecipientSeed
from keys.sealed_store import open_secrets
from keys.shared_copy import parse_copy, seal_copy, share_out
from nodes.gateway.vault import SealedItem, Vault
from protocol.charter import DAY, WEEK
from protocol.envelope import parse_delivery
from protocol.errors import Code, Fault
from protocol.opening import Reader, open_delivery
from runtime.backup import back_up
from runtime.operator import OperatorError
from tests.simulators.network import identity_of
from tests.simulators.node import MK, POLICE, RS, TestMachine, TestWorld, example
from tests.simulators.party import CountingEntropy
from tests.simulators.refusal import refused

PASSPHRASE = b"a passphrase of a test"
ASK = example("MT-01/vehicle-mk", to=["rs.ilecu"])
CANARY = "Миратовац".encode()


class Thief:
    """Has a copy of a folder and its passphrase."""

    def __init__(self, folder: Path) -> None:
        self.files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    @cached_property
    def keystores(self) -> tuple[bytes, ...]:
        """The plaintext of every file that is, or was, a keystore of this passphrase."""
        return tuple(encode_secrets(each) for each in map(_opened, self.files.values()) if each is not None)

    def seeds(self) -> tuple[RecipientSeed, ...]:
        return tuple(seed for raw in self.keystores for seed in parse_secrets(raw).recipients)

    def epochs(self) -> tuple[EpochKey, ...]:
        return tuple(epoch for raw in self.keystores for epoch in parse_secrets(raw).epochs)

    def finds(self, needle: bytes) -> bool:
        """Tell whether the bytes stand anywhere, in a file as it is or in a keystore once opened."""
        return any(needle in raw for raw in (*self.files.values(), *self.keystores))


def _opened(raw: bytes) -> Secrets | None:
    try:
        return open_secrets(raw, PASSPHRASE)[0]
    except Fault:
        return None


def items(database: Path) -> list[SealedItem]:
    with closing(sqlite3.connect(database)) as raw:
        return [SealedItem(*row) for row in raw.execute("SELECT id, epoch, wrapped_key, content FROM item")]


def readable(stored: list[SealedItem], epochs: tuple[EpochKey, ...]) -> list[bytes]:
    """Return what opens under any of the epoch keys."""
    out = []
    for item in stored:
        for epoch in epochs:
            vault = Vault(EpochRing([epoch], CountingEntropy()), CountingEntropy())
            try:
                out.append(vault.open(item))
            except OperatorError:
                continue
    return out


async def exchanged(world: TestWorld, **changes: object) -> bytes:
    """Send a message to Belgrade and return the delivery as a hub could have kept it for ever."""
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        await skopje.queue(ASK | changes)
        await skopje.exchange(belgrade)
        (first, *_) = world.hub.boxes[RS.node, POLICE]
        return first.content


def opened(world: TestWorld, recorded: bytes, seeds: tuple[RecipientSeed, ...]) -> bytes:
    reader = Reader(RS.node, world.network.network_id, 1, RecipientRing(seeds))
    found = open_delivery(parse_delivery(recorded), identity_of(MK.name).public, reader)
    return "\n".join(str(row.value) for row in found.body).encode()


def seed_of(world: TestWorld, recorded: bytes, machine: TestMachine) -> RecipientSeed:
    me = parse_delivery(recorded).manifest.core.recipient(RS.node)
    assert me is not None
    return next(each for each in machine.keystore().secrets.recipients if each.key_id == me.key_id)


async def tended(machine: TestMachine) -> Thief:
    """Let a node tend its keys, and copy its folder while it runs: database, write-ahead log and all."""
    async with machine.running() as node:
        await node.gateway.rotation.erase_content()
        await node.gateway.rotation.tend()
        return Thief(machine.folder)


async def test_a_message_recorded_before_a_rotation_opens_with_no_key_that_is_left(world: TestWorld) -> None:
    recorded = await exchanged(world)
    machine = world.machine(RS)
    before = Thief(machine.folder)
    assert CANARY in opened(world, recorded, before.seeds()), "the control: with the keys of that week it opens"

    seed = seed_of(world, recorded, machine)
    world.clock.advance(seed.not_after + 14 * DAY - world.clock() - 1)
    kept = await tended(machine)
    assert CANARY in opened(world, recorded, kept.seeds()), "until window and longest life are over"

    world.clock.advance(1)
    after = await tended(machine)
    assert after.seeds(), "there are keys on the disk, of later weeks"
    with refused(Code.UNKNOWN_DECRYPTION_KEY):
        opened(world, recorded, after.seeds())
    for each in after.seeds():
        with refused(Code.WRAP_DECRYPT):
            opened(world, recorded, (_passed_off(each, seed),))


def _passed_off(seed: RecipientSeed, as_: RecipientSeed) -> RecipientSeed:
    return replace(seed, key_id=as_.key_id)


async def test_attack_071_the_seed_is_gone_from_files_log_and_backups(world: TestWorld, tmp_path: Path) -> None:
    recorded = await exchanged(world)
    machine = world.machine(RS)
    seed = seed_of(world, recorded, machine)
    assert Thief(machine.folder).finds(seed.seed), "the control: it stands in the opened keystore"

    world.clock.advance(WEEK + 14 * DAY + WEEK)
    async with machine.running() as belgrade:
        await belgrade.gateway.rotation.tend()
        assert (machine.folder / "state.db-wal").stat().st_size > 0, "the log is there to be searched"
        running = Thief(machine.folder)
        backup = tmp_path / "backup" / "state.db"
        backup.parent.mkdir()
        back_up(machine.database_settings, backup)
    for thief in (running, Thief(machine.folder), Thief(backup.parent)):
        assert not thief.finds(seed.seed)
        assert not any(seed.seed in raw for raw in thief.files.values())


async def test_a_backup_holds_no_key_at_all(world: TestWorld, tmp_path: Path) -> None:
    await exchanged(world)
    machine = world.machine(RS)
    secrets = machine.keystore().secrets
    backup = tmp_path / "backup" / "state.db"
    backup.parent.mkdir()
    async with machine.running():
        back_up(machine.database_settings, backup)
    needles = [epoch.key for epoch in secrets.epochs] + [each.seed for each in secrets.recipients]
    assert secrets.identity is not None
    needles += [secrets.identity.ed25519, secrets.identity.mldsa65]
    at_home, of_backup = Thief(machine.folder), Thief(backup.parent)
    assert all(at_home.finds(each) for each in needles), "the control: the opened keystore has them"
    assert not any(of_backup.finds(each) for each in needles)


async def test_an_old_backup_stays_shut_once_its_content_was_erased(world: TestWorld, tmp_path: Path) -> None:
    await exchanged(world, erase_by=world.clock() + 3_600)
    machine = world.machine(RS)
    backup = tmp_path / "backup" / "state.db"
    backup.parent.mkdir()
    async with machine.running():
        back_up(machine.database_settings, backup)
    before = Thief(machine.folder)
    assert any(CANARY in each for each in readable(items(backup), before.epochs())), "the control: it opens today"

    world.clock.advance(7_200)
    after = await tended(machine)
    assert after.epochs(), "there is an epoch key on the disk, a later one"
    assert items(backup), "the backup still has its items"
    assert readable(items(backup), after.epochs()) == []


async def test_survivors_of_an_erasure_stay_readable(world: TestWorld) -> None:
    await exchanged(world)
    machine = world.machine(RS)
    async with machine.running() as belgrade:
        await belgrade.gateway.rotation.renew_epoch()
    thief = Thief(machine.folder)
    assert any(CANARY in each for each in readable(items(machine.folder / "state.db"), thief.epochs()))


@pytest.mark.parametrize("step", ["_begin_epoch", "_rewrap", "_end_old_epochs"])
async def test_an_erasure_that_a_crash_cut_short_is_made_good(
    world: TestWorld, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    await exchanged(world, erase_by=world.clock() + 3_600)
    machine = world.machine(RS)
    old = Thief(machine.folder).epochs()
    world.clock.advance(7_200)

    def crash(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(f"nodes.gateway.rotation.Rotation.{step}", crash)
        async with machine.running() as belgrade:
            with pytest.raises(ZeroDivisionError):
                await belgrade.gateway.rotation.erase_content()
    assert set(old) <= set(Thief(machine.folder).epochs()), "the control: the old epoch key is still there"

    async with machine.running() as belgrade:
        assert await belgrade.gateway.rotation.erase_content() == 0
    assert not set(old) & set(Thief(machine.folder).epochs())


async def test_a_revoked_node_erases_in_time_too(world: TestWorld) -> None:
    from protocol.statement_network import Reason, Revocation, Target

    recorded = await exchanged(world)
    machine = world.machine(RS)
    seed = seed_of(world, recorded, machine)
    body = Revocation(node=RS.node, issued_at=world.clock(), target=Target.NODE, ids=(), reason=Reason.LEFT)
    world.network.append(body, *world.network.quorum)
    world.clock.advance(WEEK + 14 * DAY + WEEK)
    async with machine.running() as belgrade:
        assert (await belgrade.gateway.rotation.tend()).erased > 0
    assert not Thief(machine.folder).finds(seed.seed)


async def test_a_node_without_its_hub_erases_in_time_too(world: TestWorld) -> None:
    recorded = await exchanged(world)
    machine = world.machine(RS)
    seed = seed_of(world, recorded, machine)
    async with machine.running() as belgrade:
        world.clock.advance(WEEK + 14 * DAY + WEEK)
        world.hub.down = True
        with pytest.raises(Exception, match="NOT_READY"):
            await belgrade.gateway.rotation.tend()
    assert not Thief(machine.folder).finds(seed.seed)


async def test_a_renewed_shared_copy_forgets_what_the_keystore_forgot(world: TestWorld, tmp_path: Path) -> None:
    recorded = await exchanged(world)
    machine = world.machine(RS)
    seed = seed_of(world, recorded, machine)
    keystore = machine.keystore()
    secrets, shares = share_out(keystore.secrets, 2, 3, machine.entropy)
    keystore.save(secrets)
    copy = tmp_path / "locked"
    copy.write_bytes(seal_copy(secrets, machine.entropy))
    assert seed in _from_shares(copy, shares), "the control: the first copy holds it"
    world.clock.advance(WEEK + 14 * DAY + WEEK)
    await tended(machine)
    copy.write_bytes(seal_copy(machine.keystore().secrets, machine.entropy))
    assert _from_shares(copy, shares)
    assert seed not in _from_shares(copy, shares)


def _from_shares(copy: Path, shares) -> tuple[RecipientSeed, ...]:
    from keys.shared_copy import open_copy

    return open_copy(parse_copy(copy.read_bytes()), shares[1:]).recipients


async def test_revoked_keys_are_not_counted_as_held(world: TestWorld) -> None:
    from protocol.statement_network import Reason, Revocation, Target

    machine = world.machine(RS)
    async with machine.running() as belgrade:
        directory = world.network.directory
        lost = directory.recipient_keys(RS.node, POLICE)
        ids = tuple(sorted(each.key_id for each in lost))
        body = Revocation(node=RS.node, issued_at=world.clock(), target=Target.KEYS, ids=ids, reason=Reason.COMPROMISED)
        world.network.append(body, identity_of(RS.name))
        await belgrade.gateway.network.sync.run()
        assert belgrade.gateway.network.replica.directory.recipient_key(RS.node, POLICE, world.clock()) is None
        assert (await belgrade.gateway.rotation.tend()).published == len(lost)
        new = belgrade.gateway.network.replica.directory.recipient_keys(RS.node, POLICE)
        assert {each.not_before for each in new} == {each.not_before for each in lost}
        assert not set(ids) & {each.key_id for each in new}


async def test_a_node_with_other_keys_says_so_instead_of_calling_its_content_damaged(world: TestWorld) -> None:
    from keys.epochs import KEY_SIZE

    await exchanged(world)
    machine = world.machine(RS)
    keystore = machine.keystore()
    replaced = tuple(EpochKey(each.number, bytes(KEY_SIZE), each.created_at) for each in keystore.secrets.epochs)
    keystore.save(replace(keystore.secrets, epochs=replaced))
    with pytest.raises(OperatorError, match="OTHER_KEYSTORE"):
        async with machine.running():
            pass
