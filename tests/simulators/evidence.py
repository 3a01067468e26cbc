"""A police thread that somebody wants to use before a court: Belgrade asked, Skopje answered and decides on consent."""

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

from keys.identity import IdentitySeeds, private_identity
from keys.private_keys import PersonalSeed
from protocol.ids import MessageId, Reference
from protocol.scope import EvidentialUse, Instrument, Scope
from protocol.statement_nodes import PersonBinding
from tests.simulators.network import Member, _seed
from tests.simulators.node import MK, POLICE, RS, TERMS, TestGateway, TestMachine, TestWorld, example

PERSON = Reference(b"decides in tests")
CONDITION = "Only in the case that is named"
LATER = "2030-01-01T00:00:00Z"
TARGET = {"name": "Prosecution", "country": "RS", "node": "rs.prosecution"}
TYPES = ("01", "02", "03", "04", "05", "07", "08", "10", "11", "12", "15")


@dataclass
class Thread:
    """Both contact points with what Belgrade asked and Skopje answered."""

    belgrade: TestGateway
    skopje: TestGateway
    question: MessageId
    answer: MessageId

    async def both(self) -> None:
        """Let everything due pass between them, both ways."""
        await self.belgrade.exchange(self.skopje)
        await self.skopje.exchange(self.belgrade)

    async def ask(self, use: str = "judicial", **target: str) -> MessageId:
        """Belgrade asks Skopje for consent to a use of the answer."""
        document = {
            "phase": "ask",
            "items": [{"message_id": self.answer.hex()}],
            "use": use,
            "target": TARGET | {"purpose": "proceedings"} | target,
            "justification": "The prosecution needs it for the trial that begins in June.",
            "answer_by": LATER,
        }
        asked = await self.belgrade.queue(_control(document, ["mk.ilecu"]))
        await self.both()
        return asked

    async def decide(self, asked: MessageId, phase: str, **changes: Any) -> MessageId:
        """A supervisor in Skopje answers the question."""
        plain: dict[str, Any] = {"phase": phase, "items": [{"message_id": self.answer.hex()}], "use": "judicial"}
        if phase == "grant":
            plain |= {"target": TARGET, "valid_until": LATER, "conditions": [CONDITION]}
        else:
            plain |= {"reason": "The source would be known."}
        request = _control(plain | changes, ["rs.ilecu"], in_reply_to=asked.hex(), sign_as=PERSON.hex())
        decided = await self.skopje.queue(request)
        await self.both()
        return decided


def _control(document: dict[str, Any], to: list[str], **changes: Any) -> dict[str, Any]:
    return {"type": "MT-11/1", "to": to, "document": document, "language": "en", "purpose": "investigate"} | changes


def supervisor(world: TestWorld, member: Member, whose: str = "supervisor") -> TestMachine:
    """Return a member's machine with a supervisor's personal key that the directory knows; each key has one owner."""
    seeds = IdentitySeeds(_seed("ed25519", whose), _seed("mldsa65", whose))
    signer, node, now = private_identity(seeds), world.network.nodes[member.node], world.clock()
    body = PersonBinding(
        node=node.node,
        issued_at=now,
        person=PERSON,
        role="supervisor",
        identity=signer.public,
        not_before=now,
        not_after=now + 400 * 86_400,
    )
    world.network.append(body, node.identity, signer)
    return replace(world.machine(member), people=(PersonalSeed(PERSON, "supervisor", seeds),))


def agree_on_evidence(world: TestWorld, word: EvidentialUse) -> None:
    """Let an agreement say whose word Skopje's state asks for before use in proceedings."""
    scope = Scope(
        instrument=Instrument.BILATERAL,
        types=tuple(f"MT-{each}" for each in TYPES),
        evidence=(word, word),
        languages=(("en", "mk", "sr-Cyrl"), ("en", "mk", "sr-Cyrl", "sr-Latn")),
    )
    world.network.agree(RS.node, MK.node, POLICE, scope=scope, **TERMS["police"])


def answered(*codes: str, **changes: Any) -> dict[str, Any]:
    """Return an answer of Skopje about a vehicle, under handling codes; ``changes`` replace fields of its body."""
    asked = example("MT-03/vehicle-sr-Cyrl", to=["rs.ilecu"])
    document = json.loads(json.dumps(asked["document"]).replace("rs.ilecu", "mk.ilecu"))
    document["evidence_consent"] = {"decision": "none"}
    return asked | {"document": document | changes, "handling": list(codes), "language": "sr-Cyrl"}


@contextlib.asynccontextmanager
async def thread(world: TestWorld, *codes: str, **changes: Any) -> AsyncIterator[Thread]:
    """Run both contact points with a question and its answer under handling codes."""
    async with supervisor(world, MK).running() as skopje, world.machine(RS).running() as belgrade:
        asked = json.dumps(example("MT-01/vehicle-mk")).replace("mk.ilecu", "rs.ilecu")
        question = await belgrade.queue(json.loads(asked) | {"to": ["mk.ilecu"], "language": "mk"})
        await belgrade.exchange(skopje)
        answer = await skopje.queue(answered(*codes, **changes) | {"in_reply_to": question.hex()})
        found = Thread(belgrade, skopje, question, answer)
        await found.both()
        yield found
