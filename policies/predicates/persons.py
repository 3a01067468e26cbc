"""Persons and their data: a role for each, categories that the role permits, and a header that tells the truth."""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.facts import InnerFacts, OuterFacts
from policies.predicates.values import carries_personal_data, listed, refuse
from policies.registry import NONE, REFUSED, Nothing, Objections, inner, outer


@dataclass(frozen=True, slots=True)
class PersonRoles:
    """Roles of the persons a message is about."""

    roles: frozenset[str]


@outer(75, "person-roles", PersonRoles, ("roles",))
def person_roles(facts: OuterFacts, known: PersonRoles) -> Objections:
    """Each role in the header is one that the channel knows."""
    beyond = frozenset(facts.header.person_roles) - known.roles
    return (refuse(roles=listed(beyond)),) if beyond else NONE


@dataclass(frozen=True, slots=True)
class RoleCategories:
    """Which data categories each role permits, and which may also stand outside persons."""

    roles: Mapping[str, frozenset[str]]
    things: frozenset[str]


@outer(76, "categories-of-roles", RoleCategories, ("categories",))
def categories_of_roles(facts: OuterFacts, table: RoleCategories) -> Objections:
    """Each data category in the header is permitted for a role in the header, or outside persons."""
    permitted = table.things.union(*(_permitted(table, each) for each in facts.header.person_roles))
    beyond = frozenset(facts.header.data_categories) - permitted
    return (refuse(categories=listed(beyond)),) if beyond else NONE


@inner(77, "content-categories-of-roles", RoleCategories, ("categories",))
def content_categories_of_roles(facts: InnerFacts, table: RoleCategories) -> Objections:
    """Each data category inside a person is permitted for that person's role, each other one outside persons."""
    inside = facts.content.role_categories
    beyond = {category for role, category in inside if category not in _permitted(table, role)}
    beyond |= facts.content.data_categories - {category for _, category in inside} - table.things
    return (refuse(categories=listed(beyond)),) if beyond else NONE


def _permitted(table: RoleCategories, role: str) -> frozenset[str]:
    return table.roles.get(role, frozenset())


@inner(78, "role-for-every-person", Nothing, ("persons",))
def role_for_every_person(facts: InnerFacts, _: Nothing) -> Objections:
    """Every person inside has a role."""
    without = facts.content.persons_without_role
    return (refuse(persons=str(without)),) if without else NONE


@inner(79, "header-tells-content", Nothing, ("roles", "categories"))
def header_tells_content(facts: InnerFacts, _: Nothing) -> Objections:
    """The header names exactly the roles and categories that are inside, since the hub decides by them."""
    header = facts.outer.header
    roles = facts.content.person_roles.symmetric_difference(header.person_roles)
    categories = facts.content.data_categories.symmetric_difference(header.data_categories)
    if not roles and not categories:
        return NONE
    return (refuse(roles=listed(roles), categories=listed(categories)),)


@inner(80, "personal-data-declared", Nothing)
def personal_data_declared(facts: InnerFacts, _: Nothing) -> Objections:
    """A message with personal data inside shows outside that it has some, so that the hub's rules apply."""
    return REFUSED if facts.content.personal_data and not carries_personal_data(facts.outer.header) else NONE


@inner(81, "no-personal-data", Nothing)
def no_personal_data(facts: InnerFacts, _: Nothing) -> Objections:
    """There are no personal data inside."""
    return REFUSED if facts.content.personal_data else NONE


@inner(82, "no-victim-identity", Nothing)
def no_victim_identity(facts: InnerFacts, _: Nothing) -> Objections:
    """Nothing inside says who a victim is."""
    return REFUSED if facts.content.victim_identity else NONE
