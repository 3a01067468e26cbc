"""My account: where this person is told of urgent items outside the desk."""

from typing import Final

from aiohttp import web

from nodes.desk.account import ACCOUNT
from nodes.desk.page import Page
from nodes.desk.visit import Visit
from nodes.people.alert_addresses import AlertAddresses
from nodes.people.roles import Permission

ADDRESS: Final = f"{ACCOUNT}/alerts"


async def show(visit: Visit) -> web.StreamResponse:
    """Show the person's own address."""
    address = await AlertAddresses(visit.gateway.store).of(visit.acting.person)
    return visit.page("alert_address.html", address=address, refused=None)


async def save(visit: Visit) -> web.StreamResponse:
    """Keep an address in place of the former one, or none."""
    address = visit.field("address")
    book = AlertAddresses(visit.gateway.store)
    refused = await book.put(visit.acting.person, address, visit.desk.now())
    if refused is not None:
        return visit.page("alert_address.html", status=422, address=address, refused=refused)
    said = visit.text("Alerts go to this address from now on.") if address else visit.text("You get no mail any more.")
    return visit.back_to(ADDRESS, said=said)


PAGES: Final = (
    Page("GET", ADDRESS, Permission.SEE_ALERTS, show),
    Page("POST", ADDRESS, Permission.SEE_ALERTS, save),
)
