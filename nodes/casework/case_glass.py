"""Which cases of others somebody may see now, because he said why and a supervisor will look at it."""

from nodes.casework.case_book import Opened
from nodes.gateway.gateway import Gateway
from nodes.people.acting import Acting
from nodes.people.glass_book import GlassBook


def opened_by(gateway: Gateway) -> Opened:
    """Return the question, answered from the openings of this contact point."""
    book = GlassBook(gateway)

    async def opened(acting: Acting) -> frozenset[bytes]:
        openings, now = await book.openings(), gateway.here.clock()
        named = {each.case for each in openings.all if each.by == acting.person}
        return frozenset(bytes.fromhex(each) for each in named if openings.lets_in(acting.person, each, now))

    return opened
