"""The people of a simulated contact point: books over a real database, and persons who joined and can sign in."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from nodes.gateway.gateway import Gateway
from nodes.people.acting import Acting, PersonId
from nodes.people.codes import code_at
from nodes.people.factors import NewSecret, PassphraseFactor, Site, Way
from nodes.people.glass_book import GlassBook
from nodes.people.invitations import JOIN, Invitations, Invited
from nodes.people.own_factors import OwnFactors
from nodes.people.passphrases import Work
from nodes.people.people_book import PeopleBook
from nodes.people.person import Details
from nodes.people.refusals import NotDone
from nodes.people.roles import Role
from nodes.people.roster_book import RosterBook
from nodes.people.sessions import SessionLimits, Sessions, SignedIn
from nodes.people.sign_in import SignIn, Typed

ORIGIN = "https://desk.example.org"
CHEAP = Work(8, 1, 1)
"""Argon2id at its least: what a test asks is whether it is used, not how long it takes."""
PHRASE = "purple kettle seven rivers"
HERE = "192.0.2.7"


def secret_of(secret: NewSecret) -> bytes:
    """Return the bytes of a secret, as an authenticator reads them."""
    import base64

    text = secret.secret
    return base64.b32decode(text + "=" * (-len(text) % 8))


def token_of(link: str) -> str:
    """Return the token in a link."""
    return link.removeprefix(ORIGIN + JOIN)


@dataclass
class Member:
    """Somebody who joined, with what the person knows and has."""

    id: PersonId
    sign_in: str
    secret: bytes = field(repr=False)
    phrase: str = PHRASE


class Staff:
    """The books of one node, and people in them."""

    def __init__(self, gateway: Gateway, limits: SessionLimits | None = None) -> None:
        site = Site(ORIGIN, "Contact point")
        self.gateway = gateway
        self.book = PeopleBook(gateway)
        self.sign_in = SignIn(gateway, self.book, site, CHEAP)
        self.sessions = Sessions(gateway, self.book, limits or SessionLimits())
        self.invitations = Invitations(gateway, self.book, site, CHEAP)
        self.factors = OwnFactors(gateway, self.book, site, CHEAP)
        self.roster = RosterBook(gateway, self.book)
        self.glass = GlassBook(gateway)

    @property
    def now(self) -> int:
        return self.gateway.here.clock()

    async def administrator(self, sign_in: str = "a.first") -> Member:
        """Let the first administrator in by the link of the console."""
        link = await self.invitations.first()
        assert link is not None
        return await self.join(token_of(link), sign_in, Details(name="Ana First", sign_in=sign_in))

    async def invited(self, by: PersonId | None, sign_in: str, roles: Iterable[Role]) -> Invited:
        """Invite somebody who is named after the sign-in name."""
        new = Details(name=sign_in.replace(".", " ").title(), sign_in=sign_in, roles=frozenset(roles))
        found = await self.invitations.invite(new, "starts work", by)
        assert isinstance(found, Invited), found
        return found

    async def member(self, by: PersonId | None, sign_in: str, *roles: Role) -> Member:
        """Invite somebody and let the person join with a passphrase."""
        found = await self.invited(by, sign_in, roles)
        return await self.join(token_of(found.link), sign_in)

    async def join(self, token: str, sign_in: str, first: Details | None = None) -> Member:
        """Join by a link, with passphrase and codes."""
        offered = await self.invitations.new_secret(token)
        assert offered is not None
        secret = secret_of(offered)
        found = await self.invitations.accept(token, PassphraseFactor(PHRASE, code_at(secret, self.now)), first)
        assert not isinstance(found, NotDone), found
        return Member(found, sign_in, secret)

    async def enter(self, who: Member, *, source: str = HERE, **changes: str) -> PersonId | NotDone:
        """Sign in with what the person knows; ``changes`` replace a part of it."""
        given = {"sign_in": who.sign_in, "passphrase": who.phrase, "code": code_at(who.secret, self.now)} | changes
        return await self.sign_in.by_passphrase(Typed(source=source, **given))

    async def live(self, who: Member, way: Way = Way.PASSPHRASE) -> SignedIn:
        """Begin a session of somebody, as after a sign-in, and return it."""
        found = await self.sessions.find(await self.sessions.begin(who.id, way))
        assert found is not None
        return found

    async def acting(self, who: Member) -> Acting:
        """Return the person as one who acts now."""
        found = await self.book.acting(who.id)
        assert found is not None
        return found
