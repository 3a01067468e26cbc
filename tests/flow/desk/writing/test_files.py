"""Files of drafts and messages: taken in one by one, named when refused, shown as pictures only, kept if infected."""

import re

import aiohttp
import pytest
from sqlalchemy import Connection, select

from nodes.gateway.scan_results import FileScan, ScanState, put_scan
from nodes.people.roles import Role
from nodes.schema import stash
from protocol.ids import MessageId
from tests.flow.desk.test_compose import WHOLE, begun, shown, typed, upload
from tests.simulators.journal import Remembering
from tests.simulators.node import TestGateway, example
from tests.simulators.pictures import png
from tests.simulators.web_desk import Answer, TestDesk, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


async def several(visitor: Visitor, path: str, *files: tuple[str, bytes]) -> Answer:
    """Send files as the form or a window does."""
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("csrf", visitor.csrf())
    form.add_field("category", "CA")
    for name, content in files:
        form.add_field("files", content, filename=name)
    return await visitor.call("POST", path, form)


async def test_limits_are_told_before_and_refusals_name_file_rule_and_remedy(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    page = await officer.get(f"{path}/files")
    assert "At most 64 files in all, each up to 60.0 GiB." in page.words
    mixed = await several(
        officer, f"{path}/files", ("good.txt", b"1"), ("bad\u202etxt.exe", b"x"), ("empty.txt", b""), ("last.txt", b"2")
    )
    assert mixed.status == 422
    assert "2 files were not taken" in mixed.words
    assert "badtxt.exe: The name of the file could mislead" in mixed.words
    assert "empty.txt: It is empty. Look whether it was saved" in mixed.words
    assert "good.txt 1 B, " in mixed.words
    assert "last.txt" in mixed.words, "what comes behind a refused file is taken"


async def test_a_body_that_is_no_form_is_refused_as_such(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    part = b"--b\r\nContent-Disposition: form-data; name="
    token = part + b'"csrf"\r\n\r\n' + officer.csrf().encode() + b"\r\n"
    bodies = (
        token + b"--b\r\nno header\r\n\r\nx\r\n--b--\r\n",
        token + b"--b\r\nX: " + b"y" * 20_000 + b"\r\n\r\nx\r\n--b--\r\n",
        token + b"--b\r\n" + b"X: y\r\n" * 5_000 + b"\r\nx\r\n--b--\r\n",
        part + b'"_charset_"\r\n\r\n' + b"x" * 99 + b"\r\n" + token + b"--b--\r\n",
        token + (part + b'"category"\r\n\r\n\r\n') * 2_001 + b"--b--\r\n",
    )
    kind = "multipart/form-data; boundary=b"
    for body in bodies:
        refused = await officer.call("POST", f"{path}/files", body, Content_Type=kind)
        assert refused.status == 400, body[-80:]
    for without in ("multipart/form-data", f"multipart/form-data; boundary={'b' * 71}"):
        assert (await officer.call("POST", f"{path}/files", bodies[0], Content_Type=without)).status == 400


async def test_a_window_sends_files_one_by_one_and_gets_the_list_back(desk: TestDesk) -> None:
    officer, other = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.DUTY_OFFICER)
    path = await begun(officer)
    first = await several(officer, f"{path}/files/one", ("one.txt", b"1"))
    assert first.status == 200
    assert "data-files-now" in first.text
    assert "data-refused" not in first.text
    again = await several(officer, f"{path}/files/one", ("one.txt", b"1"))
    assert len(re.findall('name="file"', again.text)) == 1, "an answer that was lost does not double a file"
    refused = await several(officer, f"{path}/files/one", ("two\u202e.txt", b"2"))
    assert refused.status == 422
    assert "Give the file a plain name" in refused.text
    assert (await several(other, f"{path}/files/one", ("x.txt", b"x"))).status == 404
    fields = shown(await officer.get(path))
    await several(officer, f"{path}/files/one", ("while typing.txt", b"3"))
    saved = await officer.post(path, {**fields, "/facts": "Typed meanwhile.", "do": "save"})
    assert saved.location != path or "2 files go along." in (await officer.get(path)).words
    files = await officer.get(f"{path}/files")
    assert "while typing.txt" in files.words, "no file is lost to a window with an older version"


async def test_only_pictures_are_shown_and_under_a_policy_of_their_own(desk: TestDesk) -> None:
    officer, other = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.DUTY_OFFICER)
    path = await begun(officer)
    files = (("photo.png", png()), ("drawing.svg", SVG), ("page.png", SVG), ("bomb.png", png(12_001, 12_001)))
    listed = await several(officer, f"{path}/files/one", *files)
    ids = re.findall(r'name="file" value="([0-9a-f]{32})"', listed.text)
    pages = [await officer.get(f"{path}/files/{each}") for each in ids]
    assert "3 by 2 pixels" in pages[0].words
    assert f'src="{path}/files/{ids[0]}/picture"' in pages[0].text
    status, headers, content = await raw(officer, f"{path}/files/{ids[0]}/picture")
    assert (status, headers["Content-Type"], content) == (200, "image/png", png())
    for at, why in ((1, "only PNG, JPEG and WebP"), (2, "only PNG, JPEG and WebP"), (3, "more pixels")):
        assert why in pages[at].words
        assert "<img" not in pages[at].text
        assert (await officer.get(f"{path}/files/{ids[at]}/picture")).status == 404
    missing = await officer.get(f"{path}/files/{'00' * 16}")
    foreign = await other.get(f"{path}/files/{ids[0]}")
    assert (foreign.status, missing.status) == (404, 404)
    assert foreign.words == (await other.get("/drafts/nothing")).words


async def raw(visitor: Visitor, path: str) -> tuple[int, dict[str, str], bytes]:
    """Open a path whose answer is no text."""
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())}
    async with visitor.desk.http.get(visitor.desk.services.origin + path, headers=headers) as found:
        return found.status, dict(found.headers), await found.read()


async def saved(visitor: Visitor, path: str, fields: dict[str, str]) -> bytes:
    """Send a form whose answer is a file."""
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())}
    headers |= {"Sec-Fetch-Site": "same-origin", "Origin": visitor.desk.services.origin}
    url, form = visitor.desk.services.origin + path, {"csrf": visitor.csrf(), **fields}
    async with visitor.desk.http.post(url, data=form, headers=headers) as found:
        assert found.headers["Content-Disposition"].startswith("attachment;")
        return await found.read()


async def received(skopje: TestGateway, belgrade: TestGateway, content: bytes, name: str) -> str:
    """Let a question with a file arrive; return the path of the message."""
    file = await skopje.stash(content, name, "application/octet-stream")
    message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"], attachments=[file]))
    for _ in range(6):
        await skopje.upload()
        await skopje.exchange(belgrade)
        await belgrade.download()
    return f"/messages/{message.hex()}"


async def found_in(belgrade: TestGateway, path: str, threat: str) -> None:
    """Store that a scanner found something in the first file of a message."""
    (row,) = await belgrade.gateway.saving.progress(MessageId(bytes.fromhex(path.rpartition("/")[2])))
    result = FileScan(ScanState.INFECTED if threat else ScanState.CLEAN, threat, 5)
    await belgrade.gateway.store.database.write(lambda connection: put_scan(connection, row.file, result, 5))


async def test_a_picture_of_a_message_is_looked_at_before_it_is_saved(
    desk: TestDesk, belgrade: TestGateway, skopje: TestGateway
) -> None:
    path = await received(skopje, belgrade, png(), "camera.png")
    officer = await desk.as_(Role.CASE_OFFICER)
    page = await officer.get(path)
    assert "Not scanned for malware." in page.words
    assert f'href="{path}/files/att-00/look"' in page.text
    looked = await officer.get(f"{path}/files/att-00/look")
    assert "3 by 2 pixels" in looked.words
    status, headers, content = await raw(officer, f"{path}/files/att-00/picture")
    assert (status, content) == (200, png())
    assert headers["Content-Type"] == "image/png"
    assert headers["Content-Disposition"] == "inline"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    await found_in(belgrade, path, "")
    assert "Scanned: nothing was found." in (await officer.get(path)).words
    for role in (Role.INVESTIGATOR, Role.AUDITOR, Role.ADMINISTRATOR):
        stranger = await desk.as_(role)
        missing = await stranger.get("/messages/" + "00" * 32)
        for end in ("look", "picture"):
            assert (await stranger.get(f"{path}/files/att-00/{end}")).words == missing.words


async def test_a_file_with_malware_stays_in_but_for_a_supervisors_reason(
    desk: TestDesk, belgrade: TestGateway, skopje: TestGateway, journal: Remembering
) -> None:
    path = await received(skopje, belgrade, png(7, 7), "evil.png")
    await found_in(belgrade, path, "Eicar-Test-Signature")
    officer, supervisor = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.SUPERVISOR)
    page = await officer.get(path)
    assert "Malware was found: Eicar-Test-Signature." in page.words
    assert f'href="{path}/files/att-00"' not in page.text, "no way to save it stands there"
    assert (await officer.get(f"{path}/files/att-00")).location == f"{path}/files/att-00/look"
    assert (await officer.get(f"{path}/files/att-00/picture")).status == 404
    looked = await officer.get(f"{path}/files/att-00/look")
    assert "A supervisor can save it" in looked.words
    assert "<img" not in looked.text
    assert (await officer.post(f"{path}/files/att-00", {"reason": "I want it."})).status == 404
    for reason, sentence in (("", "A reason is missing."), ("x" * 2_001, "The reason is longer than 2000 characters.")):
        refused = await supervisor.post(f"{path}/files/att-00", {"reason": reason})
        assert (refused.status, refused.words.count(sentence), '<a href="#reason">' in refused.text) == (422, 2, True)
        assert f"{reason}</textarea>" in refused.text, "what was typed stays"
    form = {"reason": "Examination by the forensic unit."}
    assert (await saved(supervisor, f"{path}/files/att-00", form)) == png(7, 7)
    (noted,) = [(doer, act) for doer, act in journal.noted if act.deed == "save-infected"]
    assert (noted[0].who, noted[1].reason) == ((await desk.member(Role.SUPERVISOR)).id, "infected")


async def test_a_message_does_not_go_with_an_infected_file(desk: TestDesk, belgrade: TestGateway) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    await typed(officer, path, dict(WHOLE), "files")
    await upload(officer, path, "evil.png", b"x")
    store = belgrade.gateway.store

    def infect(connection: Connection) -> None:
        for row in connection.execute(select(stash.c.file)).all():
            put_scan(connection, row.file, FileScan(ScanState.INFECTED, "Eicar", 5), 5)

    await store.database.write(infect)
    preview = await officer.get(f"{path}/preview")
    assert "Malware was found in evil.png" in preview.words
    assert f'action="{path}/send"' not in preview.text
    version, digest = (re.findall(rf'name="{each}" value="([^"]+)"', preview.text) for each in ("version", "digest"))
    assert not version
    assert not digest
