"""What contact points do with each other, from the first question to the auditor's view of it, in a real browser."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser
from sqlalchemy import update

from nodes.casework.case_entries import case_ids_of
from nodes.casework.correction_book import Carried, CorrectionBook, Doing
from nodes.gateway.inbox import InState
from nodes.people.roles import Role
from nodes.schema import inbox
from protocol.ids import MessageId
from tests.simulators.browser_town import FACTS, PLATE, REASON, Country, Hand, Town, town_of
from tests.simulators.node import TestGateway, TestWorld
from tests.simulators.web_desk import NAMES

pytestmark = pytest.mark.asyncio(loop_scope="module")
OFFICER, SUPERVISOR = NAMES[Role.CASE_OFFICER], NAMES[Role.SUPERVISOR]
MK, AL = "mk.ilecu", "al.ilecu"
SENT, READ = "Sent a message", "Read a message"
ANSWER = {
    "/information/statements/0/text": "The van is hired; the hirer paid in cash.",
    "/information/statements/0/evaluation/kind": "fact",
    "/information/statements/0/evaluation/source": "A",
    "/information/statements/0/evaluation/information": "1",
}
ILL = ANSWER | {
    "/information/statements/0/text": "The driver needs medicine every day.",
    "/information/statements/0/special_categories": "health",
    "/information/statements/0/special_reason": "Whoever stops the van has to know it.",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(world: TestWorld, browser: Browser) -> AsyncIterator[Town]:
    async with town_of(world, browser) as running:
        yield running


async def asked(town: Town, plate: str, *to: str) -> str:
    """Let an officer of Belgrade ask about a vehicle; return the place of the case there."""
    officer = await town.belgrade.work(Role.CASE_OFFICER)
    await officer.ask(plate, *(to or (MK,)))
    await town.travel()
    return await officer.open_case(plate)


async def test_one_asks_the_other_clarifies_and_answers_and_the_first_closes(town: Town) -> None:
    case = await asked(town, "sk 101-aa")
    question = await town.belgrade.newest(mine=True)
    officer, theirs = await town.belgrade.work(Role.CASE_OFFICER), await town.skopje.work(Role.CASE_OFFICER)
    await theirs.open(f"/messages/{question.hex()}")
    assert "SK 101-AA" in await theirs.words()
    there = await theirs.open_case("sk 101-aa")
    await theirs.press("Take in without a receipt")
    await theirs.press("Take over")
    await theirs.press("Ask for clarification")
    await theirs.fill({"/questions/0/deficiency": "facts", "/questions/0/text": "When was the van seen, and where?"})
    await theirs.send()
    await town.travel()
    await officer.open(case)
    assert "They ask you something" in await officer.words()
    await officer.press("Clarify")
    await officer.fill({"/answers/0/text": "On the third of March near Lojane."})
    await officer.send()
    await town.travel()
    await theirs.open(there)
    await theirs.press("Answer")
    await theirs.fill(ANSWER)
    await theirs.send()
    await town.travel()
    await officer.open("/today")
    assert "SK 101-AA" in (await officer.words()).partition("Your cases")[2], "who asked has the case"
    await officer.open(case)
    assert "Answered" in await officer.words()
    answer = await town.belgrade.newest(mine=False)
    await officer.open(f"/messages/{answer.hex()}")
    assert "The van is hired" in await officer.words()
    await officer.open(case)
    await officer.press("Close")
    assert "Closed." in await officer.words()
    await town.belgrade.audited(question, (OFFICER, SENT), (OFFICER, "On a case: Close"))
    await town.belgrade.audited(answer, (OFFICER, READ))
    await town.skopje.audited(question, (OFFICER, READ), (OFFICER, "On a case: Take over"))
    await town.skopje.audited(answer, (OFFICER, SENT))


async def test_a_supervisor_approves_what_needs_a_second_person(town: Town) -> None:
    officer, supervisor = await town.belgrade.work(Role.CASE_OFFICER), await town.belgrade.work(Role.SUPERVISOR)
    await (await town.skopje.work(Role.CASE_OFFICER)).ask("sk 202-bb", "rs.ilecu")
    await town.travel()
    question = await town.belgrade.newest(mine=False)
    await officer.open(f"/messages/{question.hex()}")
    case = await officer.open_case("sk 202-bb")
    await officer.press("Answer")
    await officer.fill(ILL)
    await officer.press("Continue")
    preview = officer.seen.path
    await officer.press("Ask a second person to release it")
    assert "It waits for a second person since" in await officer.words()
    await supervisor.open("/approvals")
    await supervisor.seen.page.locator("main a[href^='/approvals/']").first.click()
    approval = supervisor.seen.path
    await supervisor.seen.page.get_by_role("link", name="See exactly what would go out").click()
    assert "medicine" in await supervisor.words()
    await supervisor.open(approval)
    await supervisor.press("Approve")
    await officer.open(preview)
    await officer.press("Send")
    await town.travel()
    sent = await town.belgrade.newest(mine=True)
    assert await town.skopje.newest(mine=False) == sent
    approved = (SUPERVISOR, "Approved a message of somebody else")
    await town.belgrade.logged(bytes.fromhex(case.removeprefix("/cases/")), approved)
    await town.belgrade.audited(sent, (OFFICER, SENT))


async def test_an_investigator_follows_what_was_asked_for_him(town: Town) -> None:
    investigator, officer = await town.belgrade.work(Role.INVESTIGATOR), await town.belgrade.work(Role.CASE_OFFICER)
    await investigator.open("/my-requests")
    await investigator.seen.page.get_by_role("button", name="Ask about a vehicle").click()
    await investigator.seen.page.check(f'[name="to"][value="{MK}"]')
    await investigator.fill({PLATE: "sk 303-cc", FACTS: REASON})
    await investigator.press("Hand it in")
    assert "It is handed in." in await investigator.words()
    await officer.open("/handed-in")
    await officer.seen.page.locator("main a[href^='/handed-in/']").first.click()
    await officer.press("Take it and write the message")
    await officer.send()
    await town.travel()
    question = await town.belgrade.newest(mine=True)
    theirs = await town.skopje.work(Role.CASE_OFFICER)
    await theirs.open(f"/messages/{question.hex()}")
    await theirs.open_case("sk 303-cc")
    await theirs.press("Answer")
    await theirs.fill(ANSWER)
    await theirs.send()
    await town.travel()
    answer = await town.belgrade.newest(mine=False)
    await officer.open_case("sk 303-cc")
    await investigator.open("/my-requests")
    await investigator.seen.page.locator("main a[href^='/cases/']").first.click()
    await investigator.seen.page.wait_for_load_state()
    await investigator.seen.page.locator(f"main a[href='/messages/{answer.hex()}']").first.click()
    assert "The van is hired" in await investigator.words()
    await town.belgrade.audited(question, (OFFICER, SENT))
    await town.belgrade.audited(answer, (NAMES[Role.INVESTIGATOR], READ))


async def test_the_duty_hands_a_case_over(town: Town) -> None:
    case = await asked(town, "sk 404-dd")
    question = await town.belgrade.newest(mine=True)
    duty, officer = await town.belgrade.work(Role.DUTY_OFFICER), await town.belgrade.work(Role.CASE_OFFICER)
    await duty.open(case)
    await duty.press("Take over")
    await duty.do("hand-over", "Hand over", to=OFFICER, reason="The shift ends at six; they answer tonight.")
    assert f"Handed over to {OFFICER}." in await duty.words()
    await officer.open(case)
    assert "The shift ends at six" in await officer.words()
    on_duty = NAMES[Role.DUTY_OFFICER]
    await town.belgrade.audited(question, (on_duty, "On a case: Take over"), (on_duty, "On a case: Hand over"))


async def test_a_refusal_names_its_ground(town: Town) -> None:
    case = await asked(town, "sk 505-ee")
    question = await town.belgrade.newest(mine=True)
    theirs, officer = await town.skopje.work(Role.SUPERVISOR), await town.belgrade.work(Role.CASE_OFFICER)
    await theirs.open(f"/messages/{question.hex()}")
    await theirs.open_case("sk 505-ee")
    await theirs.press("Refuse with a ground")
    grounds = theirs.seen.page.locator('[name="/grounds/0/ground"] option')
    ground = await grounds.nth(1).inner_text()
    await theirs.fill(
        {
            "/grounds/0/ground": await grounds.nth(1).get_attribute("value") or "",
            "/grounds/0/reason": "It would disclose a running operation of the prosecution.",
        }
    )
    await theirs.send()
    await town.travel()
    refusal = await town.belgrade.newest(mine=False)
    await officer.open(case)
    assert "Refused" in await officer.words()
    await officer.open(f"/messages/{refusal.hex()}")
    words = await officer.words()
    assert ground in words
    assert "a running operation" in words
    await town.belgrade.audited(refusal, (OFFICER, READ))
    await town.skopje.audited(refusal, (SUPERVISOR, SENT))


async def hold(country: Country, plate: str, town: Town) -> None:
    """Let a question arrive that the rules hold back."""
    officer = await town.belgrade.work(Role.CASE_OFFICER)
    await officer.ask(plate, MK)
    await town.travel()
    message = await country.newest(mine=False)
    held = update(inbox).where(inbox.c.message == message).values(state=InState.HELD.value)
    await country.node.gateway.store.database.write(lambda connection: connection.execute(held))


async def test_a_held_message_is_released_for_a_reason(town: Town) -> None:
    await hold(town.skopje, "sk 606-ff", town)
    message = await town.skopje.newest(mine=False)
    supervisor, officer = await town.skopje.work(Role.SUPERVISOR), await town.skopje.work(Role.CASE_OFFICER)
    await officer.open(f"/messages/{message.hex()}")
    assert "SK 606-FF" not in await officer.words()
    await supervisor.open(f"/messages/{message.hex()}")
    assert "This message is held" in await supervisor.words()
    await supervisor.fill({"reason": "The sender explained it by telephone."})
    await supervisor.press("Let it in")
    await officer.open(f"/messages/{message.hex()}")
    assert "SK 606-FF" in await officer.words()
    await town.skopje.audited(message, (SUPERVISOR, "Released a held message"), (OFFICER, READ))


async def case_ids(node: TestGateway, messages: list[MessageId]) -> dict[MessageId, bytes]:
    return await node.gateway.store.database.read(lambda connection: case_ids_of(connection, messages))


async def do_with(node: TestGateway, notice: MessageId, *acts: str) -> None:
    """Let a contact point's own system say how far it is with a correction."""
    doing = Doing("Data quality desk", "done by the officer on duty")
    for act in acts:
        done = await getattr(CorrectionBook(node.gateway), act)(notice, doing)
        assert isinstance(done, Carried), done


async def carry_out(hand: Hand, notice: MessageId) -> None:
    """Say at the desk that a message was erased, on the page that a notice about it opens."""
    await hand.open(f"/corrections/{notice.hex()}")
    await hand.fill({"note": "Erased in the register of vehicles too."})
    await hand.press("Erase it, and say that it is done")
    assert "Carried out on" in await hand.words()


async def test_a_correction_reaches_everybody_who_has_it(town: Town) -> None:
    await asked(town, "sk 707-gg", MK, AL)
    message = await town.belgrade.newest(mine=True)
    supervisor = await town.belgrade.work(Role.SUPERVISOR)
    await supervisor.withdraw(message, "erase")
    await town.travel()
    notices = [each.message for each in await town.belgrade.node.gateway.reading.sent(2)]
    (row,) = await town.tirana.gateway.reading.received(1)
    assert row.message in notices
    await do_with(town.tirana, MessageId(row.message or b""), "confirm", "apply")
    theirs = await town.skopje.work(Role.SUPERVISOR)
    await carry_out(theirs, await town.skopje.newest(mine=False))
    await town.travel()
    await supervisor.open(f"/corrections/{(notices[0] or b'').hex()}")
    assert (await supervisor.words()).count("Carried it out") == 2
    await carry_out(supervisor, MessageId(notices[0] or b""))
    for notice in notices:
        case = (await case_ids(town.belgrade.node, [notice]))[notice]
        await supervisor.open(f"/cases/{case.hex()}")
        assert "Carried out everywhere" in await supervisor.words()
        await town.belgrade.audited(notice, (SUPERVISOR, SENT))
    erased = (SUPERVISOR, "Erased a message")
    await town.belgrade.audited(message, (OFFICER, SENT), erased)
    await town.skopje.audited(message, erased)
    there = await town.skopje.node.gateway.reading.find(message)
    assert there is not None
    assert there.row.item is None


async def test_undo_in_time_and_withdraw_afterwards(town: Town) -> None:
    officer, supervisor = await town.belgrade.work(Role.CASE_OFFICER), await town.belgrade.work(Role.SUPERVISOR)
    await officer.ask("sk 808-hh", MK)
    await officer.press("Undo: do not send it")
    assert await officer.seen.page.input_value(f'[name="{PLATE}"]') == "sk 808-hh"
    await officer.send()
    await town.travel()
    message = await town.belgrade.newest(mine=True)
    theirs = await town.skopje.work(Role.CASE_OFFICER)
    await theirs.open(f"/messages/{message.hex()}")
    await town.skopje.node.post()
    await town.travel()
    await supervisor.open(f"/messages/{message.hex()}/withdraw")
    assert "opened" in await supervisor.words()
    await supervisor.withdraw(message, "restrict")
    await town.travel()
    assert await theirs.seen.open(f"/messages/{message.hex()}") == 403
    assert "SK 808-HH" not in await theirs.words()
    await town.belgrade.audited(message, (OFFICER, SENT))
    await town.belgrade.audited(await town.belgrade.newest(mine=True), (SUPERVISOR, SENT))
    await town.skopje.audited(message, (OFFICER, READ))
    await town.skopje.audited(await town.skopje.newest(mine=False), ("This node", "Received a message"))
