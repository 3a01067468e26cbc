"""The desk for other machines: TLS 1.3 under its own name, and a browser that remembers to insist on it."""

import ssl
from pathlib import Path

import aiohttp
import pytest

from nodes.people.roles import Role
from tests.flow.runtime.certificates import Authority
from tests.simulators.node import TestGateway
from tests.simulators.web_desk import desk_over, free_port


async def test_pages_over_tls(belgrade: TestGateway, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    pair, port = authority.issue("desk"), free_port()
    trust = ssl.create_default_context(cafile=str(authority.path))
    place = {"port": port, "origin": f"https://127.0.0.1:{port}", "certificate": pair.certificate, "key": pair.key}
    async with desk_over(belgrade.gateway, trust=trust, **place) as desk:
        officer = await desk.as_(Role.CASE_OFFICER)
        answer = await officer.get("/account")
        assert answer.status == 200
        assert answer.headers["Strict-Transport-Security"] == "max-age=63072000"
        assert (await officer.post("/sign-out")).status == 303
        older = ssl.create_default_context(cafile=str(authority.path))
        older.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises(aiohttp.ClientConnectorError):
            await desk.http.get(f"https://127.0.0.1:{port}/sign-in", ssl=older)
        with pytest.raises(aiohttp.ClientError):
            await desk.http.get(f"http://127.0.0.1:{port}/sign-in")
