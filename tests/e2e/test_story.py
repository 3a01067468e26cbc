"""The case of the demonstration, told over real processes: each step is one thing that must hold."""

from collections.abc import Callable

import pytest

from egnatia.demo.chapter_exchange import ask_and_answer
from egnatia.demo.chapter_gate import evidence_gate
from egnatia.demo.chapter_refusals import refusals
from egnatia.demo.chapter_states import every_state
from egnatia.demo.chapter_victim import victim_and_cso
from egnatia.demo.desks import open_desks, set_up
from egnatia.demo.stage import Stage
from keys.exchange_files import parse_directory
from protocol.checkpoint import messages_origin
from protocol.evidence import verify_acceptance
from protocol.ids import MessageId
from tests.e2e.conftest import Open
from tests.e2e.network import Network

NODES = ("skopje", "belgrade", "sarajevo", "belgrade-prosecution", "sarajevo-prosecution", "nada", "lotse")


@pytest.fixture(scope="module")
def network(open_network: Open) -> Network:
    network = open_network()
    set_up(network.stage)
    network.start(*NODES)
    opening = network["skopje"].send(network.request("MT-01.vehicle-mk"))
    network["belgrade"].arrived(opening)
    network.stage.opening = opening
    return network


@pytest.mark.parametrize("chapter", [ask_and_answer, evidence_gate, victim_and_cso, refusals, open_desks, every_state])
def test_every_step_of_a_chapter_holds(network: Network, chapter: Callable[[Stage], None]) -> None:
    chapter(network.stage)
    told = network.stage.story.chapters[-1]
    assert [f"{step.title}: {step.failed}" for step in told.steps if step.failed] == []
    assert len(told.steps) > 3


def test_the_acceptance_evidence_convinces_whoever_has_the_charter_only(network: Network) -> None:
    import base64

    message = network.stage.opening
    proofs = network["skopje"].get(f"/evidence/{message}").done()["evidence"]
    charter = parse_directory((network.folder / "network.directory").read_bytes()).directory.charter
    (proof,) = (each["proof"] for each in proofs if each["event"] == "SubmissionAcceptance")
    found = verify_acceptance(
        base64.b64decode(proof),
        MessageId(bytes.fromhex(message)),
        messages_origin(charter.network_id),
        charter.hub_log_keys,
    )
    assert found.index == 0


def test_a_victims_name_in_the_police_channel_is_refused_with_rule_article_and_lawful_way(network: Network) -> None:
    from egnatia.demo.documents import smuggled_name

    answer = network["belgrade"].post("/messages", smuggled_name(network.stage.today))
    assert answer.status in (409, 422)
    problem = answer.refusal()
    assert problem["remedy"]
    assert all(each["rule"] and each["article"] for each in problem["findings"])
    assert problem["findings"]


def test_a_refused_message_leaves_nothing_in_the_outbox(network: Network) -> None:
    skopje = network["skopje"]
    before = skopje.status()["outbox"]
    skopje.post("/messages", network.request("MT-01.vehicle-mk", purpose="proceedings")).refusal()
    skopje.post("/messages", network.request("MT-01.vehicle-mk", to=["ba.ilecu", "rs.ilecu"])).refusal()
    assert skopje.status()["outbox"] == before


def test_the_same_request_twice_is_one_message(network: Network) -> None:
    skopje, wanted = network["skopje"], network.request("MT-01.vehicle-mk")
    first, second = (skopje.post("/messages", wanted, "note-18").done()["id"] for _ in range(2))
    other = skopje.post("/messages", wanted | {"purpose": "prevent"}, "note-18")
    assert first == second
    assert (other.status, other.body["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
