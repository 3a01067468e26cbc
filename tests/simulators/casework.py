"""The cases of one node of a simulated network, and the people who work on them."""

from typing import Any

from nodes.casework.case_acts import Act
from nodes.casework.case_approvals import ApprovalBook
from nodes.casework.case_book import CaseBook, CaseFile
from nodes.casework.case_lines import Line
from nodes.casework.case_list import PROGRAM, CaseFilter, Paging
from nodes.casework.case_sync import CaseSync
from nodes.people.acting import Acting, PersonId
from nodes.people.roles import Role
from protocol.ids import MessageId
from tests.simulators.node import TestGateway, example


def person(name: str, *roles: Role) -> Acting:
    return Acting(PersonId(name), name, frozenset(roles))


OFFICER = person("officer", Role.CASE_OFFICER)
OTHER = person("other", Role.CASE_OFFICER)
SUPERVISOR = person("supervisor", Role.SUPERVISOR)
SECOND = person("second", Role.SUPERVISOR)
INVESTIGATOR = person("investigator", Role.INVESTIGATOR)


class Side:
    """One node with its cases."""

    def __init__(self, node: TestGateway) -> None:
        self.node = node
        self.sync = CaseSync(node.gateway)
        self.book = CaseBook(node.gateway, self.sync)
        self.approvals = ApprovalBook(node.gateway)

    async def lines(self, **wanted: Any) -> list[Line]:
        await self.sync.catch_up()
        return list((await self.book.list(PROGRAM, CaseFilter(**wanted), Paging())).lines)

    async def line(self, **wanted: Any) -> Line:
        [found] = await self.lines(**wanted)
        return found

    async def show(self, acting: Acting = OFFICER) -> CaseFile:
        found = await self.book.show(acting, (await self.line()).id)
        assert found is not None
        return found

    async def do(self, acting: Acting, name: str, **more: Any) -> Any:
        seen = more.pop("seen", None)
        line = await self.line() if seen is None else (await self.lines())[0]
        act = Act(name=name, seen=line.last if seen is None else seen, **more)
        return await self.book.act(acting, line.id, act)

    async def done(self, acting: Acting, *names: str, **more: Any) -> CaseFile:
        found = None
        for name in names:
            found = await self.do(acting, name, **more)
            assert isinstance(found, CaseFile), (name, found)
        assert found is not None
        return found


def asking(**changes: Any) -> dict[str, Any]:
    return example("MT-01/vehicle-mk", to=["rs.ilecu"], **changes)


def replying(name: str, message: MessageId, to: str = "mk.ilecu", **body: Any) -> dict[str, Any]:
    found = example(name, to=[to], in_reply_to=message.hex())
    return {**found, "document": {**found["document"], **body}}


def urgent(ground: str = "d", **changes: Any) -> dict[str, Any]:
    """Return the request of ``asking`` as an urgent one."""
    found = asking(urgency="urgent", urgency_ground=ground, **changes)
    reason = "Возилото се очекува на граница во следните часови."
    return found | {"document": found["document"] | {"urgency": {"ground": ground, "reason": reason}}}
