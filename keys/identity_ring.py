"""The signing identities of one party while it changes them: the present one, and the next until it is in force."""

from collections.abc import Callable

from keys.identity import PrivateIdentity
from protocol.ports import IdentityPublic


class IdentityRing:
    """Signs with the identity that the directory names; with the present one while it names none that is held."""

    __slots__ = ("_held", "_named")

    def __init__(self, present: PrivateIdentity, named: Callable[[], IdentityPublic | None]) -> None:
        self._held: tuple[PrivateIdentity, ...] = (present,)
        self._named = named

    def signer(self) -> PrivateIdentity:
        """Return the identity to sign with at this moment; take it once for each object, both halves belong together.

        It is looked up each time: the moment the directory names the next identity, everything is signed with that.
        """
        named = self._named()
        return next((each for each in self._held if each.public == named), self._held[0])

    def changing(self) -> bool:
        """Tell whether a next identity is held that may already be in force where it is asked for."""
        return len(self._held) > 1

    def prepare(self, coming: PrivateIdentity) -> None:
        """Hold the next identity too, in the place of an earlier one that never came into force."""
        self._held = (self._held[0], coming)

    def settle(self, present: PrivateIdentity) -> None:
        """Hold only this one from now on."""
        self._held = (present,)

    def __repr__(self) -> str:
        return f"IdentityRing({len(self._held)} identities)"
