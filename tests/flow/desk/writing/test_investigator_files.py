"""An investigator attaches a photo to a request; it waits as long as the request does and goes with the message."""

import re

import pytest
from sqlalchemy import Connection, select

from nodes.casework.drafts import UNDO_S
from nodes.gateway.attachments import find_stashed
from nodes.gateway.sweeping import sweep
from nodes.inquiry_tables import inquiry, inquiry_file
from nodes.people.roles import Role
from nodes.schema import attachment
from tests.flow.desk.test_compose import WHOLE, leave, send, shown
from tests.flow.desk.writing.test_files import several
from tests.flow.desk.writing.test_investigator import ROOM, as_officers_see_it
from tests.simulators.node import TestGateway, TestWorld
from tests.simulators.pictures import png
from tests.simulators.web_desk import TestDesk, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")
DAY = 86_400


async def begun(asker: Visitor) -> str:
    path = (await asker.post(ROOM, {"template": "vehicle"})).location
    answer = await asker.post(path, {**shown(await asker.get(path)), **WHOLE, "do": "files"})
    assert answer.location == f"{path}/files"
    return path


async def test_a_photo_of_a_document_goes_with_the_message(
    desk: TestDesk, belgrade: TestGateway, world: TestWorld
) -> None:
    asker, officer = await desk.as_(Role.INVESTIGATOR), await desk.as_(Role.CASE_OFFICER)
    path = await begun(asker)
    assert (await several(asker, f"{path}/files", ("passport.png", png(2, 2)))).location == f"{path}/files"
    bad = await several(asker, f"{path}/files", ("bad\u202etxt.exe", b"x"))
    assert "The name of the file could mislead" in bad.words
    one = await several(asker, f"{path}/files/one", ("letter.txt", b"1"))
    assert one.status == 200
    page = await asker.get(f"{path}/files")
    assert "Not scanned for malware." in page.words
    looks = re.findall(rf'href="({path}/files/[0-9a-f]{{32}})"', page.text)
    assert f"{looks[0]}/picture" in (await asker.get(looks[0])).text
    letter = looks[1].rpartition("/")[2]
    await asker.post(f"{path}/files/out", {"file": letter, "version": "1"})
    assert (await officer.get(f"{path}/files")).status == 404, "officers work in a room of their own"
    assert (await officer.get(looks[0].replace(ROOM, "/drafts"))).status == 404, "it is not the officer's draft"

    form = await asker.get(path)
    assert "1 file goes along." in form.words
    await asker.post(path, {**shown(form), "do": "preview"})
    mine = re.findall(rf'href="({ROOM}/handed-in/[0-9a-f]{{32}})"', (await asker.get(ROOM)).text)[0]
    assert "passport.png" in (await asker.get(mine)).words
    world.clock.advance(9 * DAY)
    asker, officer = await desk.as_(Role.INVESTIGATOR), await desk.as_(Role.CASE_OFFICER)
    store, file = belgrade.gateway.store, bytes.fromhex(looks[0].rpartition("/")[2])
    await sweep(store, world.clock())

    def kept(connection: Connection) -> tuple[bool, bool]:
        return find_stashed(connection, file) is not None, find_stashed(connection, bytes.fromhex(letter)) is not None

    assert await store.database.read(kept) == (True, False), "it waits as long as the request; what was taken out goes"
    asked = as_officers_see_it(mine)
    assert "passport.png" in (await officer.get(asked)).words
    draft = (await officer.post(f"{asked}/take", {"state": "asked"})).location
    assert "passport.png" in (await officer.get(f"{draft}/files")).words
    await officer.post(draft, {**shown(await officer.get(draft)), "do": "preview"})
    await send(officer, draft)
    world.clock.advance(UNDO_S)
    await leave(desk)
    assert "Sent to the other country" in (await asker.get(mine)).words

    def gone(connection: Connection) -> tuple[int, int]:
        waiting = connection.execute(select(inquiry_file)).all()
        asked = select(inquiry.c.message).where(inquiry.c.id == bytes.fromhex(mine.rpartition("/")[2]))
        went = connection.execute(select(attachment.c.file).where(attachment.c.message.in_(asked))).all()
        return len(waiting), len(went)

    assert await store.database.read(gone) == (0, 1), "the message has it now"
