"""Cases: the line by which each is found, and what happened in one. Nothing of what messages or people say."""

from typing import TypedDict

from nodes.api.shapes.common import At, Count, Digest, NodeName, Ref
from nodes.casework.machine import Signal, Stand
from nodes.casework.screening import Lane


class CaseLine(TypedDict):
    """One case. ``due_at`` is what this node owes next, ``awaited_at`` what others owe it next."""

    id: Ref
    machine: str
    mine: bool
    type: str
    message: Digest | None
    reference: str | None
    partners: list[NodeName]
    state: str
    stand: Stand
    lane: Lane | None
    urgent: bool
    held: bool
    assignee: str | None
    last: Count
    due_at: At | None
    awaited_at: At | None
    rests: bool
    review_at: At | None
    opened_at: At
    updated_at: At


class CaseLines(TypedDict):
    """A page of cases; ``next`` is the ``after`` of the following one."""

    now: At
    cases: list[CaseLine]
    next: str | None


class CaseEvent(TypedDict):
    """One entry: what happened, who did it or which signal the system learned, and the states before and after."""

    number: Count
    at: At
    name: str
    signal: Signal | None
    who: str | None
    to: str | None
    message: Digest | None
    node: NodeName | None
    before: str
    after: str


class OneCase(CaseLine):
    """One case with its entries, the first one first."""

    now: At
    events: list[CaseEvent]
