"""Two contact points and a hub as real processes, and the people who join the desk of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bench.place import Place
from egnatia.demo.client import Node
from egnatia.demo.desks import Colleague, join, settings_of, sign_in
from egnatia.demo.visitor import Visitor
from nodes.people.roles import Role
from tests.simulators.node import MK, RS

ROLES: Final = (
    Role.ADMINISTRATOR,
    Role.DUTY_OFFICER,
    Role.CASE_OFFICER,
    Role.SUPERVISOR,
    Role.INVESTIGATOR,
    Role.AUDITOR,
    Role.PROTECTION_OFFICER,
    Role.DIRECTORY_EDITOR,
)


@dataclass(frozen=True, slots=True)
class Town:
    """The running processes as a program reaches them."""

    place: Place
    belgrade: Node
    skopje: Node

    @property
    def origin(self) -> str:
        """Where the desk is."""
        return f"http://localhost:{self.place.ports.desk}"


def open_desk(place: Place) -> None:
    """Write into the settings of the node that it serves a desk for training; it has not started yet."""
    with (place.folder / "node" / "node.toml").open("a", encoding="utf-8") as settings:
        settings.write(settings_of(place.ports.desk, {}))


def town_of(place: Place) -> Town:
    """Return the town of a place whose nodes run."""
    return Town(place, _api(place, RS.node, "node", place.ports.node), _api(place, MK.node, "mk", place.ports.other))


def _api(place: Place, node: str, folder: str, port: int) -> Node:
    token = (place.folder / folder / "api.token").read_text(encoding="ascii").strip()
    return Node(folder, node, f"http://127.0.0.1:{port}", token)


def let_in(town: Town) -> None:
    """Let one person of each role join the desk."""
    for role in ROLES:
        join(town.origin, town.belgrade, colleague(role))


def colleague(role: Role) -> Colleague:
    """Return the person of a role."""
    return Colleague(f"Person {role}", str(role).replace("-", "."), str(role))


def window_of(town: Town, role: Role) -> Visitor:
    """Return a window in which the person of a role has signed in."""
    return sign_in(town.origin, colleague(role))


def people_of(town: Town) -> Mapping[str, str]:
    """Return the ids of the accounts by what they sign in with."""
    return {each["sign_in"]: each["id"] for each in town.belgrade.get("/accounts").done()["accounts"]}
