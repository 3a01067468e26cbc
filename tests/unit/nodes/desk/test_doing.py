"""Who a visit is written down as."""

import pytest

from nodes.desk.doing import doer_of, for_reason
from nodes.gateway.deeds import ITSELF, REASONS, Door
from nodes.gateway.journal import acting_as, doer_now
from nodes.people.acting import Acting, PersonId
from nodes.people.roles import Role

REASON = {
    Role.DUTY_OFFICER: "on-duty",
    Role.SUPERVISOR: "supervision",
    Role.PROTECTION_OFFICER: "oversight",
    Role.AUDITOR: "oversight",
}


@pytest.mark.parametrize("role", list(Role))
def test_the_person_is_named_by_id_with_roles_and_the_reason_of_the_role(role: Role) -> None:
    doer = doer_of(Acting(PersonId("p-1"), "Mira Petrova", frozenset({role})))
    assert (doer.who, doer.door, doer.roles) == ("p-1", Door.DESK, (role.value,))
    assert doer.reason == REASON.get(role, "own-case")
    assert doer.reason in REASONS


def test_somebody_with_several_roles_has_the_reason_that_needs_the_most_looking_after() -> None:
    both = Acting(PersonId("p-1"), "Mira Petrova", frozenset({Role.SUPERVISOR, Role.DUTY_OFFICER}))
    assert doer_of(both).reason == "supervision"
    assert doer_of(both).roles == ("duty-officer", "supervisor")


def test_nobody_is_the_node_itself() -> None:
    assert doer_of(None) == ITSELF


def test_a_page_may_know_the_reason_better_and_only_inside() -> None:
    officer = doer_of(Acting(PersonId("p-1"), "Mira Petrova", frozenset({Role.CASE_OFFICER})))
    with acting_as(officer):
        with for_reason("break-glass"):
            assert (doer_now().who, doer_now().reason) == ("p-1", "break-glass")
        assert doer_now() == officer
        with pytest.raises(ValueError, match="curiosity"):
            for_reason("curiosity")
    assert doer_now() == ITSELF
