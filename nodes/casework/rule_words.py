"""What the words of a rule call participants and codes: their names in the directory and in the catalogue. Pure."""

from nodes.gateway.bundles import Bundle
from policies.explain import Label
from policies.labels import labels_of
from protocol.records import Participant


def rule_label(bundle: Bundle, participants: tuple[Participant, ...], language: str) -> Label:
    """Return what names a value in a rule's sentence; None for a value that is a word already."""
    codes, names = labels_of(bundle.catalogue, language), {str(each.node): each.label for each in participants}

    def label(name: str, code: str) -> str | None:
        return codes(name, code) or names.get(code)

    return label
