"""Bodies that are never held as a whole: sent while they are made, taken as they arrive, bounded either way."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from protocol.api import CONTENT_TYPE, Problem, encode_problem
from protocol.errors import Code, Fault
from runtime.http_client import Ask, ClientSettings, HttpClient, Stream, client_session

PIECES = [bytes([number]) * 50_000 for number in range(20)]
WHOLE = b"".join(PIECES)


async def take(request: web.Request) -> web.Response:
    body = bytearray()
    async for piece in request.content.iter_any():
        body += piece
    same = bytes(body) == WHOLE
    return web.Response(text=f"{request.headers.get('Transfer-Encoding')} {request.content_length} {same}")


async def give(request: web.Request) -> web.Response:
    return web.Response(body=WHOLE)


async def refuse(request: web.Request) -> web.Response:
    return web.Response(status=404, body=encode_problem(Problem(Code.NOT_FOUND, 1)), content_type=CONTENT_TYPE)


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    app = web.Application(client_max_size=1)
    app.router.add_routes([web.put("/take", take), web.get("/give", give), web.get("/refuse", refuse)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    settings = ClientSettings()
    try:
        async with client_session(settings, None) as session:
            yield HttpClient(session, f"http://127.0.0.1:{port}", settings)
    finally:
        await runner.cleanup()


async def pieces() -> AsyncIterator[bytes]:
    for each in PIECES:
        yield each


async def test_a_stream_is_sent_with_its_length_and_not_in_chunks(client: HttpClient) -> None:
    answer = await client.call(Ask("PUT", "/take", stream=Stream(len(WHOLE), pieces)))
    assert answer.body == f"None {len(WHOLE)} True".encode()


async def test_a_large_body_is_sent_in_pieces(client: HttpClient) -> None:
    answer = await client.call(Ask("PUT", "/take", WHOLE + b"x"))
    assert answer.body == f"None {len(WHOLE) + 1} False".encode()


async def test_an_answer_goes_to_the_sink_and_is_not_kept(client: HttpClient) -> None:
    taken = bytearray()

    async def sink(piece: bytes) -> None:
        taken.extend(piece)

    answer = await client.call(Ask("GET", "/give", limit=len(WHOLE), sink=sink))
    assert (bytes(taken), answer.body) == (WHOLE, b"")
    taken.clear()
    with pytest.raises(Fault, match="TOO_LARGE"):
        await client.call(Ask("GET", "/give", limit=len(WHOLE) - 1, sink=sink))
    refused = await client.call(Ask("GET", "/refuse", sink=sink))
    assert refused.problem is not None
    assert refused.problem.code is Code.NOT_FOUND
    assert not taken, "a refusal is no content"


async def test_a_stream_that_ends_early_is_no_answer(client: HttpClient) -> None:
    async def short() -> AsyncIterator[bytes]:
        yield WHOLE[:10]
        raise Fault(Code.ATT_LENGTH, "the file became shorter")

    with pytest.raises(Fault, match="NOT_READY"):
        await client.call(Ask("PUT", "/take", stream=Stream(len(WHOLE), short)))
