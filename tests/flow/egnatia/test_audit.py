"""``egnatia audit`` over a running hub and over the copy alone: follow, verify, search, decisions, promises, stats."""

import asyncio
import contextlib
import json
import os
import shlex
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from egnatia.audit.bring import _bring_records
from egnatia.audit.command import commands
from egnatia.audit.copy_store import Copy
from egnatia.audit.hub_reads import HubReads
from egnatia.audit.index import index_records
from keys.certificates import pem_of
from keys.cli_base import Tools
from keys.exchange_files import DirectoryFile, encode_directory
from keys.keystore import create_keystore
from keys.private_keys import Role, Secrets
from protocol.audit import Record, RecordPage
from protocol.checkpoint import Checkpoint, messages_origin, sign_checkpoint, verify_head
from protocol.cosignature import add_cosignatures, cosign
from protocol.envelope import Envelope
from protocol.errors import Code
from protocol.evidence import Event, Receipt, parse_receipt, sign_receipt
from protocol.hub_acts import Drain, Ground, HubAct, Operators, parse_act, sign_act
from protocol.ids import Reference
from protocol.leaf import parse_leaf
from protocol.mandate import ALL, Mandate
from tests.docs.console import Step, steps_of
from tests.simulators.hub_desk import PASSPHRASE
from tests.simulators.hub_world import CSO, POLICE, World
from tests.simulators.network import AUDITOR, LOTSE, MK, NADA, RS, identity_of, identity_seeds_of, tls_key_of
from tests.simulators.refusal import refused

EYES = replace(AUDITOR, mandate=Mandate(countries=ALL, channels=("police",), since=0))
ANNA, BORIS = sorted((identity_of(f"operator {n}") for n in range(2)), key=lambda each: each.public.ed25519)
PAGE = Path(__file__).parents[3] / "docs" / "audit.md"
SETTINGS = """
node = "auditor"
charter = "{charter}"
network = "{folder}/network.directory"
keystore = "{folder}/auditor.keystore"
[hub]
url = "https://localhost:{port}"
authority = "{folder}/authority.crt"
certificate = "{folder}/auditor.crt"
[database]
url = "sqlite:///{folder}/node.db"
"""


@dataclass
class Audited:
    """A copy that was brought from a hub, and what had been done there."""

    world: World
    folder: Path
    answered: Envelope
    waiting: Envelope
    first: Result
    second: Result
    page: list[tuple[Step, Result]]

    def run(self, *words: str, state: str = "copy") -> Result:
        return run(self.world, *words, "--state", str(self.folder / state))


def run(world: World, *words: str) -> Result:
    tools = Tools(world.clock, os.urandom)
    return CliRunner().invoke(commands, words, input=PASSPHRASE.decode() + "\n", obj=tools, catch_exceptions=False)


def lay_out(world: World, folder: Path, port: int) -> None:
    network = world.network
    file = DirectoryFile(network.charter_digest, tuple(network.entries), network.directory)
    (folder / "network.directory").write_bytes(encode_directory(file))
    (folder / "auditor.crt").write_bytes(pem_of(network.certificate("auditor")))
    secrets = Secrets(role=Role.NODE, name="auditor", identity=identity_seeds_of("auditor"), tls=tls_key_of("auditor"))
    if not (folder / "auditor.keystore").exists():
        create_keystore(folder / "auditor.keystore", secrets, PASSPHRASE, os.urandom)
    charter = network.charter_digest.hex()
    (folder / "auditor").mkdir(exist_ok=True)
    (folder / "auditor" / "node.toml").write_text(SETTINGS.format(folder=folder, port=port, charter=charter))


async def bring_about(world: World, folder: Path) -> Audited:
    follow = ("follow", "--once", "--state", str(folder / "copy"), "--config", str(folder / "auditor" / "node.toml"))
    answered, waiting, civil = (
        *(world.senders.seal(RS, MK) for _ in range(2)),
        world.senders.seal(NADA, LOTSE, channel=CSO),
    )
    async with world.running() as hub:
        async with world.client(hub, "rs.contact") as rs, world.client(hub, "nada") as nada:
            assert [(await each)[0] for each in (rs.submit(answered), rs.submit(waiting), nada.submit(civil))] == [
                201
            ] * 3
            assert (await rs.submit(world.senders.seal(RS, MK, purpose="gossip")))[0] == 403
        async with world.client(hub, "mk.contact") as mk:
            await mk.fetch(POLICE)
            said = Receipt(event=Event.CONTENT_HANDOVER, message=answered.id, recipient=MK.node, at=world.clock())
            raw = sign_receipt(said, identity_of(MK.name), world.network.network_id)
            assert (await mk.put(f"/v1/receipts/{parse_receipt(raw).id.hex()}", raw))[0] == 201
        await hub.parts.rejections.store()
        await asyncio.to_thread(lay_out, world, folder, hub.port)
        first = await asyncio.to_thread(run, world, *follow)
        acts = hub.parts.services.acts
        people = HubAct(Operators((ANNA.public, BORIS.public)), world.clock(), Reference(b"o" * 16), Ground.STAFF)
        drain = HubAct(Drain(on=True), world.clock(), Reference(b"d" * 16), Ground.MAINTENANCE)
        for act, who in ((people, world.network.registrars[:2]), (drain, (ANNA, BORIS))):
            for each in who:
                raw = sign_act(act, each, world.network.network_id)
                await acts.take(raw, parse_act(raw).id)
        world.clock.advance(3 * 86_400)
        await hub.parts.message_log.seal()
        second = await asyncio.to_thread(run, world, *follow, "--json")
        page = await asyncio.to_thread(read_page, world, folder)
    return Audited(world, folder, answered, waiting, first, second, page)


def read_page(world: World, folder: Path) -> list[tuple[Step, Result]]:
    """Run every console block of the page while the hub runs."""
    with contextlib.chdir(folder):
        return [(step, run(world, *shlex.split(step.line)[2:])) for step in steps_of(PAGE)]


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    async def work() -> Audited:
        world = World(tmp_path_factory.mktemp("hub"), members=(RS, MK, NADA, LOTSE, EYES))
        await world.found()
        return await bring_about(world, world.folder)

    return asyncio.run(work())


def test_follow_tells_each_entry_once_and_goes_on_where_it_ended(audited: Audited) -> None:
    assert audited.first.exit_code == 0, audited.first.stderr
    told = [line for line in audited.first.stdout.splitlines() if line.startswith("messages")]
    assert [line.split()[1] for line in told] == ["0", "1", "2", "3"]
    assert "rs.contact  mk.contact  police  MT-01/1" in told[0]
    assert "cso" not in told[2]  # outside the mandate: a digest and nothing else
    assert "ContentHandover" in told[3]
    later = [json.loads(line) for line in audited.second.stdout.splitlines()]
    assert [(each["log"], each["index"], each["act"]) for each in later] == [
        ("messages", 4, "operators"),
        ("messages", 5, "drain"),
    ]
    assert audited.run("follow").stdout == ""


def test_a_whole_verification_says_what_it_looked_at_and_what_not(audited: Audited) -> None:
    done = audited.run("verify", "--json", "--seed", "x")
    found = json.loads(done.stdout)
    assert (done.exit_code, found["sound"], found["findings"]) == (0, True, [])
    assert found["directory entries"] == len(audited.world.network.entries)
    assert (found["message leaves"], found["objects held"], found["leaves without an object here"]) == (6, 5, 1)
    assert found["objects verified"] == {"message": 2, "evidence": 1, "administration": 2}
    words = audited.run("verify", "--sample", "2", "--seed", "x")
    again = audited.run("verify", "--sample", "2", "--seed", "x", "--json")
    chosen = json.loads(again.stdout)
    assert (len(chosen["verified leaves"]), chosen["objects not verified"], chosen["leaves verified before"]) == (
        2,
        3,
        6,
    )
    assert f"chosen by the seed x: leaves {', '.join(map(str, chosen['verified leaves']))}." in words.stdout
    assert "3 signed objects that are here and were not chosen" in words.stdout


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        ("UPDATE entry SET body = X'00' WHERE log = 'messages' AND seq = 1", "MALFORMED"),
        (
            (
                "UPDATE entry SET body = (SELECT body FROM entry WHERE log = 'messages' AND seq = 0) "
                "WHERE log = 'messages' AND seq = 1"
            ),
            "LOG_FORK",
        ),
        ("UPDATE record SET raw = (SELECT raw FROM record WHERE leaf = 1) WHERE leaf = 0", "ROOT_MISMATCH"),
        ("UPDATE checkpoint SET raw = replace(raw, 'A', 'B') WHERE log = 'messages'", "the checkpoint of 6"),
        ("DELETE FROM record WHERE leaf = 4", "UNKNOWN_KEY"),
    ],
)
def test_every_harm_is_a_finding_and_the_status_says_so(audited: Audited, harm: str, code: str) -> None:
    shutil.copytree(audited.folder / "copy", audited.folder / "harmed", dirs_exist_ok=True)
    with closing(sqlite3.connect(audited.folder / "harmed" / "audit.db")) as raw, raw:
        raw.create_function("replace", 3, lambda data, old, new: bytes(data).replace(old.encode(), new.encode()))
        raw.execute(harm)
    done = audited.run("verify", "--from-start", state="harmed")
    assert done.exit_code == 1, done.stdout
    assert code in done.stdout
    assert "DOES NOT HOLD" in done.stdout
    shutil.rmtree(audited.folder / "harmed")


def test_what_witnesses_saw_is_compared_with_the_copy_whenever_it_comes(audited: Audited) -> None:
    """A hub that shows the auditor one log and the witnesses another is found, also after a walk went past it."""
    network, now = audited.world.network, audited.world.clock()
    shutil.copytree(audited.folder / "copy", audited.folder / "forked", dirs_exist_ok=True)
    assert "DOES NOT HOLD" not in audited.run("verify", state="forked").stdout
    origin = messages_origin(network.network_id)
    raw = sign_checkpoint(network.hub_log, Checkpoint(origin, 2, b"o" * 32), now)
    head = verify_head(raw, origin, network.charter.hub_log_keys)
    lines = [line for name, keys in network.witnesses.items() for line in cosign(keys, name, head.checkpoint, now)]
    with closing(sqlite3.connect(audited.folder / "forked" / "audit.db")) as database, database:
        row = ("messages", 2, add_cosignatures(head, lines))
        database.execute("INSERT OR REPLACE INTO witnessed VALUES (?, ?, ?)", row)
    for words in (("verify",), ("verify", "--from-start")):
        done = audited.run(*words, state="forked")
        assert (done.exit_code, "LOG_FORK" in done.stdout) == (1, True), done.stdout
    shutil.rmtree(audited.folder / "forked")


@pytest.mark.parametrize("shown", [b"", b"\xa0", None])
def test_an_object_exchanged_at_the_hub_is_kept_and_named_and_blocks_nothing(
    audited: Audited, shown: bytes | None
) -> None:
    shutil.copytree(audited.folder / "copy", audited.folder / "harmed", dirs_exist_ok=True)
    copy = Copy.open(audited.folder / "harmed")
    (first, second) = (parse_leaf(each) for each in copy.entries("messages", 0, 2))
    other = copy.row("SELECT raw FROM record WHERE leaf = 0")
    assert other is not None
    records = [Record(1, other[0] if shown is None else shown), Record(0, other[0])]
    with copy.page():
        assert index_records(copy, records, {0: first, 1: second}) == (1,)
    copy.close()
    done = audited.run("verify", "--from-start", state="harmed")
    assert done.exit_code == 1
    assert "DOES NOT HOLD: the object of leaf 1" in done.stdout
    shutil.rmtree(audited.folder / "harmed")


def test_a_hub_that_shows_other_leaves_than_were_asked_for_changes_nothing_in_the_copy(audited: Audited) -> None:
    shutil.copytree(audited.folder / "copy", audited.folder / "pushed", dirs_exist_ok=True)
    copy = Copy.open(audited.folder / "pushed")
    before = copy.rows("SELECT * FROM record ORDER BY leaf")
    copy.put_fact("records", 2)

    class Pushing(HubReads):
        def __init__(self) -> None:
            pass

        async def records(self, start: int, end: int) -> RecordPage:
            assert start == 2
            return RecordPage(end, (Record(0, b"another"),))

    with refused(Code.NOT_FOUND):
        asyncio.run(_bring_records(copy, Pushing(), 4))
    assert copy.rows("SELECT * FROM record ORDER BY leaf") == before
    copy.close()
    shutil.rmtree(audited.folder / "pushed")


def test_the_review_on_the_page_works(audited: Audited) -> None:
    assert len(audited.page) >= 7
    for step, done in audited.page:
        assert step.line.startswith("egnatia audit ")
        assert done.exit_code == 0, f"{step.line}\n{done.output}"
        assert step.fits(done.stdout), f"{step.line}\n{done.stdout}"


def listed(audited: Audited, *words: str) -> list[dict[str, object]]:
    done = audited.run(*words, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_search_by_header_and_by_the_state_of_evidence(audited: Audited) -> None:
    every = listed(audited, "search")
    assert [(each["leaf"], each["recipient"], each["evidence"]) for each in every] == [
        (1, "mk.contact", "waiting"),
        (0, "mk.contact", "handed-over"),
    ]
    assert [each["leaf"] for each in listed(audited, "search", "--evidence", "waiting")] == [1]
    assert [each["leaf"] for each in listed(audited, "search", "--id", audited.answered.id.hex()[:10])] == [0]
    found = ("--sender", "rs.contact", "--recipient", "mk.contact", "--channel", "police", "--type", "MT-01")
    assert len(listed(audited, "search", *found, "--since", "2020-01-01")) == 2
    assert listed(audited, "search", "--until", "2020-01-01") == []
    assert audited.run("search", "--sender", "nobody").stdout == "No message within your mandate is like that.\n"


def test_decisions_by_rule_and_article(audited: Audited) -> None:
    (only,) = listed(audited, "decisions", "--by-node")
    assert (only["decided by"], only["rule"], only["article"], only["verdict"], only["count"]) == (
        *("hub", "test.agreement-purpose", "PCC 31", "deny", 1),
    )
    assert only["node"] == "rs.contact"
    assert listed(audited, "decisions", "--until", "2020-01-01") == []


def test_promises_name_what_is_overdue(audited: Audited) -> None:
    found = listed(audited, "promises", "--hours", "24")
    late = {each["promise"]: each for each in found}
    assert set(late) == {"handed over", "witnessed"}
    assert (late["handed over"]["what"], late["handed over"]["node"]) == (audited.waiting.id.hex(), "mk.contact")
    assert late["handed over"]["overdue by minutes"] == 2 * 24 * 60
    assert "Nothing within your mandate is overdue" not in audited.run("promises").stdout


def test_what_no_quorum_cosigned_is_no_promise_kept(audited: Audited) -> None:
    """A hub that offers its own checkpoint as a witnessed one hides no leaf that waits for witnesses."""
    shutil.copytree(audited.folder / "copy", audited.folder / "alone", dirs_exist_ok=True)
    with closing(sqlite3.connect(audited.folder / "alone" / "audit.db")) as database, database:
        alone = "SELECT log, size, raw FROM checkpoint WHERE log = 'messages' ORDER BY size DESC LIMIT 1"
        database.execute(f"INSERT OR REPLACE INTO witnessed {alone}")
    done = audited.run("promises", "--json", state="alone")
    assert [each["promise"] for each in json.loads(done.stdout)] == ["witnessed"]
    shutil.rmtree(audited.folder / "alone")


def test_statistics_of_the_log(audited: Audited) -> None:
    found = {str(each["kind"]): each["leaves"] for each in listed(audited, "stats")}
    assert found == {"message": 3, "evidence": 1, "administration": 2}
    assert len(listed(audited, "stats", "--by-day")) == 3


def test_without_a_copy_nothing_is_said(audited: Audited) -> None:
    done = audited.run("verify", state="nowhere")
    assert (done.exit_code, "NO_COPY" in done.stderr) == (1, True)
