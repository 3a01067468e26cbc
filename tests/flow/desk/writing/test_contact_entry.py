"""The directory editor publishes who is called here; the others see it on the card of this contact point."""

import re

import pytest

from nodes.people.roles import Role
from protocol.ids import Channel
from tests.flow.desk.test_compose import shown
from tests.simulators.node import TestGateway, example
from tests.simulators.web_desk import Answer, TestDesk, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROOM = "/contact-entry"
SYSTEM = Channel("system")
ENTRY = {
    "/unit": "Unit for international cooperation",
    "/function": "Officer on duty",
    "/competences": "police_cooperation",
    "/languages": "en",
    "/duty_hours": "24 hours, every day",
    "/phone": "+381 11 000 100",
    "/urgent_phone": "+381 11 000 112",
    "/backup/unit": "Head of the shift",
    "/backup/phone": "+381 11 000 101",
    "/accepts/0/channel": "police",
    "/accepts/0/form": "network",
    "/accepts/0/languages": "en",
    "/valid_until": "1.10.2026",
}


async def filled(editor: Visitor, path: str, entry: dict[str, str]) -> Answer:
    """Fill in the form of an entry and return what is shown before it goes."""
    opened = {**shown(await editor.get(path)), "opened": ["/backup", "/accepts/0"], "do": "save"}
    await editor.post(path, opened)
    page = await editor.get(path)
    return await editor.follow(await editor.post(path, {**shown(page), **entry, "do": "preview"}))


def looked_at(preview: Answer) -> dict[str, str]:
    return {name: re.findall(f'name="{name}" value="([^"]*)"', preview.text)[0] for name in ("version", "digest")}


async def test_an_entry_is_written_looked_at_and_published(
    desk: TestDesk, belgrade: TestGateway, skopje: TestGateway
) -> None:
    editor = await desk.as_(Role.DIRECTORY_EDITOR)
    assert "Nothing published yet" in (await editor.get(ROOM)).words
    path = (await editor.post(ROOM)).location
    page = await editor.get(path)
    assert "Which country?" not in page.words, "it goes to everybody"
    wrong = await editor.post(path, {**shown(page), "/unit": "Unit", "do": "preview"})
    told = await editor.follow(wrong)
    assert told.status == 422
    preview = await filled(editor, path, ENTRY)
    assert preview.heading == "Check before it goes", (await editor.get(f"{path}?check=1")).words
    assert "Officer on duty" in preview.words
    fields = looked_at(preview)
    changed = await editor.post(f"{path}/publish", fields | {"digest": "00"})
    assert changed.location == f"{path}/preview"
    done = await editor.post(f"{path}/publish", fields)
    assert done.location == ROOM, (await editor.get(f"{path}/preview")).words
    assert "Officer on duty" in (await editor.get(ROOM)).words
    assert (await editor.get(path)).status == 404
    await belgrade.submit()
    await skopje.take(SYSTEM)
    assert "MT-S1/1" in {row.type for row in await skopje.gateway.reading.received(5)}


async def test_a_published_entry_is_changed_under_its_own_name(desk: TestDesk) -> None:
    editor = await desk.as_(Role.DIRECTORY_EDITOR)
    unit = "Unit that publishes an entry to change"
    path = (await editor.post(ROOM)).location
    preview = await filled(editor, path, ENTRY | {"/unit": unit})
    assert (await editor.post(f"{path}/publish", looked_at(preview))).location == ROOM
    messages = re.findall(r'name="message" value="([0-9a-f]{64})"', (await editor.get(ROOM)).text)
    begun = [(await editor.post(ROOM, {"message": each})).location for each in messages]
    units = [shown(await editor.get(each))["/unit"] for each in begun]
    assert units.count([unit]) == 1
    for path in begun:
        assert (await editor.post(f"{path}/discard", {"version": "1"})).location == ROOM


async def test_what_others_published_stands_on_their_card(
    desk: TestDesk, belgrade: TestGateway, skopje: TestGateway
) -> None:
    document = example("MT-S1/contact-point-mk")
    await skopje.queue(document | {"to": ["rs.ilecu"], "purpose": "network"})
    await skopje.submit()
    await belgrade.take(SYSTEM)
    page = await (await desk.as_(Role.CASE_OFFICER)).get("/directory/mk.ilecu")
    assert "Whom to call" in page.words
    assert "+38900000112" in page.words


async def test_only_the_directory_editor_publishes(desk: TestDesk) -> None:
    for role in (Role.CASE_OFFICER, Role.SUPERVISOR, Role.ADMINISTRATOR, Role.AUDITOR, Role.INVESTIGATOR):
        visitor = await desk.as_(role)
        assert (await visitor.get(ROOM)).status == 404
        assert (await visitor.post(ROOM)).status == 404
