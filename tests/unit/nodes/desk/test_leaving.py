"""An answer gets its body last: drawn in a thread, packed for the desk's own pages, and for nobody else."""

import gzip
import threading

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from nodes.desk.leaving import DRAW, Drawing, finish

LONG = "a page with many words " * 200
OWN = {"Accept-Encoding": "gzip, br", "Sec-Fetch-Site": "same-origin"}


async def answered(headers: dict[str, str], response: web.Response) -> web.Response:
    async def handler(request: web.Request) -> web.StreamResponse:
        return response

    found = await finish(make_mocked_request("GET", "/", headers=headers), handler)
    assert isinstance(found, web.Response)
    return found


def page(text: str = LONG) -> web.Response:
    response = web.Response(body=b"", content_type="text/html", charset="utf-8")
    response[DRAW] = Drawing(lambda: text)
    return response


async def test_a_page_is_drawn_in_another_thread_and_packed() -> None:
    response, threads = page(), list[int]()

    def drawn() -> str:
        threads.append(threading.get_ident())
        return LONG

    response[DRAW] = Drawing(drawn)
    found = await answered(OWN, response)
    assert threads
    assert threads != [threading.get_ident()]
    assert found.headers["Content-Encoding"] == "gzip"
    assert isinstance(found.body, bytes)
    assert gzip.decompress(found.body).decode() == LONG
    assert len(found.body) < len(LONG)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Accept-Encoding": "gzip"},
        {"Accept-Encoding": "br", "Sec-Fetch-Site": "same-origin"},
        {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "cross-site"},
        {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-site"},
    ],
)
async def test_what_the_desk_did_not_ask_for_leaves_as_it_is(headers: dict[str, str]) -> None:
    found = await answered(headers, page())
    assert "Content-Encoding" not in found.headers
    assert found.body == LONG.encode()


async def test_what_is_short_or_no_text_is_not_packed() -> None:
    short = await answered(OWN, page("a word"))
    assert (short.body, "Content-Encoding" in short.headers) == (b"a word", False)
    picture = await answered(OWN, web.Response(body=b"x" * 9_000, content_type="image/png"))
    assert (picture.body, "Content-Encoding" in picture.headers) == (b"x" * 9_000, False)


async def test_a_table_is_packed_too_and_nothing_twice() -> None:
    table = await answered(OWN, web.Response(text=LONG, content_type="text/csv"))
    assert isinstance(table.body, bytes)
    assert gzip.decompress(table.body).decode() == LONG
    again = await answered(OWN, table)
    assert again.body == table.body


async def test_a_page_that_cannot_be_drawn_is_a_failure() -> None:
    response = page()
    response[DRAW] = Drawing(lambda: str(1 // 0))
    with pytest.raises(ZeroDivisionError):
        await answered(OWN, response)
