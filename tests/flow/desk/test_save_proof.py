"""Save proof: the page says what a file shows before it is saved; the file verifies; need-to-know stands before it."""

import json
from io import BytesIO
from zipfile import ZipFile

from sqlalchemy import select

from keys.evidence_check import verify_bundle
from nodes.case_event_tables import case_file
from nodes.casework.case_book import CaseBook
from nodes.casework.case_sync import CaseSync
from nodes.people.roles import Role
from protocol.evidence_bundle import parse_evidence_bundle
from tests.simulators.node import MK, TestGateway, TestWorld, example
from tests.simulators.web_desk import TestDesk, Visitor


async def saved(visitor: Visitor, path: str, **fields: str) -> tuple[int, str, bytes]:
    desk = visitor.desk
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    sent = {"Cookie": cookies, "Sec-Fetch-Site": "same-origin", "Origin": desk.services.origin}
    form = {"csrf": visitor.csrf(), **fields}
    async with desk.http.post(desk.services.origin + path, data=form, headers=sent) as found:
        return found.status, found.headers.get("Content-Disposition", ""), await found.read()


async def test_a_message_and_its_case_are_saved_as_proof_and_as_a_page(
    desk: TestDesk, belgrade: TestGateway, world: TestWorld
) -> None:
    async with world.machine(MK).running() as skopje:
        message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await skopje.exchange(belgrade)
    await CaseBook(belgrade.gateway, CaseSync(belgrade.gateway)).fresh()
    boss, auditor = await desk.as_(Role.SUPERVISOR), await desk.as_(Role.AUDITOR)
    shown = await boss.get(f"/messages/{message.hex()}")
    assert f"/messages/{message.hex()}/proof" in shown.text, shown.words[:300]
    (case,) = await belgrade.gateway.store.database.read(
        lambda connection: connection.execute(select(case_file.c.id)).scalars().all()
    )
    case = case.hex()
    assert f"/cases/{case}/proof" in (await boss.get(f"/cases/{case}")).text
    for visitor, path in (
        (boss, f"/messages/{message.hex()}/proof"),
        (boss, f"/cases/{case}/proof"),
        (auditor, f"/proofs/{message.hex()}/save"),
    ):
        asked = await visitor.get(path)
        assert "Whoever gets the file sees the header" in asked.words
        assert world.network.charter_digest.hex() in asked.text
        status, name, raw = await saved(visitor, path, what="file", sealed="1")
        assert (status, name.endswith('.xbe"')) == (200, True)
        proved = verify_bundle(parse_evidence_bundle(raw), world.network.charter_digest)
        assert [each.id for each in proved.messages] == [message]
        status, name, raw = await saved(visitor, path, what="both")
        assert (status, name.endswith('.zip"')) == (200, True)
        with ZipFile(BytesIO(raw)) as archive:
            proof, page = (archive.read(each) for each in archive.namelist())
        assert parse_evidence_bundle(proof).fingerprint.hex()[:8] in page.decode()
        assert b"Complete, not yet witnessed" in page
        assert b"<script" not in page
        assert message.hex().encode() in page
    officer = await desk.as_(Role.INVESTIGATOR)
    for path in (f"/messages/{message.hex()}/proof", f"/cases/{case}/proof", f"/messages/{'0' * 64}/proof"):
        assert (await officer.get(path)).status == 404
        assert (await saved(officer, path, what="file"))[0] == 404
    text = json.dumps(example("MT-01/vehicle-mk")).replace("mk.ilecu", "rs.ilecu")
    waiting = await belgrade.queue(json.loads(text) | {"to": ["mk.ilecu"], "language": "mk"})
    status, _, page = await saved(boss, f"/messages/{waiting.hex()}/proof", what="file")
    assert status == 409
    assert b"Nothing was saved" in page
