"""Accounts of the desk, and tokens of programs."""

from typing import Annotated, NotRequired, TypedDict

from msgspec import Meta

from nodes.api.route import Scope
from nodes.api.shapes.common import At, Count
from nodes.people.roles import Role

Short = Annotated[str, Meta(max_length=200)]


class Invite(TypedDict):
    """A new account."""

    name: NotRequired[Short]
    sign_in: NotRequired[Short]
    roles: NotRequired[list[Role]]
    units: NotRequired[list[Short]]
    languages: NotRequired[list[Short]]
    why: NotRequired[Short]


class Proposal(TypedDict):
    """An act that waits for a second person."""

    proposal: Count
    act: str
    by: str | None
    at: At
    lapses_at: At
    why: str


class Account(TypedDict):
    """An account of the desk."""

    id: str
    name: str
    sign_in: str
    roles: list[Role]
    units: list[str]
    languages: list[str]
    standing: str
    in_force: bool
    starts_at: At | None
    ends_at: At | None
    signing_key: str | None
    waiting: list[Proposal]


class AccountRows(TypedDict):
    """Every account that ever was."""

    accounts: list[Account]


class InvitedAccount(Account):
    """An account with its link, which is shown this once."""

    link: str


class FirstLink(TypedDict):
    """The link for the first administrator."""

    link: str


class WhyAsked(TypedDict):
    """The reason."""

    why: Short


class ProposalNumber(TypedDict):
    """Which proposal."""

    proposal: int


class NewToken(TypedDict):
    """A further token: for what, called how, for how many days."""

    label: Annotated[str, Meta(min_length=1, max_length=80)]
    scopes: Annotated[list[Scope], Meta(min_length=1)]
    days: Annotated[int, Meta(ge=1, le=366)]


class TokenRow(TypedDict):
    """A token, without what it is shown by."""

    number: Count
    label: str
    scopes: list[Scope]
    made_at: At
    ends_at: At
    ended_at: At | None
    current: bool


class MadeToken(TokenRow):
    """A new token; `token` is shown this once."""

    token: str


class Tokens(TypedDict):
    """Every further token, the newest first."""

    tokens: list[TokenRow]
