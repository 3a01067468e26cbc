"""Further tokens: each is good for its scopes until it ends, and only the node's own token makes them."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, update

from nodes.api.server import ROUTES
from nodes.case_event_tables import case_file
from nodes.casework.case_acts import Act
from nodes.casework.case_book import CaseBook, CaseFile
from nodes.casework.case_sync import CaseSync
from tests.flow.nodes.test_duties import answered
from tests.flow.nodes.test_holds import held
from tests.simulators.casework import SUPERVISOR
from tests.simulators.correcting import asked as correctable
from tests.simulators.correcting import raised
from tests.simulators.node import MK, RS, TestWorld, example
from tests.simulators.node_api import Api, api
from tests.simulators.node_cli import named, run

REQUEST = example("MT-01/vehicle-mk", to=["rs.ilecu"], dry_run=True)
NOBODY = {"reason": "We know them."}
DAY = 86_400


async def made(node: Api, *scopes: str, days: int = 1) -> dict[str, Any]:
    status, found = await node.post("/tokens", {"label": "case system", "scopes": list(scopes), "days": days})
    assert status == 201, found
    return found


async def asked(node: Api, token: str, method: str, path: str, body: Any = None) -> int:
    return (await node.call(method, path, body, Authorization=f"Bearer {token}"))[0]


async def read(node: Api, token: str, path: str) -> tuple[int, str]:
    """Return what a path answers, as text: an export is no JSON document."""
    url = f"http://127.0.0.1:{node.node.port}/api/v1{path}"
    async with node.session.get(url, headers={"Authorization": f"Bearer {token}"}) as found:
        return found.status, (await found.read()).decode(errors="replace")


async def test_a_token_is_good_for_its_scopes_alone(world: TestWorld) -> None:
    async with api(world, MK) as skopje:
        await skopje.until("/status", lambda found: found["policy"]["here"])
        tries = {
            "read": ("GET", "/messages", None, 200),
            "send": ("POST", "/messages", REQUEST, 200),
            "work": ("POST", f"/messages/{'0' * 64}/release", NOBODY, 404),
            "admin": ("GET", "/holdings", None, 200),
        }
        for scope in tries:
            token = (await made(skopje, scope))["token"]
            for other, (method, path, body, status) in tries.items():
                expected = status if other == scope else 403
                assert await asked(skopje, token, method, path, body) == expected, (scope, other)
            assert await asked(skopje, token, "GET", "/tokens") == 403
            assert await asked(skopje, token, "POST", "/tokens", {}) == 403
            assert await asked(skopje, token, "GET", "/accounts") == 403
        both = (await made(skopje, "read", "send"))["token"]
        assert await asked(skopje, both, "GET", "/messages") == 200
        assert await asked(skopje, both, "POST", "/messages", REQUEST) == 200


async def test_a_missing_scope_says_what_to_do(world: TestWorld) -> None:
    async with api(world, MK) as skopje:
        token = (await made(skopje, "read"))["token"]
        status, found = await skopje.call("POST", "/messages", b"no body at all", Authorization=f"Bearer {token}")
        assert (status, found["code"]) == (403, "NOT_PERMITTED")
        assert "egnatia node token new --scope send" in found["remedy"]
        status, found = await skopje.call("GET", "/tokens", None, Authorization=f"Bearer {token}")
        assert "token file" in found["remedy"]


async def test_a_token_ends_when_it_is_ended_and_when_its_time_is_over(world: TestWorld) -> None:
    async with api(world, MK) as skopje:
        first, second = await made(skopje, "read", days=2), await made(skopje, "read")
        assert await asked(skopje, first["token"], "GET", "/messages") == 200
        status, ended = await skopje.post(f"/tokens/{first['number']}/end", {})
        assert (status, ended["current"], ended["ended_at"]) == (200, False, world.clock.now)
        assert await asked(skopje, first["token"], "GET", "/messages") == 401
        world.clock.advance(DAY - 1)
        assert await asked(skopje, second["token"], "GET", "/messages") == 200
        world.clock.advance(1)
        assert await asked(skopje, second["token"], "GET", "/messages") == 401
        assert (await skopje.post(f"/tokens/{first['number']}/end", {}))[1]["ended_at"] == ended["ended_at"]
        assert (await skopje.post("/tokens/99/end", {}))[0] == 404
        assert (await skopje.post("/tokens/x/end", {}))[0] == 404
        listed = (await skopje.get("/tokens"))["tokens"]
        assert [(each["number"], each["current"]) for each in listed] == [(2, False), (1, False)]
        assert {each["label"] for each in listed} == {"case system"}


async def test_nothing_that_is_kept_gives_a_token_away(world: TestWorld) -> None:
    async with api(world, MK) as skopje:
        token = (await made(skopje, "read"))["token"]
        assert token not in json.dumps(await skopje.get("/tokens"))
        folder = world.machine(MK).folder
        kept = b"".join(path.read_bytes() for path in folder.glob("state.db*"))
        assert token.encode() not in kept
        assert bytes.fromhex(token) not in kept
        assert b"case system" not in kept


async def test_a_token_outlives_a_restart_and_is_named_in_the_processing_log(world: TestWorld) -> None:
    async with api(world, MK) as skopje:
        token = await made(skopje, "read")
    async with api(world, MK) as skopje:
        assert await asked(skopje, token["token"], "GET", "/messages?q=petrova") == 200
        who = f"program-{token['number']}"
        entries = (await skopje.get(f"/log?purpose=lawfulness&who={who}"))["entries"]
        assert {each["who"] for each in entries} == {who}


@pytest.mark.parametrize(
    "wrong",
    [
        {"label": ""},
        {"label": "x" * 81},
        {"label": "two\nlines"},
        {"scopes": []},
        {"scopes": ["owner"]},
        {"scopes": ["all"]},
        {"scopes": "read"},
        {"days": 0},
        {"days": 367},
        {"days": True},
        {"more": 1},
    ],
)
async def test_a_token_without_label_scope_or_end_is_refused(world: TestWorld, wrong: dict[str, Any]) -> None:
    async with api(world, MK) as skopje:
        right = {"label": "case system", "scopes": ["read"], "days": 1}
        assert (await skopje.post("/tokens", right | wrong))[0] == 400
        assert (await skopje.get("/tokens"))["tokens"] == []


async def test_there_are_only_so_many(world: TestWorld) -> None:
    async with api(world, MK) as skopje:
        for _ in range(50):
            await made(skopje, "read")
        status, found = await skopje.post("/tokens", {"label": "one more", "scopes": ["read"], "days": 1})
        assert (status, found["code"]) == (409, "TOO_MANY_TOKENS")
        world.clock.advance(DAY)
        await made(skopje, "read")


async def test_guesses_beside_further_tokens_are_slowed_down(world: TestWorld) -> None:
    async with api(world, MK) as skopje:
        token = (await made(skopje, "read"))["token"]
        limit = skopje.node.config.api.wrong_tokens_per_minute
        wrong = [token.upper(), token[:-1], f" {token}", ""]
        got = [await asked(skopje, wrong[at % len(wrong)], "GET", "/status") for at in range(limit + 2)]
        assert got[-2:] == [429, 429]
        assert set(got[:limit]) == {401}
        assert await asked(skopje, token, "GET", "/status") == 200


async def test_tokens_at_the_console(world: TestWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    out = tmp_path / "case.token"
    async with named(world, MK, "skopje"):

        async def console(*words: str, ends: int = 0) -> str:
            found = await run("--as", "skopje", "token", *words)
            assert found.exit_code == ends, found.output
            return found.output

        said = await console("new", "case system", "--scope", "read", "--scope", "send", "--days", "30")
        assert "Token 1 for case system: read, send, until" in said
        assert len(said.split("token: ")[1].split()[0]) == 64
        said = await console("new", "other", "--scope", "read", "--out", str(out))
        assert out.stat().st_mode & 0o077 == 0
        assert out.read_text().strip() not in said
        assert "FILE_EXISTS" in await console("new", "other", "--scope", "read", "--out", str(out), ends=1)
        assert "in force" in await console("list")
        assert "good for nothing" in await console("end", "1")
        assert "NOT_FOUND" in await console("end", "7", ends=1)
        assert [each["current"] for each in json.loads(await console("list", "--json"))["tokens"]] == [True, False]


async def test_what_is_closed_to_a_group_is_not_there_for_a_program(world: TestWorld) -> None:
    async with api(world, MK) as skopje:
        await skopje.until("/status", lambda found: found["policy"]["here"])
        status, sent = await skopje.post("/messages", REQUEST | {"dry_run": False})
        assert status == 201, sent
        everything = (await made(skopje, "read", "send", "work"))["token"]
        paths = ["/messages/{}", "/messages/{}/why", "/messages/{}/thread", "/evidence/{}"]
        paths += ["/messages/{}/attachments", "/messages/{}/disclosures", "/messages/{}/attachments/att-00"]
        assert [await asked(skopje, everything, "GET", each.format(sent["id"])) for each in paths[:4]] == [200] * 4
        cases = CaseBook(skopje.node.gateway, CaseSync(skopje.node.gateway))
        await cases.fresh()
        (line,) = (await skopje.get("/cases"))["cases"]
        closing = Act(name="limit", seen=line["last"], reason="An informant is named.")
        assert isinstance(await cases.act(SUPERVISOR, bytes.fromhex(line["id"]), closing), CaseFile)
        for path in paths:
            shown = await skopje.call("GET", path.format(sent["id"]), None, Authorization=f"Bearer {everything}")
            missing = await skopje.call("GET", path.format("0" * 64), None, Authorization=f"Bearer {everything}")
            assert shown == (missing[0], missing[1] | {"id": sent["id"]} if "id" in missing[1] else missing[1]), path
        found = {"explanation": "It was sent by mistake.", "reason": "unlawful", "action": "erase"}
        assert await asked(skopje, everything, "POST", f"/corrections/{sent['id']}/apply", found) == 404
        for listing in ("/messages?box=outbox", "/messages?box=outbox&q=lojane"):
            listed = await skopje.call("GET", listing, None, Authorization=f"Bearer {everything}")
            assert listed[1]["messages"] == [], listing
        notice = found | {"message": sent["id"], "dry_run": True}
        theirs, unknown = [
            await skopje.call("POST", "/corrections", notice | {"message": each}, Authorization=f"Bearer {everything}")
            for each in (sent["id"], "0" * 64)
        ]
        assert theirs == unknown
        reference = (await skopje.get(f"/messages/{sent['id']}"))["reference"]
        assert await asked(skopje, everything, "GET", f"/references/{reference}") == 404
        about = f"purpose=self-monitoring&about={sent['id']}"
        listings = ["/clocks", "/status", "/corrections", "/held", "/log?purpose=self-monitoring", f"/log?{about}"]
        for listing in (*listings, "/log/export?purpose=self-monitoring"):
            status, text = await read(skopje, everything, listing)
            assert (status, sent["id"] in text) == (200, False), listing
        assert json.loads((await read(skopje, everything, f"/log?{about}"))[1])["entries"] == []
        everywhere = {each.path for each in ROUTES if each.method == "GET" and "{" not in each.path}
        assert len(everywhere) > 20
        read_all = {listing: await read(skopje, everything, listing) for listing in everywhere}
        assert sum(status == 200 for status, _ in read_all.values()) > 20
        assert [listing for listing, (_, text) in read_all.items() if sent["id"] in text] == []
        own = skopje.node.config.api.token.read_text().strip()
        for listing in ("/clocks", "/status", "/log?purpose=self-monitoring", f"/log/export?{about}"):
            assert sent["id"] in (await read(skopje, own, listing))[1], (listing, "the own token is its operator's")


def close_all(connection: Connection) -> None:
    """Close every case to its group."""
    connection.execute(update(case_file).values(limited=True))


async def test_what_is_held_or_corrected_in_a_closed_case_is_not_listed_for_a_program(
    world: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        await raised(skopje, await correctable(skopje, belgrade))
        await skopje.exchange(belgrade)
        await held(skopje, belgrade, monkeypatch)
    async with api(world, RS) as belgrade_api:
        await belgrade_api.until("/status", lambda found: found["policy"]["here"])
        gateway, program = belgrade_api.node.gateway, (await made(belgrade_api, "read"))["token"]
        for closed in (False, True):
            await CaseBook(gateway, CaseSync(gateway)).fresh()
            if closed:
                await gateway.store.database.write(close_all)
            for path, name in (("/held", "held"), ("/corrections", "corrections")):
                (one,) = (await belgrade_api.get(path))[name]
                _, listed = await belgrade_api.call("GET", path, None, Authorization=f"Bearer {program}")
                assert listed[name] == ([] if closed else [one]), path


async def test_what_is_owed_in_a_closed_case_is_neither_listed_nor_settled_for_a_program(world: TestWorld) -> None:
    await answered(world)
    world.clock.advance(120 * 86_400)
    async with api(world, MK) as skopje:
        await skopje.until("/status", lambda found: found["policy"]["here"])
        gateway, program = skopje.node.gateway, f"Bearer {(await made(skopje, 'read', 'work'))['token']}"
        (task,) = (await skopje.call("GET", "/tasks", None, Authorization=program))[1]["tasks"]
        assert (await skopje.call("GET", "/retention", None, Authorization=program))[1]["coming"]
        await CaseBook(gateway, CaseSync(gateway)).fresh()
        await gateway.store.database.write(close_all)
        assert (await skopje.call("GET", "/tasks", None, Authorization=program))[1]["tasks"] == []
        assert (await skopje.call("GET", "/retention", None, Authorization=program))[1]["coming"] == []
        done = (f"/tasks/{task['number']}/done", {"note": "looked"})
        assert (await skopje.call("POST", *done, Authorization=program))[0] == 404
        assert (await skopje.post(*done))[0] == 200
