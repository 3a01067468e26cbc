"""A message on the desk: whose it is, what it says, what proves it, and what may be done with it."""

import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from nodes.gateway.inbox import InState
from nodes.gateway.outbox import OutState
from nodes.gateway.reading import ReceivedMessage, SentMessage
from nodes.people.roles import Role
from nodes.schema import inbox
from protocol.ids import MessageId
from tests.simulators.node import MK, TestGateway, TestWorld, example
from tests.simulators.web_desk import TestDesk

EVIL = '<script>alert(1)</script><img src=x onerror="alert(2)">'


@pytest.fixture
async def skopje(world: TestWorld) -> AsyncIterator[TestGateway]:
    async with world.machine(MK).running() as gateway:
        yield gateway


async def arrived(skopje: TestGateway, belgrade: TestGateway, **changes: object) -> MessageId:
    """Let a vehicle query of North Macedonia arrive in Serbia."""
    message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"], **changes))
    await skopje.exchange(belgrade)
    return message


async def test_a_request_is_shown_with_seal_basis_content_and_ways_on(
    desk: TestDesk, skopje: TestGateway, belgrade: TestGateway
) -> None:
    message = await arrived(skopje, belgrade)
    officer = await desk.as_(Role.CASE_OFFICER)
    page = await officer.get(f"/messages/{message.hex()}")
    assert page.status == 200, desk.log.getvalue()
    assert page.heading == "Request for information"
    assert "Sealed by Desk of mk.ilecu. Not changed since." in page.words
    assert "of the log, proved." in page.words
    assert "H0 : Only to prevent and combat crime" in page.words
    assert "VR 123-ŽĆ" in page.words
    assert "B2" in page.words
    assert "Usually reliable" in page.words
    assert "Legal basis" in page.words
    assert page.title == "Message - Desk"
    for way in ("Acknowledgement of receipt", "Answer", "Nothing known", "Clarification request"):
        assert way in page.words
    assert 'aria-disabled="true">Refusal' in page.text
    assert "None of your roles gives the right to write this." in page.words


async def test_reading_on_the_desk_is_told_the_sender(
    desk: TestDesk, skopje: TestGateway, belgrade: TestGateway
) -> None:
    message = await arrived(skopje, belgrade)
    officer = await desk.as_(Role.DUTY_OFFICER)
    for _ in range(2):
        await officer.get(f"/messages/{message.hex()}")
    await belgrade.post()
    await skopje.take()
    (who,) = await skopje.gateway.reading.people(message)
    assert who.read_at is not None
    found = await belgrade.gateway.reading.evidence(message)
    assert found is not None
    assert [each.event for each in found[1] if each.issuer == "rs.ilecu"].count(2) == 1


async def test_words_of_a_stranger_are_words(desk: TestDesk, skopje: TestGateway, belgrade: TestGateway) -> None:
    asked = example("MT-01/vehicle-mk")
    asked["document"]["facts"] = f"{EVIL} {{{{ 7*7 }}}}"
    asked["document"]["offence"]["title"] = EVIL
    message = await skopje.queue(asked | {"to": ["rs.ilecu"]})
    await skopje.exchange(belgrade)
    officer = await desk.as_(Role.CASE_OFFICER)
    for path in ("", "/print"):
        page = await officer.get(f"/messages/{message.hex()}{path}")
        assert page.status == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "{{ 7*7 }}" in page.words


async def test_paper_has_reference_codes_and_who_printed_it(
    desk: TestDesk, skopje: TestGateway, belgrade: TestGateway
) -> None:
    message = await arrived(skopje, belgrade)
    page = await (await desk.as_(Role.CASE_OFFICER)).get(f"/messages/{message.hex()}/print")
    row = await belgrade.gateway.reading.find(message)
    assert row is not None
    assert row.row.reference is not None
    assert row.row.reference in page.words
    assert "Printed by" in page.words


async def test_what_is_not_for_this_person_is_missing(
    desk: TestDesk, skopje: TestGateway, belgrade: TestGateway
) -> None:
    message = await arrived(skopje, belgrade)
    nothing = "00" * 32
    for role in (Role.INVESTIGATOR, Role.AUDITOR, Role.ADMINISTRATOR, Role.DIRECTORY_EDITOR):
        visitor = await desk.as_(role)
        for path in ("", "/print", "/files/att-00", "/withdraw"):
            one = await visitor.get(f"/messages/{message.hex()}{path}")
            other = await visitor.get(f"/messages/{nothing}{path}")
            assert (one.status, one.words) == (404, other.words), (role, path)
    row = await belgrade.gateway.reading.find(message)
    assert isinstance(row, ReceivedMessage)
    assert row.row.read_at is None
    assert (await (await desk.as_(Role.CASE_OFFICER)).get("/messages/xyz")).status == 404


async def hold(belgrade: TestGateway, message: MessageId) -> None:
    """Put a received message back into the state of a held one."""

    def work(connection):  # type: ignore[no-untyped-def]
        connection.execute(update(inbox).where(inbox.c.message == message).values(state=InState.HELD.value))

    await belgrade.gateway.store.database.write(work)


async def test_a_held_message_is_let_in_by_a_supervisor_alone(
    desk: TestDesk, skopje: TestGateway, belgrade: TestGateway
) -> None:
    message = await arrived(skopje, belgrade)
    await hold(belgrade, message)
    path = f"/messages/{message.hex()}"
    officer, supervisor = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.SUPERVISOR)
    page = await officer.get(path)
    assert page.heading == "This message is held"
    assert "VR 123" not in page.words
    assert 'aria-disabled="true">Let it in' in page.text
    assert (await officer.post(f"{path}/release", {"reason": "because"})).status == 404
    for deed, reason, sentence in (
        ("release", " ", "A reason is missing. Write in a sentence why."),
        ("return", "x" * 2_001, "The reason is longer than 2000 characters. Write it shorter."),
    ):
        wrong = await supervisor.post(f"{path}/{deed}", {"reason": reason})
        assert (wrong.status, wrong.words.count(sentence), '<a href="#reason">' in wrong.text) == (422, 2, True)
        assert f"{reason.strip()}</textarea>" in wrong.text, "what was typed stays"
    answer = await supervisor.post(f"{path}/release", {"reason": "The sender explained it by telephone."})
    page = await supervisor.follow(answer)
    assert "The message is let in." in page.words
    assert "VR 123-ŽĆ" in page.words
    again = await supervisor.post(f"{path}/return", {"reason": "too late"})
    assert "not held any more" in (await supervisor.follow(again)).words
    late = await supervisor.post(f"{path}/return", {"reason": ""})
    assert "not held any more" in (await supervisor.follow(late)).words


async def test_a_held_message_goes_back(desk: TestDesk, skopje: TestGateway, belgrade: TestGateway) -> None:
    message = await arrived(skopje, belgrade)
    await hold(belgrade, message)
    supervisor = await desk.as_(Role.SUPERVISOR)
    answer = await supervisor.post(f"/messages/{message.hex()}/return", {"reason": "Not for us."})
    page = await supervisor.follow(answer)
    assert "The content of this message is not here" in page.words
    await belgrade.post()
    await skopje.take()
    (who,) = await skopje.gateway.reading.people(message)
    assert who.rejected_at is not None


async def test_an_answer_knows_what_it_answers(desk: TestDesk, skopje: TestGateway, belgrade: TestGateway) -> None:
    message = await arrived(skopje, belgrade)
    officer = await desk.as_(Role.CASE_OFFICER)
    begun = await officer.post("/compose", {"type": "MT-02/1", "in_reply_to": message.hex()})
    page = await officer.follow(begun)
    assert "goes there alone" in page.words
    assert 'name="/handler_unit" type="text" value="Desk of rs.ilecu"' in page.text
    assert re.search(r'name="/due_class" value="other" checked', page.text)
    preview = await officer.get(f"{begun.location}/preview")
    assert "fields go to Desk of mk.ilecu" in preview.words, preview.words
    missing = await officer.post("/compose", {"type": "MT-02/1", "in_reply_to": "00" * 32})
    assert missing.status == 404
    investigator = await desk.as_(Role.INVESTIGATOR)
    assert (await investigator.post("/compose", {"type": "MT-02/1", "in_reply_to": message.hex()})).status == 404


async def test_an_answer_in_words_is_ready_with_its_words(
    desk: TestDesk, skopje: TestGateway, belgrade: TestGateway
) -> None:
    message = await arrived(skopje, belgrade)
    officer = await desk.as_(Role.CASE_OFFICER)
    path = (await officer.post("/compose", {"type": "MT-03/1", "in_reply_to": message.hex()})).location
    page = await officer.get(path)
    words = "/information/statements/0/text"
    assert f'name="{words}"' in page.text
    stated = dict(re.findall(r'type="radio"[^>]* name="([^"]+)" value="([^"]*)" checked', page.text))
    opened = re.findall(r'name="opened" value="([^"]+)"', page.text)
    fields = {**stated, "opened": opened, words: "The van is registered in Vranje.", "version": "1", "do": "preview"}
    preview = await officer.follow(await officer.post(path, fields))
    assert "May go to Desk of mk.ilecu" in preview.words, preview.words
    assert "X4" in preview.words


async def test_a_sent_message_shows_who_opened_it_and_is_withdrawn(
    desk: TestDesk, skopje: TestGateway, belgrade: TestGateway
) -> None:
    message = await belgrade.queue(example("MT-01/vehicle-mk", to=["mk.ilecu"], language="mk"))
    await belgrade.exchange(skopje)
    await skopje.gateway.reading.open(message)
    await skopje.post()
    await belgrade.take()
    officer = await desk.as_(Role.CASE_OFFICER)
    page = await officer.get(f"/messages/{message.hex()}")
    assert "Desk of mk.ilecu : opened it on" in page.words
    assert "Withdraw or correct" in page.words
    path = f"/messages/{message.hex()}/withdraw"
    duty = await desk.as_(Role.DUTY_OFFICER)
    assert (await duty.get(path)).status == 404
    assert 'aria-disabled="true">Withdraw or correct' in (await duty.get(f"/messages/{message.hex()}")).text
    form = await officer.get(path)
    assert "opened it on" in form.words
    wrong = await officer.post(path, {"action": "erase", "reason": "registration_error", "explanation": ""})
    assert wrong.status == 422
    assert 'value="erase" checked' in wrong.text
    assert (await officer.post(path, {"explanation": "Typed wrongly."})).status == 422
    fields = {"action": "erase", "reason": "registration_error", "explanation": "The plate was typed wrongly here."}
    done = await officer.post(path, fields)
    assert "on its way to everybody named" in (await officer.follow(done)).words
    await belgrade.submit()
    sent = (await belgrade.gateway.reading.sent(5))[0]
    assert (sent.type, sent.state) == ("MT-12/1", OutState.ACCEPTED)


async def test_a_seal_that_does_not_hold_is_told(desk: TestDesk, skopje: TestGateway, belgrade: TestGateway) -> None:
    message = await arrived(skopje, belgrade)

    def work(connection):  # type: ignore[no-untyped-def]
        connection.execute(update(inbox).where(inbox.c.message == message).values(raw=b"something else"))

    await belgrade.gateway.store.database.write(work)
    page = await (await desk.as_(Role.CASE_OFFICER)).get(f"/messages/{message.hex()}")
    assert "The seal does not hold." in page.words
    assert "Not changed since" not in page.words
    found = await belgrade.gateway.reading.find(message)
    assert not isinstance(found, SentMessage)
