"""A recipient never fetched: the desk says so on the message, on Today, in the log and in the proof, in plain words."""

from nodes.people.roles import Role
from tests.simulators.hub_unserved import expire
from tests.simulators.node import MK, POLICE, TestGateway, TestWorld, example
from tests.simulators.web_desk import TestDesk

SIGNED = "never fetched it before it ran out; the hub has signed this"


async def test_what_nobody_fetched_is_told_and_not_taken_for_what_nobody_could_open(
    desk: TestDesk, belgrade: TestGateway, world: TestWorld
) -> None:
    fetched = await belgrade.queue(example("MT-01/vehicle-mk", to=["mk.ilecu"], language="mk"))
    await belgrade.submit()
    world.hub.page((MK.node, POLICE), 0)  # handed out, and never confirmed
    message = await belgrade.queue(example("MT-01/vehicle-mk", to=["mk.ilecu"], language="mk"))
    await belgrade.submit()
    supervisor = await desk.as_(Role.SUPERVISOR)
    assert "Never fetched" not in (await supervisor.get("/today")).words
    world.clock.now = (await belgrade.gateway.reading.sent(9))[0].expires_at
    for each in (fetched, message):
        expire(world.hub, each)
    await belgrade.take()
    supervisor = await desk.as_(Role.SUPERVISOR)
    page = await supervisor.get(f"/messages/{message.hex()}")
    assert page.status == 200, desk.log.getvalue()
    assert f"Desk of mk.ilecu : {SIGNED}. Call them, and send it again if it is still needed." in page.words
    assert "Never fetched before it ran out: Desk of mk.ilecu" in page.words
    assert "The hub says so by its log; the proof verifies." in page.words
    assert "ould not" not in page.words, "that would be another thing"
    other = await supervisor.get(f"/messages/{fetched.hex()}")
    assert "Desk of mk.ilecu : no hand-over evidence by " in other.words
    today = await supervisor.get("/today")
    assert "Never fetched before it ran out" in today.words
    assert today.text.count(f'href="/messages/{message.hex()}">Desk of mk.ilecu</a>') == 1
    assert fetched.hex() not in today.text
    auditor = await desk.as_(Role.AUDITOR)
    log = await auditor.get("/proofs/log?step=6")
    assert "Never fetched before it ran out" in log.words
    assert "said by the hub, by its log" in log.words
    assert "Accepted and written" not in log.text.partition('<ol class="desk-list">')[2]
    traces = await auditor.get(f"/proofs/{message.hex()}")
    assert traces.status == 200, desk.log.getvalue()
    assert "Never fetched before it ran out: Desk of mk.ilecu" in traces.words
