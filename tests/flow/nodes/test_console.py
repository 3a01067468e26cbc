"""Asking and answering at the console: what is filled in is shown, and what is wrong says what may stand there."""

from pathlib import Path
from typing import Any

import pytest

from nodes.commands.client import readers_language
from nodes.commands.forms import split_fields, with_fields
from nodes.commands.reading import folded, of_one_request
from protocol.errors import Code
from tests.simulators.node import MK, RS, TestWorld
from tests.simulators.node_api import api
from tests.simulators.node_cli import named, run, until

REASON = "Eleven people were driven to the border in this van last night."
VEHICLE = ("send", "--to", "rs.ilecu", "--query", "vehicle", "--plate", "BG 123-XX", "--country", "RS")
PERSON = ("send", "--to", "mk.ilecu", "--query", "person", "--family", "Petrova", "--reason", REASON)


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


async def done(*words: str) -> str:
    found = await run("--as", *words)
    assert found.exit_code == 0, found.output
    return found.output


async def refused(*words: str) -> str:
    found = await run("--as", *words)
    assert found.exit_code == 1, found.output
    return found.output


async def test_a_request_is_asked_and_answered_without_a_file(world: TestWorld) -> None:
    async with named(world, MK, "skopje"), named(world, RS, "belgrade"):
        asked = await done("skopje", *VEHICLE, "--reason", REASON)
        for words in ("/subjects/vehicles/0/kind = car (Car)", f"/necessity = {REASON}", "/evaluation/information = 4"):
            assert words in asked
        message = asked.split()[-1]
        chosen = ("--kind", "van", "--necessity", "It is the only lead there is.", "--field", "/document/query=vehicle")
        said = await done("skopje", *VEHICLE, "--reason", REASON, *chosen, "--dry-run")
        assert "/necessity" not in said
        assert "kind = car" not in said
        once = [*VEHICLE, "--reason", REASON, "--once", "note-17"]
        first = (await done("skopje", *once)).split()[-1]
        world.clock.advance(5)
        assert (await done("skopje", *once)).split()[-1] == first, "although the form says now"
        await until(message[:12], "--as", "belgrade", "inbox")

        several = await refused("belgrade", "reply", message)
        assert "MT-02/1 Acknowledgement of receipt; MT-03/1 Answer; MT-04/1 Nothing known" in several
        wrong = await refused("belgrade", "reply", message, "--type", "MT-02", "--field", "/due_class=soon")
        assert "other = Other request: 7 calendar days" in wrong
        assert "/received_at = 2026" in wrong
        other = await refused("belgrade", "reply", message, "--type", "MT-02", "--answer", "Nothing.")
        assert "--answer writes MT-03/1" in other
        fields = ("--field", "/document/due_class=other", "--field", "/handler_unit=Vehicles")
        await done("belgrade", "reply", message, "--type", "MT-02", *fields)

        answered = (await done("belgrade", "reply", message, "--answer", "Not reported as stolen.")).split()[-1]
        await until(f"answers {message[:12]}", "--as", "skopje", "inbox")
        assert "To act: you" in await done("belgrade", "why", message)
        await done("belgrade", "show", message)
        assert "To act: you" not in await done("belgrade", "why", message)
        for end in (message, answered):
            assert (await done("skopje", "thread", end)).count(message[:12]) == 3, "itself and what two answers name"
        assert "Not reported as stolen." in await done("skopje", "show", answered)


async def test_what_is_wrong_says_what_may_stand_there(world: TestWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    async with named(world, MK, "skopje"), named(world, RS, "belgrade"):
        stranger = await refused("skopje", "send", "--to", "rs.ilecus", *VEHICLE[3:], "--reason", REASON)
        assert stranger.count("Did you mean rs.ilecu?") == 2, "as the title and beside its place, and no other error"
        assert "/channel" not in stranger
        person = await refused("belgrade", *PERSON)
        assert "Use --connection." in person
        assert "Use --role." in person
        assert "suspect = Suspect" in person
        suspect = ("--role", "suspect", "--connection", "She rented the van that was stopped.")
        await done("belgrade", *PERSON, *suspect)
        victim = await refused("belgrade", *PERSON, "--role", "victim", *suspect[2:])
        assert "/subjects/persons/0/victim/anonymity = yes" in victim
        assert "Rule: " in victim
        nested = await refused("belgrade", *PERSON, *suspect, "--field", "/document/offence=")
        assert "/document/offence" in nested
        item = ("--field", f"/items/0/message_id={'ab' * 32}", "--field", "/use=dissemination")
        grant = ("--type", "MT-11", "--purpose", "investigate", "--field", "/phase=grant", *item)
        assert "Use --sign-as PERSON" in await refused("belgrade", "send", "--to", "mk.ilecu", *grant)
        monkeypatch.setenv("LC_ALL", "sr_RS.UTF-8@latin")
        assert "Osumnjičeni" in await refused("belgrade", *PERSON)

        monkeypatch.setenv("LC_ALL", "C")
        listed = await done("skopje", "types", "MT-03")
        assert "answers: MT-01/1" in listed
        assert "/completeness *\tComplete or partial answer\tcomplete, partial" in listed
        assert "/information/statements/0/text *" in await done("skopje", "types", "MT-03", "/information/statements")
        assert "partial\tPartial" in await done("skopje", "types", "MT-03/1", "/document/completeness")
        countries = await done("skopje", "types", "MT-01", "/subjects/vehicles/0/plate_country", "--language", "sq")
        assert "XK\tKosova*" in countries
        assert "* Ky emërtim nuk paragjykon" in countries
        assert "There is no message type MT-99" in await refused("skopje", "types", "MT-99")
        assert "has no field /nothing" in await refused("skopje", "types", "MT-03", "/nothing")
        hint = await run("inbox")
        assert "egnatia --as belgrade inbox. Known here: belgrade, skopje" in " ".join(hint.output.split())


@pytest.mark.parametrize("code", [Code.LOG_FORK, Code.RESTART_NEEDED])
async def test_while_the_hub_signs_nothing_messages_wait_and_people_are_told(world: TestWorld, code: Code) -> None:
    async with named(world, MK, "skopje"):
        await until("0 entries verified", "--as", "skopje", "status")
        world.hub.closed = code
        first = (await done("skopje", *VEHICLE, "--reason", REASON)).splitlines()
        message = next(line for line in first if line.startswith("Sealed and queued: ")).split()[-1]
        told = await until("hub: takes no messages for now.", "--as", "skopje", "status")
        assert "docs/restart.md" in told.output
        assert f"[{code}]" in told.output
        await until(str(code), "--as", "skopje", "outbox", "--json")
        second = await done("skopje", *VEHICLE, "--reason", REASON)
        assert "The hub takes no messages for now; this one waits here" in second
        assert message[:12] in await done("skopje", "outbox")


async def test_a_program_asks_for_types_and_forms(world: TestWorld) -> None:
    async with api(world, MK) as node:
        await node.until("/status", lambda status: status["policy"]["here"])
        status, problem = await node.call("GET", "/types/MT-99")
        assert (status, problem["code"]) == (404, "NOT_FOUND")
        found = await node.get("/types/MT-01/answers?language=sr-Latn")
        assert found["types"][1] == {"id": "MT-03/1", "title": "Odgovor"}
        form = {"type": "MT-01/1", "template": "vehicle", "fields": {"/facts": REASON}}
        status, made = await node.post("/forms", form | {"defaults": {"/availability": "x", "/necessity": "y"}})
        rows = {each["path"]: each["value"] for each in made["filled"]}
        assert (status, "/facts" in rows, rows["/necessity"]) == (200, False, "y")
        assert rows["/availability"] != "x", "what the form itself says stays"
        for wrong in (
            {},
            form | {"fields": []},
            form | {"else": 1},
            form | {"fields": {"facts": "no pointer"}},
        ):
            status, problem = await node.post("/forms", wrong)
            assert (status, problem["code"]) == (400, "MALFORMED"), wrong
        request = {"type": "MT-02/1", "to": ["rs.ilecu"], "document": {"due_class": "soon"}}
        status, problem = await node.call("POST", "/messages", request, Accept_Language="mk;q=1, en")
        (fault,) = [each for each in problem["fields"] if each["code"] == "NOT_IN_LIST"]
        assert (status, len(fault["values"])) == (422, 5)
        assert fault["sentence"] == problem["title"] != "“Deadline class” must be one of the listed values."


def test_many_alike_are_shown_as_one() -> None:
    def row(name: str, state: str = "accepted", **more: Any) -> dict[str, Any]:
        return {"id": name, "state": state, "type": "MT-01/1", "from": "mk.ilecu", "read_at": None} | more

    alike = [row(str(number), due_at=number) for number in range(5)]
    found = folded([*alike, row("x", "held"), *alike[:3], row("y", read_at=1)])
    assert [(each["id"], more) for each, more in found] == [("0", 4), ("x", 0), ("0", 0), ("1", 0), ("2", 0), ("y", 0)]


def test_a_request_and_its_answers_hang_together() -> None:
    links = {"a": None, "b": "a", "c": "b", "x": None, "y": "x"}
    rows = [{"id": name, "in_reply_to": to} for name, to in links.items()]
    assert [row["id"] for row in of_one_request(rows, "c")] == ["a", "b", "c"]
    assert [row["id"] for row in of_one_request(rows, "x")] == ["x", "y"]


def test_fields_are_named_as_errors_name_them() -> None:
    assert split_fields(["/document/a/b=1=2", "/c=", "/identity/n=x"]) == ({"/a/b": "1=2", "/c": ""}, {"/n": "x"})
    assert with_fields({"a": {"b": "1", "c": "2"}}, {"/a": "z"}) == {"a": "z"}
    assert with_fields({}, {"/a/0/b": "z"}) == {"a": [{"b": "z"}]}
    assert with_fields({"a": "1"}, {}) == {"a": "1"}


@pytest.mark.parametrize(
    ("locale", "language"),
    [("C", "en"), ("sr_RS.UTF-8", "sr-Cyrl"), ("sr_RS@latin", "sr-Latn"), ("mk_MK.UTF-8", "mk"), ("POSIX", "en")],
)
def test_a_terminal_says_its_language(monkeypatch: pytest.MonkeyPatch, locale: str, language: str) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    assert readers_language() == language
