"""Who may write what, the lane of the answered request included."""

import pytest

from nodes.casework.screening import Lane
from nodes.casework.writing_rights import NO_RIGHT, NOT_GREEN, NotYours, family_of, why_not
from nodes.people.acting import Acting, PersonId
from nodes.people.roles import Role
from protocol.ids import TypeId


@pytest.mark.parametrize(
    ("role", "type_", "lane", "denied"),
    [
        (Role.DUTY_OFFICER, "MT-01/1", None, None),
        (Role.DUTY_OFFICER, "MT-02/1", None, None),
        (Role.DUTY_OFFICER, "MT-03/1", Lane.GREEN, None),
        (Role.DUTY_OFFICER, "MT-04/1", Lane.AMBER, NOT_GREEN),
        (Role.DUTY_OFFICER, "MT-03/1", None, NOT_GREEN),
        (Role.DUTY_OFFICER, "MT-09/1", Lane.GREEN, NO_RIGHT),
        (Role.DUTY_OFFICER, "MT-12/1", None, NO_RIGHT),
        (Role.CASE_OFFICER, "MT-03/1", Lane.RED, None),
        (Role.CASE_OFFICER, "MT-10/1", None, NO_RIGHT),
        (Role.SUPERVISOR, "MT-10/1", Lane.RED, None),
        (Role.SUPERVISOR, "MT-R1/1", None, NO_RIGHT),
        (Role.INVESTIGATOR, "MT-01/1", None, NO_RIGHT),
        (Role.AUDITOR, "MT-03/1", Lane.GREEN, NO_RIGHT),
    ],
)
def test_rights(role: Role, type_: str, lane: Lane | None, denied: NotYours | None) -> None:
    acting = Acting(PersonId("p"), "P", frozenset({role}))
    assert why_not(acting, TypeId(type_), lane) == denied


def test_a_family_has_no_version() -> None:
    assert family_of(TypeId("MT-01/2")) == "MT-01"
