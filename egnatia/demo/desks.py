"""The desks of two contact points: set up for training, with one person of each role, one click away."""

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from egnatia.demo.cast import actor
from egnatia.demo.client import Node, Unexpected
from egnatia.demo.ports import free_ports
from egnatia.demo.stage import Stage
from egnatia.demo.visitor import Visitor
from nodes.desk.moments import LocalTime
from nodes.desk.times import write_local
from nodes.people.codes import code_at

DESKS: Final = ("belgrade", "skopje")
_PASSPHRASE: Final = "heron lantern gravel quilt"  # noqa: S105 - of invented people
CASE: Final = "/cases/"
"""Where the page of a case begins."""
_SIGN_IN: Final = "Sign in as "
_DAY_S: Final = 86_400
_WHY: Final = "The demonstration shows the work of each role"


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody invented who works at a contact point."""

    name: str
    sign_in: str
    role: str


PEOPLE: Final = {
    "belgrade": (
        Colleague("Jelena Marić", "jelena", "duty-officer"),
        Colleague("Nikola Savić", "nikola", "case-officer"),
        Colleague("Vesna Ilić", "vesna", "supervisor"),
        Colleague("Petar Lukić", "petar", "investigator"),
        Colleague("Ana Kostić", "ana", "auditor"),
        Colleague("Goran Tasić", "goran", "administrator"),
    ),
    "skopje": (
        Colleague("Бојан Стојанов", "bojan", "duty-officer"),
        Colleague("Елена Димова", "elena", "case-officer"),
        Colleague("Марко Илиев", "marko", "supervisor"),
        Colleague("Тања Ристова", "tanja", "investigator"),
        Colleague("Игор Петров", "igor", "auditor"),
        Colleague("Лидија Наумова", "lidija", "administrator"),
    ),
}


def settings_of(port: int, others: Mapping[str, str]) -> str:
    """Return what a node's settings say of a desk for training at a port of this machine, and of the other desks."""
    named = ", ".join(f'"{node}" = "{origin}"' for node, origin in others.items())
    fixed = 'training = true\nnetwork_label = "Demonstration"'
    return f"\n[desk]\non = true\nport = {port}\n{fixed}\nother_desks = {{ {named} }}\n"


def set_up(stage: Stage) -> None:
    """Write into the settings of both nodes that they serve a desk; they have not started yet."""
    ports = dict(zip(DESKS, free_ports(len(DESKS)), strict=True))
    stage.desks |= {alias: f"http://localhost:{port}" for alias, port in ports.items()}
    for alias, port in ports.items():
        others = {actor(each).node: origin for each, origin in stage.desks.items() if each != alias}
        with (stage.folder / alias / "node.toml").open("a", encoding="utf-8") as settings:
            settings.write(settings_of(port, others))


def open_desks(stage: Stage) -> None:
    """Let the people of both contact points in, and look at their desks as they do."""
    story = stage.story
    story.chapter("The desks", "The same cases in the browser, for the people of two contact points.")
    for alias in DESKS:
        people, node = PEOPLE[alias], stage.node(alias)
        with story.step(f"{alias.capitalize()}: one person of each role is invited and joins") as step:
            for each in people:
                join(stage.desks[alias], node, each)
            keep_duty(stage.desks[alias], people[2], people[:2], LocalTime(actor(alias).country))
            step.seen = f"{len(people)} accounts, each with passphrase and one-time code, and somebody on duty"
        with story.step(f"{alias.capitalize()}: the duty officer signs in and sees what is due") as step:
            cases = look_around(stage.desks[alias], people[0])
            step.seen = f"Today and {cases} cases; open it: {stage.desks[alias]}/training"


def join(origin: str, node: Node, who: Colleague) -> None:
    """Invite somebody from the node's console and use the link as that person would."""
    asked = {"name": who.name, "sign_in": who.sign_in, "roles": [who.role], "why": _WHY}
    link = str(node.post("/accounts", asked).done()["link"])
    path = link.removeprefix(origin)
    window = Visitor(origin)
    page = window.look(path)
    code = code_at(base64.b32decode(page.secret + "=" * (-len(page.secret) % 8)), int(time.time()))
    joined = window.fill(page, path, passphrase=_PASSPHRASE, code=code)
    if who.name not in joined.text:
        raise Unexpected(f"{who.name} did not get in")


def keep_duty(origin: str, supervisor: Colleague, officers: tuple[Colleague, ...], local: LocalTime) -> None:
    """Enter the first officer as being on duty for a day from now, with the second one as the deputy."""
    first, deputy = (accounts_of(origin)[each.name] for each in officers)
    window = sign_in(origin, supervisor)
    now = int(time.time())
    span = {"starts_at": write_local(now, local), "ends_at": write_local(now + _DAY_S, local)}
    window.fill(window.look("/duty"), "/duty", person=first, deputy=deputy, **span)


def look_around(origin: str, who: Colleague) -> int:
    """Sign in and return how many cases the list shows."""
    links = sign_in(origin, who).look("/cases").links
    return len({each for each in links if each.startswith(CASE)})


def accounts_of(origin: str) -> Mapping[str, str]:
    """Return the ids of the accounts by their names, as the training page offers them."""
    buttons = Visitor(origin).look("/training").buttons
    return {label.removeprefix(_SIGN_IN): account for label, account in buttons.items() if label.startswith(_SIGN_IN)}


def sign_in(origin: str, who: Colleague) -> Visitor:
    """Return a window in which somebody has signed in with one click, as a visitor of the training page does."""
    window = Visitor(origin)
    page = window.look("/training")
    first = window.fill(page, "/training", person=page.buttons[_SIGN_IN + who.name])
    if who.name not in first.text:
        raise Unexpected(f"{who.name} did not get in")
    return window
