"""The processing log at the desk: asked what for, filtered, verified, taken along, and written into itself."""

import json
import re

import pytest
from sqlalchemy import update

from nodes.casework.processing_log_anchor_store import put_anchor
from nodes.casework.processing_log_anchoring import Anchoring
from nodes.casework.processing_log_book import ProcessingJournal
from nodes.config import LogSettings
from nodes.gateway.deeds import Act, Doer, Door, Operation
from nodes.gateway.journal import acting_as
from nodes.log_tables import processing_log
from nodes.people.roles import Role
from protocol.anchor import Anchor, AnchorKind, sign_anchor
from tests.simulators.node import MK, RS, TestGateway, TestWorld, example
from tests.simulators.web_desk import NAMES, TestDesk, desk_over

LOG = "/log?purpose=lawfulness"


@pytest.fixture
async def belgrade(world: TestWorld):
    machine = world.machine(RS, journal=ProcessingJournal(RS.node, world.clock))
    async with machine.running() as gateway:
        yield gateway


@pytest.fixture
async def busy(world: TestWorld, belgrade: TestGateway):
    """A desk whose node received a question and sent one."""
    async with world.machine(MK).running() as skopje:
        await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await belgrade.queue(example("MT-01/vehicle-mk", to=["mk.ilecu"]))
        await skopje.exchange(belgrade)
    async with desk_over(belgrade.gateway) as running:
        yield running


async def test_the_purpose_is_asked_first_and_written_into_the_log(busy: TestDesk) -> None:
    auditor = await busy.as_(Role.AUDITOR)
    asked = await auditor.get("/log")
    assert "What do you read it for?" in asked.words
    assert asked.text.count('type="radio"') == 4
    assert (await auditor.get("/log?purpose=curiosity")).words == asked.words
    shown = await auditor.get(LOG)
    assert "You read it for: Is what was done lawful?" in shown.words
    assert "Received a message" in shown.words
    assert "Sent a message" in shown.words
    assert "To: Desk of mk.ilecu" in shown.words
    again = await auditor.get(LOG)
    assert f"{NAMES[Role.AUDITOR]} · Read the processing log" in again.words
    assert "oversight" in again.words


async def test_filters_narrow_what_is_shown_and_stay_in_the_address(busy: TestDesk) -> None:
    auditor = await busy.as_(Role.AUDITOR)
    whole = await auditor.get(LOG)
    message = re.findall(r"/proofs/([0-9a-f]{64})", whole.text)[0]
    transfers = await auditor.get(f"{LOG}&operation=transfer")
    assert "Sent a message" in transfers.words
    assert "Received a message ·" not in transfers.words
    about = await auditor.get(f"{LOG}&about={message}")
    assert 'value="' + message in about.text
    nobody = await auditor.get(f"{LOG}&until=2020-01-01")
    assert "Nothing fits" in nobody.words
    assert "Show everything" in nobody.words
    member = await busy.member(Role.AUDITOR)
    mine = await auditor.get(f"{LOG}&who={member.id}&since=2020-01-01")
    assert "Read the processing log" in mine.words
    assert "Sent a message" not in mine.words


async def test_a_filter_that_cannot_be_read_names_field_and_remedy_and_reads_nothing(busy: TestDesk) -> None:
    auditor = await busy.as_(Role.AUDITOR)
    for name, value, said in (
        ("since", "soon", "This is no date."),
        ("until", "2026-02-30", "Write year, month and day"),
        ("about", "12ab", "This is no id of a message."),
        ("who", "a b", "This is nobody's id."),
    ):
        answer = await auditor.get(f"{LOG}&{name}={value.replace(' ', '+')}")
        assert answer.status == 422
        assert answer.words.count(said) == 2, answer.words
        assert f'href="#{name}"' in answer.text
        assert f'value="{value}"' in answer.text or name == "who"
    assert "Read the processing log" not in (await auditor.get(f"{LOG}&operation=consultation")).words


async def test_the_whole_log_is_verified_with_what_was_covered(busy: TestDesk, belgrade: TestGateway) -> None:
    auditor = await busy.as_(Role.AUDITOR)
    found = await auditor.post("/log/verify", {"purpose": "lawfulness"})
    assert "The chain holds." in found.words
    assert "Covered" in found.words
    head = re.findall(r"[0-9]+:[0-9a-f]{64}", found.text)[0]
    again = await auditor.post("/log/verify", {"purpose": "security", "head": head})
    assert "The chain passes through it." in again.words
    bad = await auditor.post("/log/verify", {"purpose": "security", "head": "7"})
    assert bad.status == 422
    assert "This is no head of the log." in bad.words
    other = await auditor.post("/log/verify", {"purpose": "security", "head": f"1:{'0' * 64}"})
    assert "The chain does not hold at entry 1." in other.words
    change = update(processing_log).where(processing_log.c.number == 2).values(body=b"\x00")
    await belgrade.gateway.store.database.write(lambda connection: connection.execute(change))
    broken = await auditor.post("/log/verify", {"purpose": "lawfulness"})
    assert "The chain does not hold at entry 2. This entry, or the one before it, was changed." in broken.words
    assert "This entry cannot be read: it was changed." in (await auditor.get(LOG)).words
    assert (await auditor.post("/log/verify", {})).location == "/log"


async def test_it_is_taken_along_as_lines_of_json_without_names(busy: TestDesk) -> None:
    auditor = await busy.as_(Role.AUDITOR)
    given = await auditor.post("/log/export", {"purpose": "security", "operation": "transfer"})
    assert given.headers["Content-Type"] == "application/x-ndjson"
    events = [json.loads(line) for line in given.text.splitlines()]
    assert [each["activity_name"] for each in events] == ["Share"]
    assert events[0]["unmapped"]["recipients"] == ["mk.ilecu"]
    assert (await auditor.post("/log/export", {"purpose": "x"})).location == "/log"


async def test_no_word_of_any_message_is_on_the_pages(busy: TestDesk) -> None:
    auditor = await busy.as_(Role.AUDITOR)
    pages = [await auditor.get(LOG), await auditor.get("/proofs")]
    message = re.findall(r"/proofs/([0-9a-f]{64})", pages[0].text)[0]
    pages.append(await auditor.get(f"/proofs/{message}"))
    for page in pages:
        assert page.status == 200
        assert "Lojane" not in page.text
        assert "VR " not in page.words


@pytest.mark.parametrize("role", [Role.CASE_OFFICER, Role.DUTY_OFFICER, Role.INVESTIGATOR, Role.ADMINISTRATOR])
async def test_others_do_not_learn_that_there_is_a_log(busy: TestDesk, role: Role) -> None:
    visitor = await busy.as_(role)
    missing = await visitor.get("/no-such-page")
    for path in (LOG, "/proofs", f"/proofs/{'0' * 64}"):
        assert (await visitor.get(path)).words == missing.words
    assert (await visitor.post("/log/verify", {"purpose": "lawfulness"})).words == missing.words


async def test_acts_on_cases_and_of_named_programs_are_told_in_words(busy: TestDesk, belgrade: TestGateway) -> None:
    store = belgrade.gateway.store
    acts = [
        (Doer("p-gone", Door.DESK, "own-case"), Act(operation=Operation.ALTERATION, deed="case-acknowledge")),
        (
            Doer("program-3", Door.API, "unstated"),
            Act(operation=Operation.CONSULTATION, deed="list", objects=(b"c" * 16,)),
        ),
        (Doer("p-gone", Door.DESK, "own-case"), Act(operation=Operation.ALTERATION, deed="something-new")),
    ]
    for doer, act in acts:
        with acting_as(doer):
            await store.database.write(lambda connection, act=act: store.journal.note(connection, act))
    words = (await (await busy.as_(Role.AUDITOR)).get(LOG)).words
    assert "Somebody who is not known here · On a case: Acknowledge receipt" in words
    assert "The program 3 · Saw a list with what cases are about" in words
    assert "Case 636363636363" in words
    assert "something-new" in words


async def test_the_log_page_tells_how_far_it_is_anchored_and_what_is_not_what_was(
    busy: TestDesk, belgrade: TestGateway
) -> None:
    auditor = await busy.as_(Role.AUDITOR)
    assert "holds no anchor of it yet" in (await auditor.get(LOG)).words
    anchoring = Anchoring(belgrade.gateway, busy.services.log_book, LogSettings(anchor_entries=1))
    await anchoring.anchor()
    assert "is on its way" in (await auditor.get(LOG)).words
    await belgrade.gateway.poster.drain()
    assert re.search(r"Anchored up to entry \d+ at .* in leaf \d+ of the network's log", (await auditor.get(LOG)).words)
    verified = await auditor.post("/log/verify", {"purpose": "security"})
    assert "The chain holds" in verified.words
    assert "Whether entries after the last anchor were cut off" in verified.words
    head = (await busy.services.log_book.standing()).head
    later = Anchor(AnchorKind.PROCESSING_LOG, belgrade.node, head.number, bytes(32))
    raw = sign_anchor(later, belgrade.gateway.here.signer, belgrade.gateway.here.network)
    now = belgrade.gateway.here.clock()
    await belgrade.gateway.store.database.write(lambda connection: put_anchor(connection, raw, now))
    await belgrade.gateway.poster.drain()
    other = (await auditor.post("/log/verify", {"purpose": "security"})).words
    assert f"to {head.number} are not those that were anchored" in other
    assert "Nothing in it was changed" not in other
