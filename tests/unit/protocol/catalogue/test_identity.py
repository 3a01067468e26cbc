"""Who a victim is stands in the identity part only (DP-28): every type of the catalogue is looked through.

Two ways lead to a victim's identity: a field of an object that is always about a victim, and a person whose role is a
value that may say victim. The first must not stand in a body; the second is watched by a rule on every channel.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from protocol.catalogue.content import VALUE, VICTIMS
from protocol.catalogue.field_specs import FieldSpec
from protocol.catalogue.types import Catalogue, MessageType
from protocol.ids import Channel, TypeId
from tests.simulators.policies import shipped_policies

NOT_YET = frozenset({Channel("court-support"), Channel("joint-centre"), Channel("statistics")})
COURTS = frozenset({Channel("rogatory")})
"""A letter rogatory names the parties of its proceedings; that is what it is for."""
WATCHED_BY = frozenset({"no-victim-identity", "no-personal-data"})


@dataclass(frozen=True)
class Seen:
    """A field that identifies somebody, and the role of the person around it (``value`` where the document says)."""

    path: str
    role: str


def identifying(spec: FieldSpec, path: str = "", role: str = "") -> Iterator[Seen]:
    """Yield every identifying field below ``spec``."""
    own = spec.notes.role
    if own and own != VALUE:
        role = own
    if any(each.notes.role == VALUE for each in spec.properties.values()):
        role = VALUE
    if spec.notes.identifying:
        yield Seen(path, role)
    if spec.items is not None:
        yield from identifying(spec.items, f"{path}/*", role)
    for name, each in spec.properties.items():
        yield from identifying(each, f"{path}/{name}", role)


def types() -> list[TypeId]:
    return sorted({each for policy in shipped_policies().channels.values() for each in policy.sets})


def test_no_body_names_whom_it_is_always_about_as_a_victim(catalogue: Catalogue) -> None:
    found = {
        (type_.id, seen.path)
        for type_ in catalogue.types.values()
        for seen in identifying(type_.body_schema.fields)
        if seen.role in VICTIMS
    }
    assert found == set()


def test_an_identity_part_is_about_a_victim_and_names_her(catalogue: Catalogue) -> None:
    with_identity = {type_.id: type_ for type_ in catalogue.types.values() if type_.identity_schema is not None}
    assert set(with_identity) >= {"MT-V1/1", "MT-V9/1"}
    for type_ in with_identity.values():
        assert type_.identity_schema is not None
        assert any(seen.path for seen in identifying(type_.identity_schema.fields)), type_.id
        assert type_.channels <= {Channel("cso"), Channel("police-cso")}, type_.id


@pytest.mark.parametrize("carried", types())
def test_where_a_role_may_say_victim_a_rule_watches(catalogue: Catalogue, carried: TypeId) -> None:
    type_: MessageType = catalogue.type(carried)
    if not [seen for seen in identifying(type_.body_schema.fields) if seen.role == VALUE]:
        return
    for name in sorted(type_.channels - NOT_YET - COURTS):
        policy = shipped_policies().channels[Channel(name)]
        if carried in policy.sets:
            asked = {each.rule.predicate for each in policy.sets[carried].inner}
            assert asked & WATCHED_BY, f"{carried} on {name}"


def test_identity_travels_where_a_consent_is_asked(catalogue: Catalogue) -> None:
    """On each channel a type with an identity part is under a rule of consent, or may not bring that part."""
    for channel, policy in shipped_policies().channels.items():
        for type_id in policy.sets:
            type_ = catalogue.types.get(type_id)
            if type_ is None or type_.identity_schema is None:
                continue
            rules = {each.rule.predicate for each in policy.sets[type_id].inner}
            barred = {
                each.rule.id
                for each in policy.sets[type_id].outer
                if each.rule.predicate == "header-without" and "identity" in str(each.rule.parameters)
            }
            assert rules & {"consent-matrix", "consent-or-vital-interest"} or barred, f"{type_id} on {channel}"
