"""What a message says that brings rows of another's message to a third participant. Pure.

The rows travel as an attachment under their owner's signatures. The message around them names the owner as owner of its
one item, with its codes, its restrictions and the conditions of its consent, so that the rules about what belongs to
others hold here and at whoever receives it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from policies.consent_uses import PASSING_ON, Word
from protocol.catalogue.documents import JSON
from protocol.core import Core
from protocol.ids import NodeId, TypeId

NEWS: Final = TypeId("MT-05/1")
DISCLOSURE: Final = "application/vnd.xb.disclosure"
OWN_PART: Final = "att-00"
"""The attachment that holds the disclosure; files of the disclosed message follow it."""
_FURTHER: Final = "H3"
_GROUNDS: Final = ("prevent", "detect", "investigate")

Say = Callable[[str, Mapping[str, str]], str]
"""From a text id and its values to the sentence in the message's language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What the person who passes something on says of it. ``crime_area`` is the disclosed message's if left out."""

    relevance: str
    crime_area: str | None = None
    serious: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The disclosed message: header, body, short reference, and the owner's grants that let it be passed on.

    ``purpose`` is that for which it is passed on; where it is not the message's own, the rules say what is owed.
    """

    core: Core
    purpose: str
    document: Mapping[str, JSON]
    reference: str
    label: str
    grants: Sequence[Word]
    conditions: Sequence[str]
    special: Sequence[str] = ()  # special categories of data among the rows: they ask for a second person here too


def cover_document(source: Source, cover: Cover, say: Say) -> dict[str, JSON]:
    """Return the body of the message (type MT-05) that brings the rows."""
    core = source.core
    day = datetime.fromtimestamp(core.issued_at, UTC).strftime("%Y-%m-%d")
    named = {"owner": source.label, "reference": source.reference, "date": day}
    item: dict[str, JSON] = {
        "id": "s1",
        "text": say("forward.item", named),
        "evaluation": {"kind": "fact", "source": "X", "information": "4", "as_of": day, "owner": core.sender},
    }
    if source.special:
        item |= {"special_categories": list(source.special), "special_reason": cover.relevance}
    codes: list[JSON] = list(core.handling)
    if codes:
        item["handling"] = codes
    if _FURTHER in codes:
        item["handling_text"] = say("forward.further", named)
    area = cover.crime_area or source.document.get("crime_area")
    document: dict[str, JSON] = {
        "offer_ground": source.purpose if source.purpose in _GROUNDS else "investigate",
        "facts_basis": say("forward.basis", named),
        "relevance": cover.relevance,
        "serious_offence": cover.serious,
        "information": {"statements": [item]},
        "evidence_consent": {"decision": "none"},
        "restrictions": _restrictions(source),
    }
    if area is not None:
        document["crime_area"] = area
    consents: list[JSON] = [
        {"owner": core.sender, "message_id": each.message.hex()} for each in source.grants if each.use == PASSING_ON
    ]
    return document if not consents else document | {"origin_consents": consents}


def _restrictions(source: Source) -> JSON:
    given = source.document.get("restrictions")
    restrictions: dict[str, JSON] = dict(given) if isinstance(given, dict) else {"choice": "codes"}
    if source.conditions:
        text = restrictions.get("text")
        lines = [text] if isinstance(text, str) else []
        restrictions |= {"choice": "further", "text": "\n".join([*lines, *source.conditions])}
    return restrictions


def request_of(source: Source, to: NodeId, document: dict[str, JSON], language: str) -> dict[str, JSON]:
    """Return the request that sends the message, with the disclosed message's own header as its limits."""
    core = source.core
    request: dict[str, JSON] = {
        "type": NEWS,
        "to": [to],
        "channel": core.channel,
        "purpose": source.purpose,
        "language": language,
        "handling": list(core.handling),
        "document": document,
    }
    if core.classification is not None:
        request["classification"] = core.classification
    return request if core.erase_by is None else request | {"erase_by": core.erase_by}
