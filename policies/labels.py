"""Words of the message catalogue for the codes in findings, in the reader's language."""

from collections.abc import Mapping
from typing import Final

from policies.explain import Label
from protocol.catalogue.types import Catalogue

_LISTS: Final[Mapping[str, tuple[str, ...]]] = {
    "categories": ("data_category", "special_category"),
    "category": ("data_category",),
    "channel": ("channel",),
    "code": ("handling",),
    "codes": ("handling",),
    "ground": ("urgency_ground", "rogatory_urgency"),
    "kind": ("node_kind",),
    "language": ("language",),
    "level": ("classification",),
    "purpose": ("purpose",),
    "roles": ("person_role",),
    "urgency": ("urgency",),
}
"""Parameter of a finding -> the code lists that may know its value."""


def labels_of(catalogue: Catalogue, language: str) -> Label:
    """Return the label function of ``explain`` for one language. Codes that no list knows have no label."""

    def label(name: str, code: str) -> str | None:
        for each in _LISTS.get(name, ()):
            known = catalogue.code_lists.get(each)
            if known is not None and code in known.entries:
                return catalogue.code(each, code, language)
        return None

    return label
