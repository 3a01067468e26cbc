"""What this node does and found as a witness."""

from typing import TypedDict

from nodes.api.shapes.common import At, Bytes64, Count
from nodes.gateway.witness_rules import Finding


class WitnessHead(TypedDict):
    """The last checkpoint of a log under this node's name."""

    log: str
    size: Count
    time: At
    checkpoint: Bytes64


class FindingRow(TypedDict):
    """Two signed objects of the hub that cannot both be honest; `before` is null where one alone says it."""

    number: Count
    code: Finding
    log: str
    at: At
    before: Bytes64 | None
    now: Bytes64
    more: list[Bytes64]


class Witnessing(TypedDict):
    """The checkpoints this node cosigned last, and what it found, the newest first."""

    heads: list[WitnessHead]
    findings: list[FindingRow]
