"""What stands around every page: the contact point, its network, the menu, the languages."""

from collections.abc import Sequence
from dataclasses import dataclass

from nodes.desk.menu import Entry, menu_of
from nodes.desk.page import Page
from nodes.desk.place import practises, trains
from nodes.desk.services import DeskServices
from nodes.desk.texts import LANGUAGES, Speech
from nodes.people.acting import Acting


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the menu as the page shows it."""

    path: str
    words: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The facts of the frame; ``base.html`` reads them as ``frame``."""

    contact_point: str
    network: str
    training: bool
    practice: bool  # whether one click signs in
    menu: tuple[Link, ...]
    language: str
    languages: tuple[tuple[str, str], ...]
    draft: bool
    acting: Acting | None
    path: str


@dataclass(frozen=True, slots=True)
class Framer:
    """Puts the frame around a page."""

    desk: DeskServices
    pages: Sequence[Page]

    def frame(self, acting: Acting | None, speech: Speech, path: str) -> Frame:
        """Return the frame for one visit."""
        here = self.desk.here()
        charter = self.desk.gateway.network.replica.directory.charter
        label = here.label if here is not None else self.desk.gateway.here.node
        return Frame(
            contact_point=label,
            network=self.desk.settings.network_label,
            training=trains(self.desk.settings, charter),
            practice=practises(self.desk.settings, charter),
            menu=tuple(_link(entry, speech, path) for entry in menu_of(self.pages, acting)),
            language=speech.language,
            languages=tuple(LANGUAGES.items()),
            draft=speech.draft,
            acting=acting,
            path=path,
        )


def _link(entry: Entry, speech: Speech, path: str) -> Link:
    current = path == entry.path or path.startswith(f"{entry.path}/")
    return Link(entry.path, speech.find(entry.words), current)
