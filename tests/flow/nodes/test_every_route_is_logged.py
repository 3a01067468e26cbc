"""Every route of the API that gives out what messages or people said leaves an act in the processing log.

A route that is new has to be named here: as one that is watched, or as one that gives out no content, and why.
"""

from nodes.api.server import ROUTES
from tests.simulators.node import MK, RS, TestWorld, example
from tests.simulators.node_api import api

WATCHED = ("/messages/{id}", "/messages?q=lojane", "/log", "/log/verify", "/retention")
ELSEWHERE = {
    "/messages": "a list is of headers; a search is watched",
    "/messages/{id}/attachments/{name}": "opening a file is a reading of its message",
    "/references/{reference}": "tests/flow/nodes/test_disclosures.py",
    "/consents/{id}": "nodes.api.consents notes it",
    "/consents/{id}/renewal": "nodes.api.consents notes it",
    "/breaches/one": "nodes.casework.breach_book notes it",
    "/corrections/{id}": "nodes.api.corrections notes it",
    "/log/export": "tests/flow/nodes/test_processing_log.py",
    "/log/follow": "noted once, when the following begins, as /log/export is",
}
QUIET = {
    "/messages/{id}/why": "the rules that decided",
    "/messages/{id}/thread": "headers",
    "/evidence/{id}": "signed evidence, without content",
    "/messages/{id}/attachments": "names of parts, lengths and states",
    "/messages/{id}/disclosures": "what was shown to whom, without content",
    "/permissions": "what a holder permits, as codes",
    "/consents": "ids, states and times",
    "/consents/renewals": "ids and times",
    "/consent-ends": "ids, states and times",
    "/tasks": "what is owed, as codes",
    "/holdings": "names of lists and counts",
    "/breaches": "references, steps and participants",
    "/held": "which rule holds what",
    "/corrections": "ids, states and holders",
    "/clocks": "times",
    "/cases": "ids, states and times",
    "/cases/{id}": "entries without what people wrote",
    "/status": "counts",
    "/directory": "participants",
    "/directory/file": "participants",
    "/types": "the catalogue",
    "/types/{name}": "the catalogue",
    "/types/{name}/answers": "the catalogue",
    "/people": "signing keys",
    "/log/head": "where the log stands",
    "/retention/evidence/{id}": "ids and a ground",
    "/retention/holds": "ids, codes and times",
    "/statistics": "counts",
    "/accounts": "accounts of this contact point",
    "/alerts": "ids, states and times",
    "/tokens": "labels of programs",
    "/witness": "heads of logs",
    "/openapi.json": "the description of the API",
}


async def test_a_call_leaves_an_act(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, api(world, RS) as belgrade:
        message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await skopje.gateway.submitter.drain()
        await belgrade.until("/messages", lambda found: found["messages"])
        silent = []
        for path in WATCHED:
            before = (await belgrade.get("/log/head"))["head"]["number"]
            joined = "&" if "?" in path else "?"
            purpose = f"{joined}purpose=lawfulness" if path.startswith("/log") else ""
            status, _ = await belgrade.call("GET", path.replace("{id}", message.hex()) + purpose)
            assert status == 200, path
            if (await belgrade.get("/log/head"))["head"]["number"] == before:
                silent.append(path)
        assert silent == []


def test_every_route_is_named() -> None:
    asked = {each.path for each in ROUTES if each.method == "GET"}
    named = [*(path for path in WATCHED if "?" not in path), *ELSEWHERE, *QUIET]
    assert len(named) == len(set(named))
    assert asked - set(named) == set()
    assert set(named) - asked == set()
