"""Chapter four: what the rules refuse, by which article, and the lawful way, which then works."""

from egnatia.demo.client import Unexpected
from egnatia.demo.documents import request, smuggled_name, with_field
from egnatia.demo.refusal import refused_by
from egnatia.demo.stage import Stage
from egnatia.demo.story import Story


def refusals(stage: Stage) -> None:
    """Try what must not work; do it lawfully."""
    story, skopje, belgrade = stage.story, stage.node("skopje"), stage.node("belgrade")
    vehicle = request("MT-01.vehicle-mk", stage.today)
    story.chapter("Refused, and the lawful way", "Each refusal names its rule and article; each lawful way is taken.")
    with story.step("A victim's name in the police channel", _typed("belgrade")) as step:
        step.seen = refused_by(belgrade.post("/messages", smuggled_name(stage.today)))
    with story.step("Urgent without a ground, then with one", _typed("skopje")) as step:
        first = refused_by(skopje.post("/messages", vehicle | {"urgency": "urgent"}))
        reason = {"ground": "d", "reason": "The van is rented until tomorrow and leaves the country."}
        lawful = with_field(vehicle | {"urgency": "urgent", "urgency_ground": "d"}, "urgency", reason)
        belgrade.arrived(skopje.send(lawful))
        step.seen = f"{first} With ground d and a reason it went."
    with story.step("H3 without saying what it restricts, then with the text", _typed("skopje")) as step:
        step.seen = _handling(stage)
    with story.step("To two countries, one of them without an agreement", _typed("skopje")) as step:
        step.seen = _partly(stage)
    with story.step("For a purpose the channel does not have", _typed("skopje")) as step:
        step.seen = refused_by(skopje.post("/messages", vehicle | {"purpose": "proceedings"}))
    _once(stage, story)


def _handling(stage: Stage) -> str:
    skopje, belgrade = stage.node("skopje"), stage.node("belgrade")
    vehicle = request("MT-01.vehicle-mk", stage.today, handling=["H0", "H3"])
    refused = refused_by(skopje.post("/messages", vehicle))
    lawful = with_field(vehicle, "restrictions", {"choice": "codes", "text": "Do not stop the driver; observe only."})
    belgrade.arrived(skopje.send(lawful))
    return f"{refused} With the text it went."


def _partly(stage: Stage) -> str:
    skopje, belgrade = stage.node("skopje"), stage.node("belgrade")
    both = request("MT-01.vehicle-mk", stage.today, to=["ba.ilecu", "rs.ilecu"])
    problem = skopje.post("/messages", both).refusal()
    if problem["refused"] != ["ba.ilecu"] or problem["allowed"] != ["rs.ilecu"]:
        raise Unexpected(f"refused {problem['refused']}, allowed {problem['allowed']}")
    sent = skopje.post("/messages", both | {"only_allowed": True}).done()
    belgrade.arrived(sent["id"])
    first = problem["findings"][0]
    return f"ba.ilecu: {first['rule']} ({first['article']}). Nothing left until Skopje chose the rest."


def _once(stage: Stage, story: Story) -> None:
    skopje, vehicle = stage.node("skopje"), request("MT-01.vehicle-mk", stage.today)
    with story.step("The same request typed twice counts once", f"{_typed('skopje')} --once note-17") as step:
        ids = {str(skopje.post("/messages", vehicle, once="note-17").done()["id"]) for _ in range(2)}
        if len(ids) != 1:
            raise Unexpected("two messages were sent")
        step.seen = f"both calls answer with message {ids.pop()[:12]}"


def _typed(alias: str) -> str:
    return f"egnatia --as {alias} send --file request.json"
