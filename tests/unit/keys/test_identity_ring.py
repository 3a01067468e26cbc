"""Which of two identities signs: the one the directory names, and the present one while it names neither."""

from keys.identity_ring import IdentityRing
from protocol.ports import IdentityPublic
from tests.simulators.network import identity_of

OLD, NEW, OTHER = identity_of("ana"), identity_of("boris"), identity_of("cveta")


class Named:
    def __init__(self, public: IdentityPublic | None = OLD.public) -> None:
        self.public = public

    def __call__(self) -> IdentityPublic | None:
        return self.public


def test_the_directory_says_who_signs() -> None:
    named = Named()
    ring = IdentityRing(OLD, named)
    ring.prepare(NEW)
    assert ring.signer() is OLD
    named.public = NEW.public
    assert ring.signer() is NEW


def test_the_present_identity_signs_while_the_directory_names_none_that_is_held() -> None:
    for public in (None, OTHER.public):
        ring = IdentityRing(OLD, Named(public))
        ring.prepare(NEW)
        assert ring.signer() is OLD


def test_a_change_begins_and_ends() -> None:
    ring = IdentityRing(OLD, Named())
    assert not ring.changing()
    ring.prepare(OTHER)
    ring.prepare(NEW)
    assert ring.changing()
    ring.settle(NEW)
    assert not ring.changing()
    assert ring.signer() is NEW
    assert repr(ring) == "IdentityRing(1 identities)"
