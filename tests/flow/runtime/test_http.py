"""The server against clients that keep to the rules and clients that do not."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from protocol.api import Problem, parse_problem
from protocol.errors import Code, Fault
from runtime.http_client import Ask, ClientSettings, HttpClient, client_session
from runtime.operator import OperatorError
from tests.flow.runtime.serving import LIMIT, NOW, QUICK, client, serving

PUT = b"PUT /v1/things/1 HTTP/1.1\r\nHost: x\r\n"


def parts(raw: bytes) -> tuple[int, bytes, bytes]:
    head, _, body = raw.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), head, body


async def test_a_body_within_its_limit_is_read_whole() -> None:
    async with serving() as service, client(service) as hub:
        answer = await hub.call(Ask("PUT", "/v1/things/1", bytes(LIMIT)))
        assert (answer.status, answer.body, answer.problem) == (200, bytes(LIMIT), None)
        counted = await hub.call(Ask("PUT", "/v1/counted", bytes(LIMIT)))
        assert counted.body == str(LIMIT).encode()


async def test_a_body_above_its_limit_is_refused_before_it_is_read() -> None:
    async with serving() as service:
        status, _, body = parts(await service.raw(PUT + b"Content-Length: 100001\r\n\r\n"))
        assert status == 413
        assert parse_problem(body) == Problem(Code.TOO_LARGE, NOW)
        assert service.bodies == []


async def test_a_body_of_unknown_length_is_counted() -> None:
    chunk = b"8000\r\n" + bytes(0x8000) + b"\r\n"
    async with serving() as service:
        raw = await service.raw(PUT + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 4)
        assert parts(raw)[0] == 413
        assert service.bodies == []


async def test_a_compressed_body_is_refused_unopened() -> None:
    bomb = gzip.compress(bytes(1 << 24))
    async with serving() as service, client(service) as hub:
        for coding in ("gzip", "deflate", "br", "identity", ""):
            answer = await hub.call(Ask("PUT", "/v1/things/1", bomb, {"Content-Encoding": coding}))
            assert answer.status == 415
            assert answer.problem == Problem(Code.CONTENT_ENCODING, NOW)
        assert service.bodies == []


async def test_a_body_that_comes_too_slowly_is_cut() -> None:
    async with serving() as service:
        status, head, body = parts(await service.raw(PUT + b"Content-Length: 10\r\n\r\n", b"one"))
        assert status == 503
        assert parse_problem(body) == Problem(Code.BUSY, NOW, 5)
        assert b"Retry-After: 5" in head
        assert service.bodies == []


async def test_half_a_header_is_closed_in_time() -> None:
    async with serving() as service:
        assert await service.raw(b"PUT /v1/things/1 HTTP/1.1\r\nHo") == b""
        assert await service.raw(b"") == b""


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /v1/who HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /v1/who HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"GET /v1/who HTTP/1.1\r\nHost: x\r\nX: a\nY: b\rZ: c\r\n\r\n",
        b"GET /v1/who HTTP/1.1\r\nHost: x\r\nX : a\r\n\r\n",
        b"GET /v1/who HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 9000 + b"\r\n\r\n",
        b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v1/who HTTP/1.1\r\nHost: x\r\n" + b"X: a\r\n" * 100 + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01",
    ],
)
async def test_what_is_no_plain_request_is_answered_400_and_closed(request_bytes: bytes) -> None:
    async with serving() as service:
        status, _, body = parts(await service.raw(request_bytes))
        assert status == 400
        assert b"Traceback" not in body


async def test_paths_and_methods_that_do_not_exist_have_a_code_and_names_of_software_are_hidden() -> None:
    async with serving() as service, client(service) as hub:
        missing = await hub.call(Ask("GET", "/v1/none"))
        method = await hub.call(Ask("POST", "/v1/things/1"))
        assert (missing.status, missing.problem) == (404, Problem(Code.NOT_FOUND, NOW))
        assert (method.status, method.problem) == (405, Problem(Code.NOT_FOUND, NOW))
        for answer in (missing, method, await hub.call(Ask("GET", "/v1/who"))):
            assert "server" not in answer.headers
        assert missing.headers["cache-control"] == "no-store"


async def test_an_unforeseen_failure_says_nothing_to_the_peer_and_its_place_to_us() -> None:
    async with serving() as service, client(service) as hub:
        answer = await hub.call(Ask("GET", "/v1/fail"))
        assert answer.status == 500
        assert answer.problem is not None
        assert answer.problem.code is Code.INTERNAL
        assert b"canary" not in answer.body
        (event,) = service.events()
        assert (event["event"], event["exception"], event["route"]) == ("unexpected", "ValueError", "v1/fail")
        assert "canary" not in service.stream.getvalue()


async def test_the_number_of_connections_is_bounded() -> None:
    async with serving(replace(QUICK, max_connections=3, keepalive_s=30)) as service:
        held = [await asyncio.open_connection("127.0.0.1", service.server.port) for _ in range(3)]
        await asyncio.sleep(0)
        assert await service.raw(b"GET /v1/who HTTP/1.1\r\nHost: x\r\n\r\n") == b""
        for _, writer in held:
            writer.close()
            await writer.wait_closed()
        async with client(service) as hub:
            assert (await hub.call(Ask("GET", "/v1/who"))).status == 200


async def test_the_number_of_connections_from_one_address_is_bounded() -> None:
    async with serving(replace(QUICK, max_per_address=2, keepalive_s=30)) as service:
        held = [await asyncio.open_connection("127.0.0.1", service.server.port) for _ in range(2)]
        await asyncio.sleep(0)
        assert await service.raw(b"GET /v1/who HTTP/1.1\r\nHost: x\r\n\r\n") == b""
        other = await asyncio.open_connection("127.0.0.1", service.server.port, local_addr=("127.0.0.2", 0))
        other[1].write(b"GET /v1/who HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert parts(await other[0].read())[0] == 200
        for _, writer in [*held, other]:
            writer.close()


async def test_what_writes_runs_to_its_end_when_the_client_leaves() -> None:
    async with serving() as service:
        _, writer = await asyncio.open_connection("127.0.0.1", service.server.port)
        writer.write(b"PUT /v1/write HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        await service.entered.wait()
        writer.transport.abort()
        service.proceed.set()
    assert service.written == ["done"]


async def test_leaving_in_order_ends_polls_and_finishes_writes() -> None:
    async with serving() as service, client(service) as hub:
        service.lifecycle.set_ready()
        poll = asyncio.ensure_future(hub.call(Ask("GET", "/v1/poll", total_s=30)))
        await service.entered.wait()
        service.entered.clear()
        write = asyncio.ensure_future(hub.call(Ask("PUT", "/v1/write")))
        await service.entered.wait()
        port = service.server.port
        stopping = asyncio.ensure_future(service.server.stop())
        assert (await poll).body == b"False"
        assert not service.lifecycle.ready
        with pytest.raises(OSError, match=r"Connect call failed|refused"):
            await asyncio.open_connection("127.0.0.1", port)
        service.proceed.set()
        assert (await write).body == b"done"
        await stopping


async def test_an_address_in_use_is_named() -> None:
    async with serving() as service:
        other = replace(QUICK, port=service.server.port)
        with pytest.raises(OperatorError) as caught:
            async with serving(other):
                pass
        assert caught.value.code == "ADDRESS_IN_USE"
        assert str(service.server.port) in caught.value.what


@pytest.fixture
async def odd() -> AsyncIterator[str]:
    """A server that is none of ours."""

    async def answer(request: web.Request) -> web.StreamResponse:
        kind = request.match_info["kind"]
        if kind == "redirect":
            raise web.HTTPFound("/elsewhere")
        if kind == "html":
            return web.Response(status=502, text="<h1>Bad gateway</h1>", content_type="text/html")
        if kind == "nonsense":
            return web.Response(status=409, body=b"\xa1\x01\x02", content_type="application/cbor")
        if kind == "zip":
            return web.Response(body=gzip.compress(b"x"), headers={"Content-Encoding": "gzip"})
        if kind == "cookie":
            response = web.Response(text=str(dict(request.cookies)))
            response.set_cookie("a", "b")
            return response
        if kind == "hang":
            await asyncio.Event().wait()
        endless = web.StreamResponse()
        await endless.prepare(request)
        for _ in range(100):
            await endless.write(bytes(1 << 16))
        return endless

    app = web.Application()
    app.router.add_get("/{kind}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("redirect", Code.MALFORMED),
        ("html", Code.NOT_READY),
        ("nonsense", Code.MALFORMED),
        ("zip", Code.CONTENT_ENCODING),
        ("endless", Code.TOO_LARGE),
    ],
)
async def test_the_client_takes_no_answer_it_does_not_know(odd: str, kind: str, code: Code) -> None:
    settings = ClientSettings()
    async with client_session(settings, None) as session:
        with pytest.raises(Fault) as caught:
            await HttpClient(session, odd, settings).call(Ask("GET", f"/{kind}", limit=1000))
    assert caught.value.code is code


async def test_the_client_keeps_no_cookies_and_stays_with_its_hub(odd: str) -> None:
    settings = ClientSettings()
    async with client_session(settings, None) as session:
        hub = HttpClient(session, odd, settings)
        for _ in range(2):
            assert (await hub.call(Ask("GET", "/cookie"))).body == b"{}"
        with pytest.raises(ValueError, match="origin"):
            await hub.call(Ask("GET", "//other.example/x"))


async def test_silence_and_absence_of_the_hub_mean_unknown(odd: str) -> None:
    settings = ClientSettings(silence_s=0.05, total_s=0.1)
    async with client_session(settings, None) as session:
        for base, path in ((odd, "/hang"), ("http://127.0.0.1:9", "/x")):
            with pytest.raises(Fault) as caught:
                await HttpClient(session, base, settings).call(Ask("GET", path))
            assert caught.value.code is Code.NOT_READY


async def test_a_session_reads_nothing_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with serving() as service, client(service) as hub:
        assert (await hub.call(Ask("GET", "/v1/who"))).status == 200
    assert aiohttp.http.HttpRequestParser.__module__ == "aiohttp._http_parser"


async def test_without_the_compiled_parser_nothing_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.http.HttpRequestParser", aiohttp.http_parser.HttpRequestParserPy)
    with pytest.raises(OperatorError) as caught:
        async with serving():
            pass
    assert caught.value.code == "HTTP_PARSER"
