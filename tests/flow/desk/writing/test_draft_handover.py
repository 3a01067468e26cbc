"""Drafts of somebody who is away or gone go to a colleague by a supervisor's hand, and the log says so."""

import re

import pytest

from nodes.people.roles import Role
from tests.flow.desk.test_compose import FACTS, begun, shown, typed
from tests.simulators.journal import Remembering
from tests.simulators.web_desk import TestDesk

pytestmark = pytest.mark.asyncio(loop_scope="session")
PAGE = "/duty/drafts"


async def test_a_supervisor_hands_drafts_to_a_named_colleague(desk: TestDesk, journal: Remembering) -> None:
    officer, duty = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.DUTY_OFFICER)
    supervisor = await desk.as_(Role.SUPERVISOR)
    path = await begun(officer)
    await typed(officer, path, {FACTS: "Words of an officer who leaves."}, "save")
    ids = {role: (await desk.member(role)).id for role in (Role.CASE_OFFICER, Role.DUTY_OFFICER)}
    page = await supervisor.get(PAGE)
    assert re.search(r"Mira Petrova \d+ drafts?", page.words)
    assert "Words of an officer" not in page.words, "what they say is not shown"
    for wrong in ({}, {"person": ids[Role.CASE_OFFICER], "to": ids[Role.CASE_OFFICER]}, {"person": "x", "to": "y"}):
        refused = await supervisor.post(PAGE, wrong)
        assert refused.status == 422
        assert "Choose whose drafts go to whom" in refused.words
    done = await supervisor.post(PAGE, {"person": ids[Role.CASE_OFFICER], "to": ids[Role.DUTY_OFFICER]})
    assert done.location == PAGE
    assert (await officer.get(path)).status == 404
    assert shown(await duty.get(path))[FACTS] == ["Words of an officer who leaves."]
    (noted,) = [(doer, act) for doer, act in journal.noted if act.deed == "give-drafts"]
    assert noted[0].who == (await desk.member(Role.SUPERVISOR)).id
    assert bytes.fromhex(path.rpartition("/")[2]) in noted[1].objects


async def test_only_a_supervisor_hands_them_over(desk: TestDesk) -> None:
    missing = await (await desk.as_(Role.DUTY_OFFICER)).get("/duty/nothing")
    for role in (Role.DUTY_OFFICER, Role.CASE_OFFICER, Role.ADMINISTRATOR, Role.INVESTIGATOR):
        visitor = await desk.as_(role)
        assert (await visitor.get(PAGE)).words == missing.words
        assert (await visitor.post(PAGE, {})).status == 404


async def test_the_account_says_that_drafts_wait(desk: TestDesk) -> None:
    officer, keeper = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.ADMINISTRATOR)
    await begun(officer)
    page = await keeper.get(f"/people/{(await desk.member(Role.CASE_OFFICER)).id}")
    assert re.search("drafts? (is|are) not sent", page.words)
