"""The menu: in the order in which people meet it, each entry with the page it opens. Unfinished pages are not in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from nodes.desk.page import Page
from nodes.desk.texts import sentence
from nodes.people.acting import Acting


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: the path of a GET page without places, and its English words."""

    path: str
    words: str


MENU: Final = (
    Entry("/today", sentence("Today")),
    Entry("/cases", sentence("Cases")),
    Entry("/compose", sentence("Write")),
    Entry("/approvals", sentence("Approvals")),
    Entry("/directory", sentence("Directory")),
    Entry("/log", sentence("Processing log")),
    Entry("/proofs", sentence("Proofs")),
    Entry("/statistics", sentence("Statistics")),
    Entry("/duty", sentence("Duty roster")),
    Entry("/reviews", sentence("Reviews")),
    Entry("/people", sentence("People")),
)


def menu_of(pages: Sequence[Page], acting: Acting | None) -> Iterator[Entry]:
    """Yield the entries that lead to a page which is there and which this person may open."""
    open_ = {page.path for page in pages if page.method == "GET" and acting is not None and page.is_open_to(acting)}
    yield from (entry for entry in MENU if entry.path in open_)
