"""Reviews of cases that were opened with a reason, as pages."""

from nodes.people.glass import Ground
from nodes.people.glass_book import GlassBook
from nodes.people.roles import Role
from tests.simulators.web_desk import TestDesk

REASON = "A child is missing and nobody of the case is there"


async def opened(desk: TestDesk, role: Role) -> int:
    acting = await desk.services.people.acting((await desk.member(role)).id)
    assert acting is not None
    found = await GlassBook(desk.services.gateway).break_glass("case-1", Ground.DANGER, REASON, acting)
    return found.number  # type: ignore[union-attr]


async def test_a_supervisor_sees_and_reviews_an_opening(desk: TestDesk) -> None:
    supervisor = await desk.as_(Role.SUPERVISOR)
    assert "Nothing waits for a review" in (await supervisor.get("/reviews")).words
    number = await opened(desk, Role.DUTY_OFFICER)
    page = await supervisor.get("/reviews")
    assert "Dušan Đorđević: Danger to life or limb" in page.words
    assert "3 days left" in page.words
    assert REASON in page.words
    given = {"number": str(number), "outcome": "not-justified", "finding": "The officer of the case was there."}
    for changed, sentence in (
        ({"outcome": ""}, "The review says nothing yet."),
        ({"outcome": "maybe"}, "The review says nothing yet."),
        ({"finding": " "}, "A reason is missing."),
        ({"number": "77"}, "There is no such opening"),
        ({"number": "x"}, "There is no such opening"),
    ):
        page = await supervisor.post("/reviews", given | changed)
        assert (page.status, sentence in page.words) == (422, True)
    page = await supervisor.post("/reviews", given | {"outcome": "", "finding": ""})
    for field in (f"outcome-{number}", f"finding-{number}"):
        assert f'<a href="#{field}">' in page.text, "both at once"
        assert f'id="{field}"' in page.text
    page = await supervisor.post("/reviews", given | {"outcome": ""})
    assert f">{given['finding']}</textarea>" in page.text, "what was typed stays"
    page = await supervisor.follow(await supervisor.post("/reviews", given))
    assert "The review is recorded." in page.words
    assert "Not justified" in page.words
    assert "Nothing waits for a review" in page.words


async def test_nobody_reviews_what_he_opened(desk: TestDesk) -> None:
    supervisor = await desk.as_(Role.SUPERVISOR)
    number = await opened(desk, Role.SUPERVISOR)
    page = await supervisor.get("/reviews")
    assert "another supervisor reviews it" in page.words
    assert "Record the review" not in page.words
    page = await supervisor.post("/reviews", {"number": str(number), "outcome": "justified", "finding": "fine"})
    assert (page.status, "Nobody reviews what he opened himself" in page.words) == (422, True)


async def test_nobody_else_reviews(desk: TestDesk) -> None:
    for role in set(Role) - {Role.SUPERVISOR}:
        visitor = await desk.as_(role)
        assert (await visitor.get("/reviews")).status == 404
        assert (await visitor.post("/reviews", {})).status == 404
