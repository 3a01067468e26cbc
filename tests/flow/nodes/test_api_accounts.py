"""Accounts over the API, with the desk on: what is answered is as described, and for the owner's token alone."""

from nodes.config import DeskSettings
from tests.simulators.node import MK, TestWorld
from tests.simulators.node_api import api

NEW = {"name": "Ana Anić", "sign_in": "ana", "roles": ["case-officer"], "why": "She joins the unit."}


async def test_accounts_are_made_listed_and_ended(world: TestWorld) -> None:
    async with api(world, MK, desk=DeskSettings(on=True, port=0)) as skopje:
        status, made = await skopje.post("/accounts", NEW)
        assert status == 201, made
        path = f"/accounts/{made['id']}"
        assert (await skopje.call("POST", f"{path}/link"))[0] == 201
        assert (await skopje.call("POST", "/accounts/first", b"{}"))[0] == 201
        assert (await skopje.post("/accounts/first", {"again": True}))[0] == 400, "a body that says nothing"
        assert [each["id"] for each in (await skopje.get("/accounts"))["accounts"]][-1] == made["id"]
        status, found = await skopje.post(f"{path}/end", {"why": "She never came."})
        assert status == 200, found
        assert (await skopje.post(f"{path}/confirm", {"proposal": 7}))[0] == 422
        status, token = await skopje.post("/tokens", {"label": "x", "scopes": ["admin"], "days": 1})
        bearer = f"Bearer {token['token']}"
        assert (await skopje.call("GET", "/accounts", None, Authorization=bearer))[0] == 403
