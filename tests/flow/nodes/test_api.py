"""The API of a running node on the loopback: its doors, its strictness, its words, and a whole exchange over it."""

import json
from pathlib import Path

import pytest

from tests.flow.nodes.test_consents import REFERRAL, referred
from tests.simulators.consents import BY_PHONE, consent_world, record_for
from tests.simulators.forge import seal_raw
from tests.simulators.node import CSO, LOTSE, MK, NADA, RS, TestWorld, example
from tests.simulators.node_api import api

REQUEST = example("MT-01/vehicle-mk", to=["rs.ilecu"])


async def test_two_running_nodes_exchange_over_their_apis(world: TestWorld) -> None:
    async with api(world, MK) as skopje, api(world, RS) as belgrade:
        await skopje.until("/status", lambda found: found["policy"]["here"])
        status, queued = await skopje.post("/messages", REQUEST)
        assert status == 201, queued
        message = queued["id"]
        await belgrade.until("/messages", lambda found: found["messages"])
        shown = await belgrade.get(f"/messages/{message}")
        assert shown["document"] == REQUEST["document"]
        assert shown["header"]["purpose"] == "investigate"
        read = await skopje.until("/messages?box=outbox", lambda found: found["messages"][0]["to"][0]["read_at"])
        assert read["messages"][0]["state"] == "accepted"
        why = await skopje.get(f"/messages/{message}/why")
        assert why["steps"][0]["where"] == "recipient"
        evidence = await skopje.get(f"/evidence/{message}")
        assert {each["event"] for each in evidence["evidence"]} == {
            "SubmissionAcceptance",
            "ContentHandover",
            "ContentAccessTracking",
        }
        thread = await skopje.get(f"/messages/{message}/thread")
        assert [each["id"] for each in thread["messages"]] == [message]
        assert (await belgrade.get("/messages?q=lojane"))["messages"]
        assert not (await belgrade.get("/messages?q=ohrid"))["messages"]


async def test_a_form_needs_little(world: TestWorld) -> None:
    reason = "Eleven people were driven to the border in this van last night."
    fields = {
        "/subjects/vehicles/0/plate": "VR 123-ŽĆ",
        "/subjects/vehicles/0/plate_country": "RS",
        "/crime_area": "trafficking_in_persons",
        "/offence/title": "Trafficking",
        "/facts": reason,
        "/necessity": reason,
        "/availability": "The plate is one of the recipient's register.",
    }
    request = {"type": "MT-01/1", "template": "vehicle", "fields": fields, "to": "rs.ilecu", "dry_run": True}
    async with api(world, MK) as skopje:
        await skopje.until("/status", lambda found: found["policy"]["here"])
        status, found = await skopje.post("/messages", request)
        assert (status, found.get("state")) == (200, "would-go"), found
        status, found = await skopje.post("/messages", request | {"template": "no-such-form"})
        assert (status, found["code"]) == (400, "MALFORMED")
        status, found = await skopje.post("/messages", request | {"fields": {"facts": "x"}})
        assert (status, found["code"]) == (400, "MALFORMED")


async def test_refusals_carry_code_sentence_article_and_remedy(world: TestWorld) -> None:
    async with api(world, MK) as skopje:
        await skopje.until("/status", lambda found: found["policy"]["here"])
        status, found = await skopje.post("/messages", REQUEST | {"to": ["rs.ilecu", "al.ilecu"], "language": "mk"})
        assert (status, found["code"]) == (409, "POLICY_DENIED")
        assert found["refused"] == ["al.ilecu"]
        assert found["allowed"] == ["rs.ilecu"]
        assert all(found[name] for name in ("title", "article", "remedy", "findings"))
        status, found = await skopje.post("/messages", {"type": "MT-01/1", "document": {}, "to": ["rs.ilecu"]})
        assert (status, found["code"]) == (422, "INVALID_REQUEST")
        assert "/document/facts" in {each["path"] for each in found["fields"]}
        status, found = await skopje.post("/messages", {"type": "MT-99/1", "document": {"a": 1}, "surprise": 1})
        assert {each["path"] for each in found["fields"]} == {"/surprise"}


async def test_the_same_key_sends_once(world: TestWorld) -> None:
    async with api(world, MK) as skopje:
        await skopje.until("/status", lambda found: found["policy"]["here"])
        first = await skopje.call("POST", "/messages", REQUEST, Idempotency_Key="one")
        again = await skopje.call("POST", "/messages", REQUEST, Idempotency_Key="one")
        other = await skopje.call("POST", "/messages", REQUEST | {"life_days": 2}, Idempotency_Key="one")
        assert first[0] == again[0] == 201
        assert first[1]["id"] == again[1]["id"]
        assert (other[0], other[1]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_a_held_message_is_released_or_returned_with_a_reason(world: TestWorld) -> None:
    one, other = seal_raw(world, 1), seal_raw(world, 2, body=(("/query", "person"),))
    for each in (one, other):
        world.hub.accept(MK.node, each.encode())
    async with api(world, RS) as belgrade:
        await belgrade.until("/messages", lambda found: len(found["messages"]) == 2)
        held = await belgrade.get(f"/messages/{one.id.hex()}")
        assert (held["state"], held["document"]) == ("held", None)
        assert held["findings"][0]["sentence"]
        assert (await belgrade.post(f"/messages/{one.id.hex()}/release", {}))[0] == 400
        assert (await belgrade.post(f"/messages/{one.id.hex()}/release", {"reason": "We know them."}))[0] == 200
        assert (await belgrade.get(f"/messages/{one.id.hex()}"))["document"] == {"query": "vehicle"}
        assert (await belgrade.post(f"/messages/{one.id.hex()}/release", {"reason": "Again."}))[0] == 409
        assert (await belgrade.post(f"/messages/{other.id.hex()}/return", {"reason": "No basis."}))[0] == 200
        assert (await belgrade.get(f"/messages/{other.id.hex()}"))["state"] == "returned"


async def test_the_end_of_a_consent_over_the_api_of_who_holds_something(tmp_path: Path) -> None:
    world = consent_world(tmp_path)
    async with world.machine(NADA).running() as nada, world.machine(LOTSE).running() as lotse:
        consent, message = await referred(nada, lotse, record_for(REFERRAL))
        await nada.gateway.withdrawals.withdraw(consent.id, BY_PHONE)
        await nada.exchange(lotse, CSO)
    async with api(world, LOTSE) as here:
        await here.until("/status", lambda found: found["policy"]["here"])
        (end,) = (await here.get("/consent-ends"))["here"]
        assert (end["items"], end["done_at"], message.hex() in end["messages"]) == (None, None, True)
        status, done = await here.post(f"/consent-ends/{end['number']}/purge", {})
        assert (status, done["result"], done["items"] > 0) == (200, "purged", True)
        assert (await here.post(f"/consent-ends/{end['number']}/purge", {}))[0] == 404
        assert (await here.get("/consent-ends"))["here"] == []


async def test_consents_over_the_api(world: TestWorld) -> None:
    async with api(world, NADA) as nada:
        await nada.until("/status", lambda found: found["policy"]["here"])
        record = example("MT-V6/record-sr-Latn")["document"]
        for grant in record["record"]["grants"]:
            grant["recipient"] = "lotse.at"
        assert (await nada.post("/consents", {"document": record}))[0] == 422, "it was not read back"
        status, sheet = await nada.post("/consents/sheet", {"document": record, "language": "sr-Cyrl"})
        assert (status, sheet["language"]) == (200, "sr-Cyrl")
        assert "Шта дозвољавате" in sheet["html"]
        read_back = {"sheet": sheet["sheet"], "language": "sr-Cyrl", "witness": "T-31"}
        status, found = await nada.post("/consents", {"document": record, "read_back": read_back})
        assert status == 201, found
        assert found["document"]["record"]["read_back"]["witness"] == "T-31"
        (version,) = (await nada.get(f"/consents/{found['id']}"))["versions"]
        assert version["document"] == found["document"]
        proposal = (await nada.get(f"/consents/{found['id']}/renewal"))["document"]
        assert (proposal["version"], proposal["previous"]) == (2, version["digest"])
        assert "renewals" in await nada.get("/consents/renewals")
        assert [each["recipient"] for each in found["references"]] == ["lotse.at"]
        (listed,) = (await nada.get("/consents"))["consents"]
        assert (listed["state"], listed["holder"]) == ("active", "nada.rs")
        said = {"channel": "phone", "told": "She was told what had been sent."}
        path = f"/consents/{found['id']}/withdraw"
        assert (await nada.post(path, {}))[0] == 400
        assert (await nada.post(path, said | {"channel": "dream"}))[0] == 422
        status, ended = await nada.post(path, said)
        assert (status, ended["references"], ended["told"]) == (200, 1, ["lotse.at"])
        listed = (await nada.get("/consent-ends"))["told"]
        assert [(each["node"], each["overdue"]) for each in listed] == [("lotse.at", False)]
        assert (await nada.get("/consent-ends?overdue=1"))["told"] == []
        assert (await nada.post(path, said))[0] == 422
        assert (await nada.post("/consent-ends/7/purge", {}))[0] == 404
        assert (await nada.post("/consent-ends/7/keep", {"reason": "short"}))[0] == 400
        assert (await nada.post("/consent-ends/7/keep", {"reason": "The law asks to keep it."}))[0] == 404
        assert (await nada.get("/consents"))["consents"][0]["state"] == "withdrawn"
        assert (await nada.post("/consents/" + "0" * 32 + "/withdraw", said))[0] == 404
        assert (await nada.post("/consents/zz/withdraw", said))[0] == 404
        assert (await nada.post("/consents/sheet", {"document": {}}))[0] == 422
        assert (await nada.post("/consents", {"document": record, "read_back": {"sheet": "aa"}}))[0] == 400
        assert (await nada.post("/consents", {"document": {}}))[0] == 422
        assert (await nada.post("/consents", {"document": record, "senders": ["?"]}))[0] == 400
        assert (await nada.post("/consents", {"what": 1}))[0] == 400


async def test_what_is_known_of_network_and_types(world: TestWorld) -> None:
    async with api(world, MK) as skopje:
        await skopje.until("/status", lambda found: found["policy"]["here"])
        directory = await skopje.get("/directory")
        assert {each["node"] for each in directory["participants"]} >= {"rs.ilecu", "mk.ilecu"}
        types = await skopje.get("/types?language=sr-Latn")
        found = {each["id"]: each for each in types["types"]}
        assert "vehicle" in found["MT-01/1"]["templates"]
        assert found["MT-01/1"]["schema"]["required"]
        assert (await skopje.get("/people"))["people"] == []


async def test_the_doors(world: TestWorld) -> None:
    async with api(world, MK) as skopje:
        wrong = [
            ({"Authorization": "Bearer wrong"}, 401),
            ({"Authorization": ""}, 401),
            ({"Host": "evil.example"}, 403),
            ({"Origin": "https://evil.example"}, 403),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Content-Encoding": "gzip"}, 415),
        ]
        for headers, status in wrong:
            got, body = await skopje.call("GET", "/status", None, **headers)
            assert (got, bool(body["remedy"])) == (status, True), headers
        own = f"http://127.0.0.1:{skopje.node.port}"
        assert (await skopje.call("GET", "/status", None, Origin=own, Sec_Fetch_Site="same-origin"))[0] == 200
        assert skopje.node.config.api.token.stat().st_mode & 0o077 == 0


async def test_guessing_the_token_is_slowed_down(world: TestWorld) -> None:
    async with api(world, MK) as skopje:
        limit = skopje.node.config.api.wrong_tokens_per_minute
        statuses = [(await skopje.call("GET", "/status", None, Authorization="Bearer no"))[0] for _ in range(limit + 2)]
        assert statuses[-1] == 429
        assert (await skopje.call("GET", "/status"))[0] == 200, "whoever holds the token is not locked out"
        world.clock.advance(61)
        assert (await skopje.call("GET", "/status", None, Authorization="Bearer no"))[0] == 401


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{",
        b'{"a": 1} {}',
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": 1.5}',
        b'{"a": "\xff"}',
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
async def test_a_body_is_read_strictly(world: TestWorld, raw: bytes) -> None:
    async with api(world, MK) as skopje:
        status, found = await skopje.post("/messages", raw)
        assert (status, found["code"]) == (400, "MALFORMED")
        assert (await skopje.call("POST", "/messages", b"{}", Content_Type="text/plain"))[0] == 400


async def test_ids_that_are_not_here_look_alike(world: TestWorld) -> None:
    paths = ("/messages/{}", "/messages/{}/why", "/messages/{}/thread", "/evidence/{}")
    async with api(world, MK) as skopje:
        answers = {
            json.dumps(await skopje.call("GET", path.format(identifier)))
            for path in paths
            for identifier in ("0" * 64, "zz", "1" * 63, seal_raw(world).id.hex())
        }
        assert len(answers) == 1
        assert (await skopje.post("/messages/" + "0" * 64 + "/release", {"reason": "x"}))[0] == 404
        assert (await skopje.post("/messages/" + "0" * 64 + "/return", {"reason": "x"}))[0] == 404
        assert (await skopje.call("GET", "/no-such-thing"))[0] == 404
        assert (await skopje.call("DELETE", "/messages"))[0] == 404
        for query in ("?limit=0", "?limit=x", "?limit=501", "?box=spam"):
            assert (await skopje.call("GET", f"/messages{query}"))[0] == 400


async def test_a_hub_that_is_down_shows_in_the_status(world: TestWorld) -> None:
    world.hub.down = True
    async with api(world, MK) as skopje:
        found = await skopje.until("/status", lambda found: found["troubles"])
        assert found["troubles"]["sync"] == "NOT_READY"
        assert found["policy"]["here"] is False
        status, refused = await skopje.post("/messages", REQUEST)
        assert (status, refused["fields"][0]["code"]) == (422, "POLICY_UNKNOWN")
        world.hub.down = False
        skopje.node._watch.ring("sync")  # type: ignore[union-attr]
        await skopje.until("/status", lambda found: found["policy"]["here"])
