"""Requests beyond every bound: refused with a problem document, never answered with a failure of the node."""

from typing import Any

from tests.simulators.node import MK, TestWorld, example
from tests.simulators.node_api import api

HUGE = 10**30
REQUEST = example("MT-01/vehicle-mk", to=["rs.ilecu"])
POSTS: tuple[tuple[str, Any], ...] = (
    ("/tokens", {"label": "case system", "scopes": ["read"], "days": HUGE}),
    ("/retention/holds", {"subject": "0" * 64, "code": "court", "authority": "A court", "expires_at": HUGE}),
    ("/approvals", {"recipient": "rs.ilecu", "days": HUGE}),
    ("/holdings", {"name": "stolen", "days": HUGE, "entries": []}),
    ("/messages", REQUEST | {"life_days": HUGE}),
    ("/messages", REQUEST | {"erase_by": HUGE}),
    ("/messages", REQUEST | {"document": REQUEST["document"] | {"offence": {"maximum_years": HUGE}}}),
    ("/breaches/note", {"breach": HUGE, "note": "Found it.", "act": "note"}),
    ("/tasks/" + "9" * 400 + "/done", {"note": "done"}),
)


async def test_numbers_larger_than_any_column_fail_nowhere(world: TestWorld) -> None:
    long = "000000001" + "9" * 900
    async with api(world, MK) as skopje:
        await skopje.until("/status", lambda found: found["policy"]["here"])
        for path in (f"/messages?limit={long}", f"/statistics?year=00000202{long}", "/messages?limit=0000000019999"):
            assert (await skopje.call("GET", path))[0] == 400, path[:40]
        for path, body in POSTS:
            status, found = await skopje.post(path, body)
            assert 400 <= status < 500, (path, body, found)
