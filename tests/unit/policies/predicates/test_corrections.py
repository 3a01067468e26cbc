"""Only the sender of data corrects them, holders pass it on, and what is restricted is left alone."""

from dataclasses import replace

import pytest

from policies.facts import Citation, Disclosed, InnerFacts, Use
from policies.predicates.corrections import Lists, owner_corrects, unrestricted
from policies.registry import NONE, REFUSED, Nothing
from protocol.ids import NodeId
from tests.simulators.policies import shipped_cases

LISTS = Lists(frozenset({"/items", "/changes"}))
SENDER, OTHER = NodeId("ilecu.aa"), NodeId("ilecu.bb")


def notice(*named: Citation) -> InnerFacts:
    found = next(case.facts for case in shipped_cases("police") if case.facts.outer.header.type == "MT-12/1")
    assert found.outer.header.sender == SENDER
    return replace(found, citations=named, disclosed=None)


def about(owner: NodeId | None, path: str = "/items/0/message_id", *, corrected: bool = False) -> Citation:
    return Citation(path=path, owner=owner, corrected=corrected)


@pytest.mark.parametrize(
    ("named", "allowed"),
    [
        ((), True),
        ((about(SENDER),), True),
        ((about(None),), True),
        ((about(OTHER),), False),
        ((about(SENDER), about(OTHER, "/changes/0/message_id")), False),
        ((about(OTHER, corrected=True),), True),
        ((about(OTHER, "/elsewhere/0"),), True),
        ((about(OTHER, "/itemsandmore"),), True),
    ],
)
def test_who_corrects(named: tuple[Citation, ...], allowed: bool) -> None:
    assert owner_corrects.bind(LISTS)(notice(*named)) == (NONE if allowed else REFUSED)


@pytest.mark.parametrize(
    ("quoted", "restricted", "allowed"), [(True, True, False), (True, False, True), (False, True, True)]
)
def test_what_is_restricted_is_not_quoted(quoted: bool, restricted: bool, allowed: bool) -> None:
    named = Citation(path="/x", owner=OTHER, quoted=quoted, restricted=restricted)
    assert unrestricted.bind(Nothing())(notice(named)) == (NONE if allowed else REFUSED)


@pytest.mark.parametrize("use", list(Use))
def test_what_is_restricted_is_put_to_no_use_and_read_with_a_reason(use: Use) -> None:
    free = Disclosed(part="body", owner=OTHER, use=use)
    assert unrestricted.bind(Nothing())(replace(notice(), disclosed=free)) == NONE
    held = replace(free, restricted=True)
    assert unrestricted.bind(Nothing())(replace(notice(), disclosed=held)) == REFUSED
    excepted = NONE if use is Use.READ else REFUSED
    assert unrestricted.bind(Nothing())(replace(notice(), disclosed=replace(held, despite=True))) == excepted
