"""The menu: in the order in which people meet it, each entry with the page it opens. Unfinished pages are not in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from nodes.desk.page import Page
from nodes.desk.texts import sentence
from nodes.people.acting import Acting
from nodes.people.roles import Permission


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: the path of a GET page without places, and its English words."""

    path: str
    words: str
    unless: Permission | None = None  # with this one, another entry leads to what the person has here


MENU: Final = (
    Entry("/today", sentence("Today"), Permission.ASK_HERE),
    Entry("/cases", sentence("Cases"), Permission.ASK_HERE),
    Entry("/my-requests", sentence("My requests")),
    Entry("/handed-in", sentence("Asked here")),
    Entry("/compose", sentence("Write")),
    Entry("/approvals", sentence("Approvals")),
    Entry("/corrections", sentence("Corrections")),
    Entry("/directory", sentence("Directory")),
    Entry("/contact-entry", sentence("Our entry")),
    Entry("/log", sentence("Processing log")),
    Entry("/proofs", sentence("Proofs")),
    Entry("/statistics", sentence("Statistics")),
    Entry("/duty", sentence("Duty roster")),
    Entry("/alerts", sentence("Alerts")),
    Entry("/reviews", sentence("Reviews")),
    Entry("/retention", sentence("Keeping and erasing")),
    Entry("/people", sentence("People")),
)


def menu_of(pages: Sequence[Page], acting: Acting | None) -> Iterator[Entry]:
    """Yield the entries that lead to a page which is there and which this person may open."""
    open_ = {page.path for page in pages if page.method == "GET" and acting is not None and page.is_open_to(acting)}
    yield from (entry for entry in MENU if entry.path in open_ and not _replaced(entry, acting))


def _replaced(entry: Entry, acting: Acting | None) -> bool:
    return entry.unless is not None and acting is not None and acting.may(entry.unless)
