"""The person behind an act, as every later step is given it. Pure."""

from dataclasses import dataclass, field
from typing import NewType

from nodes.people.roles import Permission, Role, permissions
from protocol.ids import REFERENCE_SIZE

PersonId = NewType("PersonId", str)
"""How a node names a person inside: a random id, never a name; it leaves the node only as a personal reference."""


def raw_id(person: PersonId) -> bytes | None:
    """Return a person's id as bytes; None for one that an early release named otherwise."""
    try:
        raw = bytes.fromhex(person)
    except ValueError:
        return None
    return raw if len(raw) == REFERENCE_SIZE else None


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody who has signed in: the roles in force at this moment, and the language in which pages speak."""

    person: PersonId
    name: str
    roles: frozenset[Role]
    language: str = "en"
    permissions: frozenset[Permission] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "permissions", permissions(self.roles))

    def may(self, permission: Permission) -> bool:
        """Tell whether one of the roles gives the permission and none takes it away."""
        return permission in self.permissions
