"""What a page is to the desk: its place, who may open it, and what answers.

A page module keeps ``PAGES``, a tuple of ``Page``; ``nodes.desk.routes`` lists the modules. Before ``answer`` runs, one
place (``nodes.desk.doors``) has found the session, checked the permission and, for a form, where it came from.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from nodes.people.acting import Acting
from nodes.people.roles import Permission

if TYPE_CHECKING:  # a visit knows the frame, the frame knows the pages
    from nodes.desk.visit import Visit

FORM_BYTES: Final = 256 << 10
_METHODS: Final = frozenset({"GET", "POST"})


class Door(StrEnum):
    """Who may open a page that no permission stands before."""

    PUBLIC = "public"  # nobody has to be signed in
    SIGNED_IN = "signed-in"  # everybody who is


PUBLIC: Final = Door.PUBLIC
SIGNED_IN: Final = Door.SIGNED_IN


@dataclass(frozen=True, slots=True)
class Page:
    """One route of the desk. It does not construct without saying who may open it.

    A GET page changes nothing. ``files`` lets a POST page take files beside its fields (``Visit.files``).
    """

    method: str
    path: str
    permission: Permission | Door
    answer: "Callable[[Visit], Coroutine[Any, Any, web.StreamResponse]]"
    files: bool = False
    before_setup: bool = False  # reachable before anybody has joined
    body_bytes: int = FORM_BYTES

    def __post_init__(self) -> None:
        if not isinstance(self.permission, Permission | Door):
            raise TypeError(f"{self.path}: a page names its permission, PUBLIC or SIGNED_IN")
        if self.method not in _METHODS or not self.path.startswith("/"):
            raise ValueError(f"{self.method} {self.path}: a page is GET or POST of a path")

    def is_open_to(self, acting: Acting | None) -> bool:
        """Tell whether somebody may open the page; None is anybody who has not signed in."""
        if self.permission is PUBLIC:
            return True
        if acting is None:
            return False
        return self.permission is SIGNED_IN or acting.may(Permission(self.permission))
