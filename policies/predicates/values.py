"""How a value of a message may appear in a finding: as a short code, never as whatever somebody typed."""

import re
from collections.abc import Iterable
from typing import Final

from policies.header import Header
from policies.registry import Objection
from protocol.ids import NodeId

UNREADABLE: Final = "?"
NONE_GIVEN: Final = "-"
_CODE = re.compile(r"[A-Za-z0-9/][\w.:/+-]{0,47}", re.ASCII)
_SHOWN: Final = 8


def shown(value: str | None) -> str:
    """Return ``value`` when it is a short code, ``-`` for nothing, ``?`` for anything else."""
    if not value:
        return NONE_GIVEN
    return value if _CODE.fullmatch(value) else UNREADABLE


def listed(values: Iterable[str]) -> str:
    """Return at most eight codes, ascending, with the number of those left out."""
    ordered = sorted({shown(each) for each in values})
    rest = len(ordered) - _SHOWN
    return ", ".join(ordered[:_SHOWN]) + (f" +{rest}" if rest > 0 else "") or NONE_GIVEN


def refuse(recipient: NodeId | None = None, **says: str) -> Objection:
    """Return an objection that names ``says`` in its sentence."""
    return Objection(tuple(says.items()), recipient)


def carries_personal_data(header: Header) -> bool:
    """Return whether the header itself says that a person's data are inside; a date of erasure says so too."""
    return header.erase_by is not None or needs_erasure(header)


def needs_erasure(header: Header) -> bool:
    """Return whether the header names roles, categories, consents or an identity, and so needs a date of erasure."""
    return bool(header.person_roles or header.data_categories or header.identity or header.consents)
