"""Reminders: offered to whoever waits and never to whoever owes, to the one that owes, with what is known filled in."""

import json
import re
from typing import Any

from nodes.casework.departures import Departures
from nodes.casework.drafts import UNDO_S
from nodes.people.roles import Role
from tests.flow.desk.test_compose import send, shown
from tests.simulators.correcting import asked
from tests.simulators.node import AL, MK, TestGateway, TestWorld, example
from tests.simulators.web_desk import Answer, TestDesk

DAY = 86_400
REMIND = re.compile(r'name="type" value="MT-16/1".*?<button[^>]*>([^<]+)</button>')


def own() -> dict[str, Any]:
    """Return a question about what is known from nobody else."""
    return dict(json.loads(json.dumps(example("MT-01/vehicle-mk")["document"]).replace("mk.ilecu", "rs.ilecu")))


def offers(page: Answer) -> list[str]:
    return REMIND.findall(page.text)


async def test_only_who_waits_reminds_and_the_one_that_owes_is_reminded(
    world: TestWorld, belgrade: TestGateway, desk: TestDesk
) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    async with world.machine(MK).running() as skopje, world.machine(AL).running() as tirana:
        owed = await asked(skopje, belgrade)
        assert offers(await officer.get(f"/messages/{owed.hex()}")) == [], "it is we who owe an answer to this one"
        mine = await asked(belgrade, skopje, to=["mk.ilecu", "al.ilecu"], document=own())
        await belgrade.exchange(tirana)
        path = f"/messages/{mine.hex()}"
        assert offers(await officer.get(path)) == ["Reminder"]
        await skopje.queue(example("MT-04/nothing-en", to=["rs.ilecu"], in_reply_to=mine.hex()))
        await skopje.exchange(belgrade)
        world.clock.advance(9 * DAY)
        officer = await desk.as_(Role.CASE_OFFICER)
        wanted = {"type": "MT-16/1", "template": "", "in_reply_to": mine.hex()}
        draft = (await officer.post("/compose", wanted)).location
        form = await officer.get(draft)
        assert "This answers a message of Desk of al.ilecu and goes there alone." in form.words
        fields = shown(form)
        assert fields["/waiting_for"] == ["answer"]
        assert fields["/about/message_id"] == [mine.hex()]
        assert int(fields["/days_overdue"][0]) > 0
        await officer.post(draft, {**fields, "do": "preview"})
        await send(officer, draft)
        world.clock.advance(UNDO_S)
        await Departures(desk.services.gateway, desk.services.log).turn()
        await belgrade.exchange(tirana)
        (row,) = [each for each in await tirana.gateway.reading.received(9) if each.type == "MT-16/1"]
        assert row.message is not None
        await tirana.queue(example("MT-04/nothing-en", to=["rs.ilecu"], in_reply_to=mine.hex()))
        await tirana.exchange(belgrade)
        assert offers(await officer.get(path)) == [], "nobody owes anything any more"
