"""Accounts from the node's console: the first link, invitations, and the operator as the second person."""

import json
from pathlib import Path

import pytest

from nodes.commands.registry import Place, register
from nodes.config import DeskSettings
from nodes.people.changes import Change
from nodes.people.person import Kind, PersonRecord
from tests.simulators.node import MK, TestWorld
from tests.simulators.node_cli import named, run
from tests.simulators.staff import Staff

DESK = DeskSettings(on=True, port=0)


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


async def console(*words: str, ends: int = 0) -> str:
    found = await run("--as", "skopje", "accounts", *words)
    assert found.exit_code == ends, found.output
    return found.output


async def document(*words: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(await console(*words, "--json"))
    return found


async def test_accounts_from_the_console(world: TestWorld) -> None:
    async with named(world, MK, "skopje", desk=DESK):
        first = await document("link")
        assert str(first["link"]).startswith("http")
        assert "/join/" in str(first["link"])
        assert json.loads(await console("list", "--json")) == {"accounts": []}
        new = ("invite", "a.first", "--name", "Ana First", "--role", "administrator", "--why", "starts")
        made = await document(*new)
        assert (made["name"], made["roles"], made["standing"]) == ("Ana First", ["administrator"], "invited")
        assert "SIGN_IN_NAME_TAKEN" in await console(*new, ends=1)
        words = ("invite", "b.second", "--name", "Ben", "--role", "auditor", "--role", "supervisor", "--why", "x")
        assert "ROLES_NOT_SEPARABLE" in await console(*words, ends=1)
        account = str(made["id"])
        again = await console("link", account[:8])
        assert "/join/" in again
        assert again.split()[0] != made["link"]
        assert "NOT_FOUND" in await console("link", "ffff", ends=1)
        assert "a.first" in await console("list")
        assert "NOT_JOINED" in await console("reset", account, "--why", "lost", ends=1)
        assert "NO_PROPOSAL" in await console("confirm", account, "7", ends=1)
        assert "NO_PROPOSAL" in await console("drop", account, "7", ends=1)
        assert "NO_REASON" in await console("end", account, "--why", " ", ends=1)
        assert "ended" in await console("end", account, "--why", "mistake")
        assert "ACCOUNT_ENDED" in await console("end", account, "--why", "again", ends=1)


async def test_the_operator_is_a_second_person(world: TestWorld) -> None:
    async with world.machine(MK).serving(desk=DESK) as node:
        register("skopje", Place(f"http://127.0.0.1:{node.port}", node.config.api.token))
        staff = Staff(node.gateway)
        keeper = await staff.administrator()
        other = await document("invite", "b.second", "--name", "Ben", "--role", "supervisor", "--why", "starts")
        token = str(other["link"]).rpartition("/")[2]
        who = await staff.join(token, "b.second")
        assert "JOINED_BEFORE" in await console("link", ends=1)
        assert "confirm" in await console("reset", who.id, "--why", "lost telephone")
        listed = await document("list")
        (waiting,) = next(each for each in listed["accounts"] if each["id"] == who.id)["waiting"]  # type: ignore[attr-defined]
        assert (waiting["act"], waiting["by"], waiting["why"]) == ("reset", None, "lost telephone")
        number = str(waiting["proposal"])
        assert "lost telephone" in await console("list")
        assert "SAME_PERSON" in await console("confirm", who.id, number, ends=1)
        assert "waits" not in await console("drop", who.id, number)
        asked = await staff.book.change(Change(who.id, Kind.RESET, "lost"), keeper.id)
        assert isinstance(asked, PersonRecord)
        number = str(asked.proposals[0].number)
        assert "invited" in await console("confirm", who.id[:10], number)
        assert "/join/" in await console("link", who.id)


async def test_without_a_desk_there_are_no_accounts(world: TestWorld) -> None:
    async with named(world, MK, "skopje"):
        assert "DESK_OFF" in await console("list", ends=1)
