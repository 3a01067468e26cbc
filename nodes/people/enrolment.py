"""Checks a new way to sign in before it is stored: a passphrase with the first code of its secret, or a passkey."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from nodes.gateway.gateway import Gateway
from nodes.people import refusals
from nodes.people.acting import PersonId
from nodes.people.challenges import Challenges
from nodes.people.codes import DIGITS, SECRET, STEP_S, accepted_step, secret_text
from nodes.people.factor_store import Kept, NewFactor, passkey_tag
from nodes.people.factors import Factor, NewSecret, PasskeyFactor, PassphraseFactor, Site, Way
from nodes.people.passphrases import SALT, Work, digest, refuse_passphrase
from nodes.people.refusals import NotDone

if TYPE_CHECKING:  # read when the first passkey is asked for: a node without a desk never needs what it brings
    from nodes.people.passkeys import Passkeys

_LABEL: Final = 60  # characters


@dataclass(frozen=True, slots=True)
class Candidate:
    """Whose new way to sign in it is; the names are those that a passphrase may not hold."""

    person: PersonId
    name: str
    sign_in: str


class Enrolment:
    """Offers and checks new ways to sign in. Nothing is stored here."""

    def __init__(self, gateway: Gateway, site: Site, work: Work) -> None:
        self._gateway = gateway
        self._site = site
        self._work = work
        self._passkeys = passkeys_of(gateway, site)

    def secret(self, occasion: str) -> bytes:
        """Return the secret of an occasion: random to everybody else, and the same each time the form is shown."""
        search = self._gateway.store.search
        return b"".join(search.tag(f"people:codes:{half}:{occasion}") for half in range(2))[:SECRET]

    def new_secret(self, occasion: str, sign_in: str) -> NewSecret:
        """Return the secret as an authenticator takes it."""
        secret = self.secret(occasion)
        return NewSecret(secret_text(secret), address_of(secret, sign_in, self._site.name))

    def passkey_options(self, who: Candidate, known: tuple[bytes, ...] = ()) -> str:
        """Return the options for a new passkey as JSON."""
        return self._passkeys.registration(who.person, who.sign_in or who.name, known)

    async def check(self, who: Candidate, factor: Factor, occasion: str) -> NewFactor | NotDone:
        """Return the way to sign in as it is to be stored, or why it is not taken."""
        if isinstance(factor, PasskeyFactor):
            return await asyncio.to_thread(self._passkey, who, factor)
        return await self._passphrase(who, factor, self.secret(occasion))

    async def _passphrase(self, who: Candidate, factor: PassphraseFactor, secret: bytes) -> NewFactor | NotDone:
        refused = refuse_passphrase(factor.passphrase, (who.name, who.sign_in))
        if refused is not None:
            return refused
        here = self._gateway.here
        step = accepted_step(secret, factor.code, here.clock(), 0)
        if step is None:
            return refusals.WRONG_CODE
        kept = await asyncio.to_thread(digest, factor.passphrase, here.entropy(SALT), self._work)
        return NewFactor(Way.PASSPHRASE, Kept(digest=kept, secret=secret), step)

    def _passkey(self, who: Candidate, factor: PasskeyFactor) -> NewFactor | NotDone:
        found = self._passkeys.register(who.person, factor.response)
        if found is None:
            return refusals.PASSKEY_NOT_ADDED
        kept = Kept(label=factor.label.strip()[:_LABEL], key=found.key, id=found.id)
        tag = passkey_tag(self._gateway.store.search, found.id)
        return NewFactor(Way.PASSKEY, kept, found.counter, tag, found.challenge)


def address_of(secret: bytes, name: str, issuer: str) -> str:
    """Return the otpauth address that an authenticator scans."""
    label = f"{quote(issuer, safe='')}:{quote(name, safe='')}"
    given = f"secret={secret_text(secret)}&issuer={quote(issuer, safe='')}"
    return f"otpauth://totp/{label}?{given}&algorithm=SHA1&digits={DIGITS}&period={STEP_S}"


def passkeys_of(gateway: Gateway, site: Site) -> "Passkeys":
    """Return the passkey ceremonies of this node."""
    from nodes.people.passkeys import Passkeys  # noqa: PLC0415 - see above

    return Passkeys(site, Challenges(gateway.here, gateway.store.search))
