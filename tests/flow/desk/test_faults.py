"""What goes wrong is a page with a code and a way on, and the log knows where; files arrive as a stream."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import FormData, web

from nodes.desk.page import SIGNED_IN, Page
from nodes.desk.visit import Visit
from nodes.people.roles import Role
from tests.simulators.node import TestGateway
from tests.simulators.web_desk import TestDesk, desk_over


async def breaks(visit: Visit) -> web.StreamResponse:
    raise LookupError("with a name in it: Ђорђе")


async def unknown_name(visit: Visit) -> web.StreamResponse:
    return visit.page("resume.html")  # needs what was kept


async def takes_files(visit: Visit) -> web.StreamResponse:
    found = []
    async for file in visit.files():
        size = sum([len(chunk) async for chunk in file.chunks()])
        found.append(f"{file.field} {file.name} {file.media_type} {size}")
    return web.Response(text=f"{visit.field('about')}: {'; '.join(found)}")


EXTRA = (
    Page("GET", "/breaks", SIGNED_IN, breaks),
    Page("GET", "/unknown-name", SIGNED_IN, unknown_name),
    Page("POST", "/files", SIGNED_IN, takes_files, files=True, body_bytes=1_000),
)


@pytest.fixture
async def desk(belgrade: TestGateway) -> AsyncIterator[TestDesk]:
    async with desk_over(belgrade.gateway, more=EXTRA) as running:
        yield running


async def test_a_fault_is_a_page_and_its_words_stay_here(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    for path in ("/breaks", "/unknown-name"):
        answer = await officer.get(path)
        assert (answer.status, answer.heading) == (500, "Something went wrong here")
        assert "Ђорђе" not in answer.text
        assert "INTERNAL" in answer.words
    log = desk.log.getvalue()
    assert '"exception": "LookupError"' in log
    assert "resume.html" in log, "the place in the template is named"
    assert "Ђорђе" not in log


async def test_files_arrive_one_after_the_other(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    form = FormData({"csrf": officer.csrf(), "about": "two files"})
    form.add_field("file", b"a" * 200_000, filename="a.pdf", content_type="application/pdf")
    form.add_field("file", b"", filename="", content_type="application/octet-stream")
    form.add_field("file", b"bb", filename="b.txt", content_type="text/plain")
    answer = await officer.call("POST", "/files", form)
    assert answer.text == "two files: file a.pdf application/pdf 200000; file b.txt text/plain 2"


async def test_what_decides_about_a_file_stands_before_it(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    behind = FormData()
    behind.add_field("file", b"a", filename="a.pdf", content_type="application/pdf")
    behind.add_field("csrf", officer.csrf())
    assert (await officer.call("POST", "/files", behind)).status == 403, "the token came too late"
    more = FormData({"csrf": officer.csrf()})
    more.add_field("file", b"a", filename="a.pdf", content_type="application/pdf")
    more.add_field("about", "late")
    assert (await officer.call("POST", "/files", more)).status == 400
    long = FormData({"csrf": officer.csrf(), "about": "x" * 2_000})
    assert (await officer.call("POST", "/files", long)).status == 413
    broken = {"Content_Type": "multipart/form-data; boundary=x"}
    assert (await officer.call("POST", "/files", b"--y\r\n", **broken)).status in (400, 403)
    plain = await officer.post("/files", {"about": "no file"})
    assert plain.text == "no file: "
