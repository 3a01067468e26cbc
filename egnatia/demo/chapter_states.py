"""A working day at two desks: requests in every state that a day brings, the others need weeks to pass.

What people decide they do in the browser; what is written goes through the same API as everything else.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from egnatia.demo.client import Unexpected
from egnatia.demo.desks import CASE, PEOPLE, sign_in
from egnatia.demo.documents import request, with_field
from egnatia.demo.stage import Stage
from egnatia.demo.visitor import Visitor

_PLATE: Final = "subjects/vehicles/0/plate"
_REASON: Final = "Asked by telephone; they call back today."
_TAKEN: Final = (("take-over", ""), ("work", ""))
_DECIDED: Final = {
    "New": (),
    "Taken in": (("triage", ""),),
    "In work": _TAKEN,
    "Waiting for a national agency": (*_TAKEN, ("ask-agency", _REASON)),
    "Reply in work": (*_TAKEN, ("draft-reply", "")),
    "Waiting for a second person": (*_TAKEN, ("draft-reply", ""), ("ask-check", "")),
}
"""What the case officer in Belgrade does to a request, by the state in which the case then stands."""
_WRITTEN: Final = {
    "Waiting for a judicial decision": "MT-09.court-sr-Latn",
    "Waiting for a clarification": "MT-07.vehicle-sr-Latn",
    "Answered in part": "MT-03.vehicle-part-sr-Cyrl",
    "Answered": "MT-04.nothing-sr-Latn",
    "Refused": "MT-10.full-sr-Latn",
}
"""What Belgrade writes, by the state in which its case then stands."""
_BELGRADE: Final = (*_DECIDED, *_WRITTEN, "Approved, to be sent", "Closed")
_ASKED: Final = (
    "Delivered",
    "Acknowledged there",
    "They ask you something",
    "Answered in part",
    "Answered",
    "Refused",
    "Closed",
    "New",
)
"""The states of Skopje's own requests after that."""


def every_state(stage: Stage) -> None:
    """Bring requests between Skopje and Belgrade into every state of a day, and see them in both lists."""
    story = stage.story
    story.chapter("A working day", "Requests between two desks, in every state that a day brings.")
    officer, supervisor = PEOPLE["belgrade"][1], PEOPLE["belgrade"][2]
    with story.step("Skopje asks Belgrade about one van after the other") as step:
        asked = dict(zip(_BELGRADE, _ask(stage), strict=True))
        step.seen = f"{len(asked)} requests, each about another plate"
    with story.step(f"{officer.name} takes cases, asks an agency, drafts a reply") as step:
        window = sign_in(stage.desks["belgrade"], officer)
        for state, deeds in _DECIDED.items():
            do(window, asked[state], *deeds)
        do(window, asked["Approved, to be sent"], *_DECIDED["Waiting for a second person"])
        step.seen = ", ".join(state for state, deeds in _DECIDED.items() if deeds)
    with story.step(f"{supervisor.name}, the supervisor, approves a reply") as step:
        do(sign_in(stage.desks["belgrade"], supervisor), asked["Approved, to be sent"], ("approve", ""))
        step.seen = "the second person is another one than who drafted it"
    with story.step("Belgrade confirms, asks back, waits for a court, answers, refuses") as step:
        step.seen = f"{_write(stage, asked)} messages; each moves the case on both desks"
    with story.step("Both close what is answered; Belgrade tells Skopje of two more vans") as step:
        do(window, asked["Closed"], ("close", ""))
        do(sign_in(stage.desks["skopje"], PEOPLE["skopje"][1]), asked["Closed"], ("close", ""))
        stage.node("skopje").arrived(stage.node("belgrade").send(request("MT-05.vans-sr-Cyrl", stage.today)))
        step.seen = "one case closed on both desks, one piece of information to evaluate"
    for alias, wanted in (("belgrade", _BELGRADE), ("skopje", _ASKED)):
        with story.step(f"{alias.capitalize()} sees its cases in {len(set(wanted))} states") as step:
            found = states_of(sign_in(stage.desks[alias], PEOPLE[alias][1]))
            if missing := sorted(set(wanted) - found):
                raise Unexpected(f"no case is {missing}; there are {sorted(found)}")
            step.seen = ", ".join(sorted(found))


def do(window: Visitor, message: str, *deeds: tuple[str, str]) -> None:
    """Do something to the case of a message, as the buttons of its page do."""
    for name, reason in deeds:
        path = next(each for each in window.look(f"/messages/{message}").links if each.startswith(CASE))
        try:
            window.fill(window.look(path), path, act=name, reason=reason)
        except Unexpected as err:
            raise Unexpected(f"{name}: {err}") from err


def states_of(window: Visitor) -> set[str]:
    """Return the states in which the cases of a desk stand."""
    return {str(each["state"]) for each in json.loads(window.read("/cases.json?show=all"))["cases"]}


def _ask(stage: Stage) -> Iterator[str]:
    skopje, belgrade = stage.node("skopje"), stage.node("belgrade")
    vehicle: dict[str, Any] = request("MT-01.vehicle-mk", stage.today)
    for number in range(len(_BELGRADE)):
        message = skopje.send(with_field(vehicle, _PLATE, f"VR 4{number:02}-KP"))
        belgrade.wait_row("inbox", message, lambda row: row["state"] == "accepted")
        yield message


def _write(stage: Stage, asked: dict[str, str]) -> int:
    skopje, belgrade = stage.node("skopje"), stage.node("belgrade")
    confirmed = request("MT-02.received-sr-Latn", stage.today, in_reply_to=asked["Taken in"])
    letters = [confirmed]
    letters.append(request("MT-04.nothing-sr-Latn", stage.today, in_reply_to=asked["Closed"]))
    letters += [request(name, stage.today, in_reply_to=asked[state]) for state, name in _WRITTEN.items()]
    for each in letters:
        skopje.arrived(belgrade.send(each))
    return len(letters)
