"""What the address of a list of cases asks for: every filter stands in it, so a list can be kept and sent on. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from nodes.casework.case_list import CaseFilter, Order, Paging
from nodes.casework.machine import Stand
from nodes.casework.screening import Lane
from nodes.desk.texts import sentence
from nodes.people.acting import PersonId
from protocol.errors import Malformed
from protocol.ids import NodeId, parse_node_id

OPEN: Final = "open"
SHOWN: Final[Mapping[str, str]] = {
    OPEN: sentence("Everything open"),
    "ours": sentence("Ours to do"),
    "theirs": sentence("Others to do"),
    "mine": sentence("My cases"),
    "nobody": sentence("Assigned to nobody"),
    "held": sentence("Held by a rule"),
    "check": sentence("Waiting for a second person"),
    "review": sentence("Review due"),
    "closed": sentence("Concluded"),
    "all": sentence("All"),
}
KINDS: Final[Mapping[str, str]] = {
    "": sentence("Any kind"),
    "MT-01": sentence("Requests"),
    "MT-05": sentence("Information"),
    "MT-11": sentence("Questions for consent"),
    "MT-12": sentence("Corrections"),
}
ORDERS: Final[Mapping[Order, str]] = {
    Order.UPDATED: sentence("Latest change first"),
    Order.DUE: sentence("Due soonest first"),
    Order.AWAITED: sentence("Awaited soonest first"),
}
_LIVE: Final = (Stand.OURS, Stand.THEIRS)
_LONGEST: Final = 200  # characters of a search
_FIELDS: Final = ("q", "show", "partner", "kind", "lane", "urgent", "order")
_DIGITS: Final = 15


@dataclass(frozen=True, slots=True)
class Asked:
    """A list as its address asks for it. ``values`` are the filters as the form shows them."""

    values: Mapping[str, str]
    person: PersonId
    after: tuple[int, int] | None

    @property
    def order(self) -> Order:
        """What comes first."""
        return Order(self.values["order"])

    @property
    def narrowed(self) -> bool:
        """Whether anything but the usual list is asked for."""
        return any(value for name, value in self.values.items() if name not in ("show", "order")) or (
            self.values["show"] != OPEN
        )

    def filter(self) -> CaseFilter:
        """Return the filter."""
        partner, lane = self.values["partner"], self.values["lane"]
        return CaseFilter(
            stands=_STANDS.get(self.values["show"], ()),
            states=(self.values["show"],) if self.values["show"] in ("check", "review") else (),
            partners=(NodeId(partner),) if partner else None,
            families=(self.values["kind"],) if self.values["kind"] else (),
            lane=Lane(lane) if lane else None,
            urgent=True if self.values["urgent"] else None,
            held=True if self.values["show"] == "held" else None,
            assignee={"mine": str(self.person), "nobody": ""}.get(self.values["show"]),
            words=self.values["q"],
        )

    def paging(self, limit: int) -> Paging:
        """Return which page is asked for."""
        return Paging(limit, self.after, self.order)

    def address(self, path: str, after: tuple[int, int] | None = None) -> str:
        """Return the address of this list, or of the page after a key."""
        usual = {"show": OPEN, "order": Order.UPDATED.value}
        named = {name: value for name, value in self.values.items() if value and value != usual.get(name)}
        if after is not None:
            named["after"] = f"{after[0]}.{after[1]}"
        return f"{path}?{urlencode(named)}" if named else path


_STANDS: Final[Mapping[str, tuple[Stand, ...]]] = {
    OPEN: _LIVE,
    "ours": (Stand.OURS,),
    "theirs": (Stand.THEIRS,),
    "mine": _LIVE,
    "nobody": _LIVE,
    "closed": (Stand.RESTING, Stand.OVER),
}


def read_query(query: Mapping[str, str], person: PersonId) -> Asked:
    """Return what an address asks for; what nobody offers is left out."""
    values = {name: query.get(name, "").strip() for name in _FIELDS}
    values["q"] = values["q"][:_LONGEST]
    values["show"] = values["show"] if values["show"] in SHOWN else OPEN
    values["kind"] = values["kind"] if values["kind"] in KINDS else ""
    values["lane"] = values["lane"] if values["lane"] in set(Lane) else ""
    values["urgent"] = "yes" if values["urgent"] else ""
    values["order"] = values["order"] if values["order"] in set(Order) else Order.UPDATED.value
    values["partner"] = _node(values["partner"])
    return Asked(values, person, _key(query.get("after", "")))


def _node(text: str) -> str:
    try:
        return parse_node_id(text)
    except Malformed:
        return ""


def _key(text: str) -> tuple[int, int] | None:
    parts = text.split(".")
    if len(parts) != len(("value", "number")) or not all(_is_number(each) for each in parts):
        return None
    return int(parts[0]), int(parts[1])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS
