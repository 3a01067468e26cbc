"""What somebody typed into a form is not lost when the session behind it has ended.

Every form carries, sealed, whose it is. When its session is over, what was typed goes into the sign-in page under
seal, and comes back after the same person has signed in. Nobody else gets it, and nothing is stored here.
"""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from nodes.desk import csrf
from nodes.desk.page import Page
from nodes.desk.seal import Seal
from nodes.desk.visit import Visit
from nodes.people.acting import PersonId

KEPT: Final = "kept"
_WHOSE: Final = "whose"
_FORM_S: Final = 14 * 86_400
"""For so long a form that stands open somewhere still says whose it is: over a weekend and a holiday."""
_KEPT_S: Final = 86_400
"""For so long what was typed waits in the sign-in page: until the next morning."""
_NOT_SHOWN: Final = frozenset({csrf.FIELD, KEPT})


@dataclass(frozen=True, slots=True)
class Kept:
    """A form as it was sent when the session had ended."""

    path: str
    fields: tuple[tuple[str, str], ...]


def whose(seal: Seal, person: PersonId) -> str:
    """Return what a form's token says behind its first dot: to whom the form was shown."""
    return f".{seal.close(_WHOSE, person, _FORM_S)}"


def keep(visit: Visit, page: Page) -> str:
    """Return what was typed, sealed for the person to whom the form was shown; empty when nobody's."""
    person = _person(visit)
    if person is None or page.permission == "public":
        return ""
    fields = [[name, value] for name, values in visit.form.items() if name not in _NOT_SHOWN for value in values]
    return visit.desk.seal.close(KEPT, [person, visit.request.path_qs, fields], _KEPT_S)


def give_back(seal: Seal, text: str, person: PersonId) -> Kept | None:
    """Return what was kept for this person; None for anybody else, and for what is too old."""
    found = seal.open(KEPT, text) if text else None
    if found is None or found[0] != person:
        return None
    return Kept(found[1], tuple((name, value) for name, value in found[2]))


def sign_in_again(visit: Visit, page: Page) -> web.Response:
    """Answer a form whose session is over: sign in, and it comes back."""
    kept = keep(visit, page)
    return visit.page("sign_in.html", status=401, next="/", kept=kept, lapsed=True, refused=None, typed="")


def offer(visit: Visit, page: Page) -> web.Response:
    """Answer a form of an earlier session of the person who is signed in now, or a form of nobody's."""
    if visit.session is not None and _person(visit) == visit.acting.person:
        fields = give_back(visit.desk.seal, keep(visit, page), visit.acting.person)
        return visit.page("resume.html", kept=fields)
    return visit.page("stale_form.html", status=403)


def _person(visit: Visit) -> PersonId | None:
    found = visit.desk.seal.open(_WHOSE, visit.field(csrf.FIELD).partition(".")[2])
    return PersonId(found) if isinstance(found, str) else None
