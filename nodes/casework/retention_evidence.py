"""Evidence of an erasure as a document that people and programs can take along: what it says, and its signed bytes."""

from typing import Any

from nodes.casework.retention import ARTICLES, Ground
from nodes.gateway.erasing import Evidence
from protocol.erasure import parse_erasure


def evidence_document(evidence: Evidence) -> dict[str, Any]:
    """Return the evidence in words of codes and ids; ``signed`` is what proves it, in hexadecimal."""
    said = parse_erasure(evidence.raw).erasure
    return {
        "id": evidence.id.hex(),
        "node": said.node,
        "at": said.at,
        "ground": said.ground,
        "article": ARTICLES[Ground(said.ground)] if said.ground in set(Ground) else None,
        "by": said.by,
        "epoch": said.epoch,
        "items": said.items,
        "ids": [each.hex() for each in said.ids],
        "signed": evidence.raw.hex(),
    }
