"""Chapter four: what the rules refuse, by which article, and the lawful way, which then works."""

from collections.abc import Callable
from typing import Any, Final

from egnatia.demo.client import Node, Unexpected
from egnatia.demo.documents import request, smuggled_name, with_field
from egnatia.demo.refusal import refused_for
from egnatia.demo.stage import Stage

Request = dict[str, Any]
_VEHICLE: Final = "MT-01.vehicle-mk"
_PERSON: Final = "MT-01.person-sr-Cyrl"


def refusals(stage: Stage) -> None:
    """Try what must not work, each time by the rule that must stop it; do it lawfully."""
    story = stage.story
    story.chapter("Refused, and the lawful way", "Each refusal names its rule and article; each lawful way is taken.")
    lines: tuple[tuple[str, str, Callable[[Stage], str]], ...] = (
        ("A victim's name in the police channel, then the case without it", "belgrade", _victim),
        ("Urgent without a ground, then without a reason, then with both", "skopje", _urgent),
        ("A code that is none, H3 without its text, then with the text", "skopje", _handling),
        ("Kept for ten years, in a language nobody there reads, then as agreed", "skopje", _kept),
        ("To two countries, one without an agreement, for a purpose of the courts", "skopje", _agreed),
        ("A person without a role, a witness's conduct, then a suspect's", "belgrade", _persons),
        ("An answer to nothing, to something unknown, then to the question", "belgrade", _answers),
    )
    for title, alias, told in lines:
        with story.step(title, f"egnatia --as {alias} send --file request.json") as step:
            step.seen = told(stage)
    with story.step("The same request typed twice counts once", "egnatia --as skopje send --once note-17") as step:
        step.seen = _once(stage)


def _victim(stage: Stage) -> str:
    belgrade = stage.node("belgrade")
    first = refused_for(belgrade.post("/messages", smuggled_name(stage.today)), "police.no-victim-identity")
    return f"{first} {_went(belgrade, request(_PERSON, stage.today), stage.node('sarajevo'))}"


def _urgent(stage: Stage) -> str:
    skopje, vehicle = stage.node("skopje"), request(_VEHICLE, stage.today)
    first = refused_for(skopje.post("/messages", vehicle | {"urgency": "urgent"}), "police.urgency-ground")
    grounded = vehicle | {"urgency": "urgent", "urgency_ground": "d"}
    second = refused_for(skopje.post("/messages", grounded), "police.urgency-reason")
    reason = {"ground": "d", "reason": "The van is rented until tomorrow and leaves the country."}
    return f"{first} {second} {_went(skopje, with_field(grounded, 'urgency', reason), stage.node('belgrade'))}"


def _handling(stage: Stage) -> str:
    skopje, vehicle = stage.node("skopje"), request(_VEHICLE, stage.today)
    first = refused_for(skopje.post("/messages", vehicle | {"handling": ["H0", "H9"]}), "police.handling-codes")
    restricted = vehicle | {"handling": ["H0", "H3"]}
    second = refused_for(skopje.post("/messages", restricted), "police.h3-text")
    lawful = with_field(
        restricted, "restrictions", {"choice": "codes", "text": "Do not stop the driver; observe only."}
    )
    return f"{first} {second} {_went(skopje, lawful, stage.node('belgrade'))}"


def _kept(stage: Stage) -> str:
    skopje, vehicle = stage.node("skopje"), request(_VEHICLE, stage.today)
    late = stage.today.replace(year=stage.today.year + 10, day=1).isoformat()
    first = refused_for(skopje.post("/messages", vehicle | {"erase_by": late}), "police.erase-by")
    second = refused_for(skopje.post("/messages", vehicle | {"language": "sq"}), "police.language")
    soon = stage.today.replace(year=stage.today.year + 1, day=1).isoformat()
    return f"{first} {second} {_went(skopje, vehicle | {'erase_by': soon}, stage.node('belgrade'))}"


def _agreed(stage: Stage) -> str:
    skopje, belgrade = stage.node("skopje"), stage.node("belgrade")
    both = request(_VEHICLE, stage.today, to=["ba.ilecu", "rs.ilecu"])
    answer = skopje.post("/messages", both)
    first, problem = refused_for(answer, "police.agreement-in-force"), answer.refusal()
    if problem["refused"] != ["ba.ilecu"] or problem["allowed"] != ["rs.ilecu"]:
        raise Unexpected(f"refused {problem['refused']}, allowed {problem['allowed']}")
    second = refused_for(skopje.post("/messages", both | {"purpose": "proceedings"}), "police.purpose")
    belgrade.arrived(skopje.post("/messages", both | {"only_allowed": True}).done()["id"])
    return f"{first} {second} Nothing left until Skopje chose Belgrade alone, to investigate."


def _persons(stage: Stage) -> str:
    belgrade, person = stage.node("belgrade"), request(_PERSON, stage.today)
    nobody = with_field(person, "subjects/persons/0/role", "unknown")
    first = refused_for(belgrade.post("/messages", nobody), "police.role-for-every-person")
    witness = with_field(person, "subjects/persons/0/role", "witness")
    second = refused_for(belgrade.post("/messages", witness), "police.content-categories-of-roles")
    return f"{first} {second} {_went(belgrade, person, stage.node('sarajevo'))}"


def _answers(stage: Stage) -> str:
    belgrade, answer = stage.node("belgrade"), request("MT-03.vehicle-sr-Cyrl", stage.today)
    first = refused_for(belgrade.post("/messages", answer), "police.answers-request")
    second = refused_for(belgrade.post("/messages", answer | {"in_reply_to": "5e" * 32}), "police.reply-known")
    return f"{first} {second} {_went(belgrade, answer | {'in_reply_to': stage.opening}, stage.node('skopje'))}"


def _once(stage: Stage) -> str:
    skopje, vehicle = stage.node("skopje"), request(_VEHICLE, stage.today)
    ids = {str(skopje.post("/messages", vehicle, once="note-17").done()["id"]) for _ in range(2)}
    if len(ids) != 1:
        raise Unexpected("two messages were sent")
    return f"both calls answer with message {ids.pop()[:12]}"


def _went(sender: Node, lawful: Request, reader: Node) -> str:
    """Send the lawful way and wait until it arrived."""
    reader.arrived(sender.send(lawful))
    return "Lawfully it went."
