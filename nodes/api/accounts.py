"""Accounts over the API, for the operator at the node: list them, invite, end, reset, and be the second person.

Whoever holds the token of the API acts as the console here, never as a person of the contact point. ``people`` is what
the personal signing keys of this node are listed under; an account is somebody who signs in to the desk.
"""

from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from nodes.api.problems import ApiProblem, Refusing, bad_request, not_found, respond
from nodes.api.route import ONCE, Route, Scope
from nodes.api.services import SERVICES, read_object
from nodes.api.shapes.accounts import Account, AccountRows, FirstLink, Invite, InvitedAccount, ProposalNumber, WhyAsked
from nodes.people import refusals
from nodes.people.acting import PersonId
from nodes.people.changes import Change
from nodes.people.invitations import Invitations, Invited
from nodes.people.people_book import PeopleBook
from nodes.people.person import Details, Kind, PersonRecord
from nodes.people.refusals import NotDone
from nodes.people.roles import Role
from protocol.catalogue.documents import JSON
from runtime.http import LIFECYCLE

Json = dict[str, Any]
_NEW: Final = frozenset({"name", "sign_in", "roles", "units", "languages", "why"})
_LONGEST: Final = 200
_MOST: Final = 20
_ACTS: Final = {"end": Kind.ENDED, "reset": Kind.RESET}


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of the desk; None of it is there while the desk is off."""

    book: PeopleBook
    invitations: Invitations


ACCOUNTS: Final = web.AppKey("accounts", Accounts)


async def index(request: web.Request) -> web.Response:
    """List every account that ever was."""
    people = await _kept(request).book.all()
    return respond({"accounts": [_account(request, each) for each in people.values()]})


async def invite(request: web.Request) -> web.Response:
    """Make an account and its link: 201. The link is shown this once."""
    body = await read_object(request)
    if not body.keys() <= _NEW:
        raise Refusing(bad_request("an account has name, sign_in, roles, units, languages and a reason why"))
    try:
        roles = frozenset(Role(each) for each in _texts(body, "roles"))
    except ValueError:
        raise Refusing(bad_request(f"roles are some of {', '.join(Role)}")) from None
    new = Details(
        name=_text(body, "name").strip(),
        sign_in=_text(body, "sign_in").strip(),
        roles=roles,
        units=_texts(body, "units"),
        languages=_texts(body, "languages"),
    )
    found = await request.app[LIFECYCLE].keep(_kept(request).invitations.invite(new, _text(body, "why"), None))
    return _invited(request, found, 201)


async def first(request: web.Request) -> web.Response:
    """Make the link for the first administrator anew; refused once somebody has joined."""
    found = await request.app[LIFECYCLE].keep(_kept(request).invitations.first())
    if found is None:
        raise Refusing(_problem(refusals.JOINED_BEFORE))
    return respond({"link": found}, 201)


async def link(request: web.Request) -> web.Response:
    """Make a new link for somebody who has not joined, or was reset; the former one ends."""
    found = await request.app[LIFECYCLE].keep(_kept(request).invitations.again(_person(request), None))
    return _invited(request, found, 201)


async def act(request: web.Request) -> web.Response:
    """End an account, or reset how somebody signs in; the answer tells whether a second person has to confirm."""
    body = await read_object(request)
    if body.keys() != {"why"}:
        raise Refusing(bad_request("give the reason why"))
    change = Change(_person(request), _ACTS[request.path.rpartition("/")[2]], _text(body, "why"))
    return _changed(request, await request.app[LIFECYCLE].keep(_kept(request).book.change(change, None)))


async def settle(request: web.Request) -> web.Response:
    """Do, or give up, what another person asked for; the console is a second person too."""
    body = await read_object(request)
    number = body.get("proposal")
    if body.keys() != {"proposal"} or not isinstance(number, int) or isinstance(number, bool):
        raise Refusing(bad_request("give the number of the proposal"))
    book = _kept(request).book
    step = book.confirm if request.path.endswith("/confirm") else book.drop
    return _changed(request, await request.app[LIFECYCLE].keep(step(_person(request), number, None)))


def _kept(request: web.Request) -> Accounts:
    found = request.app.get(ACCOUNTS)
    if found is None:
        raise Refusing(
            ApiProblem(
                status=409,
                code="DESK_OFF",
                title="This node serves no desk, so it has no accounts.",
                remedy="Set `on = true` under `[desk]` in the settings and start the node again.",
            )
        )
    return found


def _person(request: web.Request) -> PersonId:
    return PersonId(request.match_info["id"])


def _changed(request: web.Request, found: PersonRecord | NotDone) -> web.Response:
    if isinstance(found, NotDone):
        raise Refusing(_problem(found))
    return respond(_account(request, found))


def _invited(request: web.Request, found: Invited | NotDone, status: int) -> web.Response:
    if isinstance(found, NotDone):
        raise Refusing(_problem(found))
    return respond(_account(request, found.record) | {"link": found.link}, status)


def _problem(refused: NotDone) -> ApiProblem:
    if refused is refusals.UNKNOWN_PERSON:
        return not_found()
    fields = [{"path": f"/{refused.field}", "code": refused.code, "sentence": refused.sentence}]
    return ApiProblem(
        status=422,
        code=refused.code,
        title=refused.sentence,
        remedy=refused.remedy,
        fields=fields if refused.field else (),
    )


def _account(request: web.Request, record: PersonRecord) -> Json:
    now = request.app[SERVICES].gateway.here.clock()
    return {
        "id": record.id,
        "name": record.name,
        "sign_in": record.sign_in,
        "roles": sorted(record.roles),
        "units": list(record.units),
        "languages": list(record.languages),
        "standing": record.standing.value,
        "in_force": record.is_in_force(now),
        "starts_at": record.starts_at,
        "ends_at": record.ends_at,
        "signing_key": record.reference or None,
        "waiting": [
            {
                "proposal": each.number,
                "act": each.kind.value,
                "by": each.by,
                "at": each.at,
                "lapses_at": each.lapses_at,
                "why": each.why,
            }
            for each in record.waiting(now)
        ],
    }


def _text(body: dict[str, JSON], name: str) -> str:
    found = body.get(name, "")
    if not isinstance(found, str) or len(found) > _LONGEST:
        raise Refusing(bad_request(f"{name} is a text of up to {_LONGEST} characters"))
    return found


def _texts(body: dict[str, JSON], name: str) -> tuple[str, ...]:
    found = body.get(name, [])
    texts = (
        [each for each in found if isinstance(each, str) and len(each) <= _LONGEST] if isinstance(found, list) else []
    )
    if not isinstance(found, list) or len(texts) != len(found) or len(found) > _MOST:
        raise Refusing(bad_request(f"{name} is a list of up to {_MOST} texts"))
    return tuple(texts)


ROUTES: Final = (
    Route(method="GET", path="/accounts", answer=index, scope=Scope.OWNER, gives={200: AccountRows}),
    # No keys for repeating where a link is answered: it is shown once and kept nowhere.
    Route(method="POST", path="/accounts", answer=invite, scope=Scope.OWNER, takes=Invite, gives={201: InvitedAccount}),
    Route(method="POST", path="/accounts/first", answer=first, scope=Scope.OWNER, gives={201: FirstLink}),
    Route(method="POST", path="/accounts/{id}/link", answer=link, scope=Scope.OWNER, gives={201: InvitedAccount}),
    Route(
        method="POST",
        path="/accounts/{id}/end",
        answer=act,
        scope=Scope.OWNER,
        takes=WhyAsked,
        gives={200: Account},
        once=ONCE,
    ),
    Route(
        method="POST",
        path="/accounts/{id}/reset",
        answer=act,
        scope=Scope.OWNER,
        takes=WhyAsked,
        gives={200: Account},
        once=ONCE,
    ),
    Route(
        method="POST",
        path="/accounts/{id}/confirm",
        answer=settle,
        scope=Scope.OWNER,
        takes=ProposalNumber,
        gives={200: Account},
        once=ONCE,
    ),
    Route(
        method="POST",
        path="/accounts/{id}/drop",
        answer=settle,
        scope=Scope.OWNER,
        takes=ProposalNumber,
        gives={200: Account},
        once=ONCE,
    ),
)
