"""A whole node with its desk: off unless the settings turn it on, the first link on the console, pages that hear."""

import aiohttp

from nodes.config import DeskSettings
from tests.simulators.forge import seal_raw
from tests.simulators.node import MK, RS, TestWorld
from tests.simulators.node_api import api
from tests.simulators.web_desk import free_port


async def test_a_node_has_no_desk_unless_asked(world: TestWorld) -> None:
    async with api(world, MK) as skopje:
        assert skopje.node.first_link is None


async def test_a_node_serves_its_desk_beside_the_api(world: TestWorld) -> None:
    settings = DeskSettings(on=True, port=free_port())
    async with api(world, RS, desk=settings) as belgrade, aiohttp.ClientSession() as http:
        link = belgrade.node.first_link
        assert link is not None
        assert link.startswith(f"http://localhost:{settings.port}/join/")
        async with http.get(link) as answer:
            assert answer.status == 200
            assert "Set up this desk" in await answer.text()
        async with http.get(f"http://localhost:{settings.port}/sign-in") as answer:
            assert answer.status == 503, "nobody has joined"
        world.hub.accept(MK.node, seal_raw(world).encode())
        await belgrade.until("/messages", lambda found: found["messages"])
        assert "troubles" in await belgrade.get("/status")
    async with api(world, RS, desk=settings) as belgrade:
        assert belgrade.node.first_link not in (None, link), "a restart makes a new link"
