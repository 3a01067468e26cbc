"""Codes of the network's catalogue in the words of the visitor's language."""

from nodes.desk.visit import Visit
from protocol.ids import TypeId


class CodeWords:
    """Puts codes in words, for a template; the code itself while there is no catalogue."""

    def __init__(self, visit: Visit) -> None:
        bundle = visit.gateway.network.replica.bundle
        self._catalogue = None if bundle is None else bundle.catalogue
        self._language = visit.language

    def __call__(self, name: str, code: str) -> str:
        """Return what a code of a code list says."""
        return code if self._catalogue is None else self._catalogue.code(name, code, self._language)

    def title(self, type_id: str) -> str:
        """Return a message type by its number and title."""
        known = None if self._catalogue is None else self._catalogue.types.get(TypeId(type_id))
        family = type_id.partition("/")[0]
        if self._catalogue is None or known is None:
            return family
        return f"{family} {self._catalogue.text(known.title, self._language)}"
