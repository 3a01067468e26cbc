"""Kill -9 in the middle of an upload: parts that were confirmed are held, others are not half there."""

import asyncio
import os
from pathlib import Path

import aiohttp
import pytest

from protocol.uploads import UploadState, parse_upload
from tests.simulators.attached import Attached, Uploader, attach
from tests.simulators.hub_desk import Desk, Served, lay_out, make_keystore, served, told
from tests.simulators.hub_world import Client
from tests.simulators.network import MK, RS

LANES, KILLS, ACKNOWLEDGED = 4, 3, 5
CONTENTS = [os.urandom(60_000 + number) for number in range(24)]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = lay_out(tmp_path, make_keystore(tmp_path / "made.keystore"))
    assert desk.init().code == 0
    return desk


async def upload(desk: Desk, process: Served, message: Attached, kill_after: int) -> set[str]:
    """Upload what is missing and return what was confirmed; the hub dies once ``kill_after`` parts were."""
    confirmed: set[str] = set()

    async def lane(up: Uploader, names: list[str]) -> None:
        for name in names:
            try:
                await up.put_list(name)
                status, _ = await up.put_part(0, name)
            except (aiohttp.ClientError, OSError):
                return
            assert status == 204
            confirmed.add(name)
            if len(confirmed) == kill_after:
                process.kill()

    port = int(told(process)["port"])  # type: ignore[call-overload]  # the announcement holds numbers
    connector = aiohttp.TCPConnector(ssl=desk.world.client_tls("rs.contact"))
    async with aiohttp.ClientSession(connector=connector) as session:
        up = Uploader(Client(session, f"https://localhost:{port}"), message)
        state = parse_upload((await up.reserve())[1])
        names = [each.name for each in state.attachments if each.missing]
        await asyncio.gather(*(lane(up, names[at::LANES]) for at in range(LANES)))
    return confirmed


async def finish(desk: Desk, process: Served, message: Attached) -> tuple[UploadState, int]:
    """Upload the rest and commit."""
    port = int(told(process)["port"])  # type: ignore[call-overload]
    connector = aiohttp.TCPConnector(ssl=desk.world.client_tls("rs.contact"))
    async with aiohttp.ClientSession(connector=connector) as session:
        up = Uploader(Client(session, f"https://localhost:{port}"), message)
        state = parse_upload((await up.state())[1])
        await up.put_all()
        return state, (await up.commit())[0]


def test_a_confirmed_part_survives_and_half_a_part_does_not(desk: Desk) -> None:
    message = attach(desk.world.senders, RS, (MK,), *CONTENTS)
    confirmed: set[str] = set()
    for _ in range(KILLS):
        with served(desk) as process:
            confirmed |= asyncio.run(upload(desk, process, message, ACKNOWLEDGED))
    assert len(confirmed) >= KILLS * ACKNOWLEDGED
    with served(desk) as process:
        state, status = asyncio.run(finish(desk, process, message))
    held = {each.name for each in state.attachments if not each.missing}
    assert (confirmed - held, status) == (set(), 201)
    stored = [path for path in (desk.config.parent / "attachments").rglob("*") if path.is_file()]
    assert sorted(path.stat().st_size for path in stored) == sorted(
        len(sealed.ciphertext) for sealed in message.sealed.values()
    )
