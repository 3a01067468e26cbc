"""The API against its own description: requests made from it, right ones and wrong ones, to a node that runs.

No answer is a failure of the node, every answer is as described, and what the description forbids is refused.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from nodes.api.type_schemas import components_of
from tests.simulators.api_schema import catalogue, document
from tests.simulators.forge import seal_raw
from tests.simulators.node import MK, RS, TestWorld
from tests.simulators.node_api import Api, api

Operation = APIOperation[Any, Any, Any, Any]
EACH = 2  # requests of each kind for each operation
CATALOGUE = components_of(catalogue()).keys()
PARTS = 4  # tests that share the operations
LINE = 4_000  # characters
ELSEWHERE = frozenset({"/keys/identity", "/keys/tls", "/log/follow"})
"""They ask the hub and end what the other requests need, or have no end (tests/flow/nodes/test_processing_log.py)."""
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
BOUNDS = settings(
    max_examples=EACH,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def described() -> dict[str, Any]:
    """Return the description with documents of any content; the token is sent with each request as it is."""
    found = deepcopy(document())
    del found["security"], found["components"]["securitySchemes"]
    for methods in found["paths"].values():
        for operation in methods.values():
            del operation["security"]
    schemas = found["components"]["schemas"]
    kinds = [each["properties"]["type"]["const"] for each in schemas["Send"].pop("oneOf")]
    schemas["Send"]["properties"]["type"]["enum"] = kinds
    found["components"]["schemas"] = {name: each for name, each in schemas.items() if name not in CATALOGUE}
    return found


def operations(part: int) -> Iterator[Operation]:
    """Yield every fourth operation, from ``part`` on."""
    found = [each.ok() for each in schemathesis.openapi.from_dict(described()).get_all_operations()]
    yield from (each for each in found[part::PARTS] if each.path not in ELSEWHERE)


@dataclass
class Explorer:
    """Asks a running node, and counts how often each status was answered."""

    session: requests.Session
    base: str
    token: str
    statuses: Counter[str] = field(default_factory=Counter)

    def ask(self, operation: Operation, mode: GenerationMode, known: dict[str, str] | None) -> None:
        """Ask one operation in one way; ``known`` is what its path names, anything if None."""
        checks = [*CHECKS, negative_data_rejection] if mode is GenerationMode.NEGATIVE else CHECKS

        @seed(1)
        @BOUNDS
        @given(case=operation.as_strategy(mode, path_parameters=known))
        def hold(case: Case) -> None:
            headers = {"Authorization": f"Bearer {self.token}"}
            response = case.call(base_url=self.base, session=self.session, headers=headers, timeout=30)
            if len(response.request.path_url or "") > LINE:
                return  # no request line at all: the parser answers, before there is an API
            self.statuses[str(response.status_code)] += 1
            case.validate_response(response, checks=checks)

        hold()

    def explore(self, part: int, message: str) -> None:
        """Ask a part of the operations: right requests about anything and about what is here, then wrong ones."""
        for operation in operations(part):
            known = {"id": message} if operation.path.startswith("/messages/{id}") else None
            self.ask(operation, GenerationMode.POSITIVE, None)
            if known is not None:
                self.ask(operation, GenerationMode.POSITIVE, known)
            if operation.body or operation.query:
                self.ask(operation, GenerationMode.NEGATIVE, known)


@pytest.mark.parametrize("part", range(PARTS))
async def test_the_api_is_as_it_describes_itself(world: TestWorld, part: int) -> None:
    message = seal_raw(world, 1)
    world.hub.accept(MK.node, message.encode())
    async with api(world, RS) as node:
        await prepared(node)
        token = node.node.config.api.token.read_text().strip()
        base = f"http://127.0.0.1:{node.node.port}/api/v1"
        with requests.Session() as session:
            session.trust_env = False  # nothing but the loopback
            explorer = Explorer(session, base, token)
            await asyncio.to_thread(explorer.explore, part, message.id.hex())
        statuses = explorer.statuses
        assert {"200", "400", "404"} <= statuses.keys(), statuses
        assert sum(statuses.values()) > len(document()["paths"]) / PARTS * EACH
        assert not [each for each in statuses if each.startswith("5")]
        assert "unexpected" not in node.log.getvalue()


async def prepared(node: Api) -> None:
    """Return when the policy and a message are here."""
    await node.until("/status", lambda found: found["policy"]["here"])
    await node.until("/messages", lambda found: found["messages"])
