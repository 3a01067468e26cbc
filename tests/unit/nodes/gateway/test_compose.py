"""What nobody types: the draft is filled in from directory, catalogue and the message that is answered."""

from typing import Any

import pytest

from keys.directory import Directory
from nodes.gateway.compose import Answered, Ground, Plan, compose, plan
from nodes.gateway.wishes import Wish, parse_wish
from protocol.charter import ChannelTerms
from protocol.ids import CHANNELS, Channel, MessageId, NodeId, Reference, TypeId
from protocol.stages import Draft
from tests.simulators.network import TestNetwork
from tests.simulators.node import (
    AL,
    BA_PROSECUTION,
    CSO,
    LOTSE,
    MEMBERS,
    MK,
    NADA,
    PAIRS,
    POLICE,
    ROGATORY,
    RS,
    RS_PROSECUTION,
    START,
    TERMS,
    TestClock,
    example,
    packaged_bundle,
)
from tests.simulators.party import CountingEntropy

CONVERSATION = Reference(b"c" * 16)


@pytest.fixture(scope="module")
def directory() -> Directory:
    network = TestNetwork.small(TestClock(), CountingEntropy(), members=MEMBERS)
    for one, other, channel in PAIRS:
        network.agree(one.node, other.node, channel, **TERMS[channel])
    network.agree(RS.node, MK.node, POLICE, purposes=("prevent", "proceedings"))
    return network.directory


def wish(request: dict[str, Any]) -> Wish:
    found = parse_wish(request)
    assert isinstance(found, Wish), found
    return found


def composed(directory: Directory, request: dict[str, Any], me: NodeId = MK.node, **changes: Any) -> Draft:
    ground = Ground(me, packaged_bundle(), directory, START, changes.pop("answered", None))
    planned = plan(wish(request), ground)
    assert isinstance(planned, Plan), planned
    found = compose(planned, ground, CONVERSATION, changes.pop("consents", ()))
    assert isinstance(found, Draft), found
    return found


def refused(
    directory: Directory, request: dict[str, Any], me: NodeId = MK.node, **changes: Any
) -> list[tuple[str, str]]:
    ground = Ground(me, packaged_bundle(), directory, START, changes.pop("answered", None))
    planned = plan(wish(request), ground)
    found = compose(planned, ground, CONVERSATION, ()) if isinstance(planned, Plan) else planned
    assert not isinstance(found, Draft)
    return [(each.path, each.code) for each in found]


REQUEST = example("MT-01/vehicle-mk", to=["al.ilecu"])
ANSWERED = Answered(MessageId(b"m" * 32), RS.node, POLICE, TypeId("MT-01/1"), CONVERSATION, "sr-Cyrl", "prevent")


def test_a_police_request_is_filled_in(directory: Directory) -> None:
    draft = composed(directory, REQUEST)
    assert (draft.channel, draft.purpose, draft.language) == ("police", "investigate", "en")
    assert (draft.classification, draft.handling) == ("BPL", ("H0",))
    assert draft.life == 14 * 86_400
    assert draft.erase_by == START + 180 * 86_400
    assert draft.data_categories, "computed from what is inside"
    assert draft.urgency is None


def test_what_was_given_stays(directory: Directory) -> None:
    given = {"purpose": "prevent", "language": "sq", "life_days": 2, "erase_by": START + 9, "handling": ["H1"]}
    draft = composed(directory, REQUEST | given | {"classification": "R", "urgency": "urgent", "urgency_ground": "a"})
    assert (draft.purpose, draft.language, draft.life) == ("prevent", "sq", 2 * 86_400)
    assert (draft.erase_by, draft.handling, draft.classification) == (START + 9, ("H1",), "R")
    assert (draft.urgency, draft.urgency_ground) == ("urgent", "a")


def test_urgency_in_the_document_is_told_outside(directory: Directory) -> None:
    document = REQUEST["document"] | {"urgency": {"ground": "b", "reason": "A life is in danger within hours."}}
    draft = composed(directory, REQUEST | {"document": document})
    assert (draft.urgency, draft.urgency_ground) == ("urgent", "b")


def test_an_answer_takes_over(directory: Directory) -> None:
    request = {key: value for key, value in REQUEST.items() if key != "to"} | {"in_reply_to": "6d" * 32}
    draft = composed(directory, request, answered=ANSWERED)
    assert [who.node for who in draft.to] == [RS.node]
    assert (draft.language, draft.purpose) == ("sr-Cyrl", "prevent")


def test_several_purposes_leave_the_choice_to_the_writer(directory: Directory) -> None:
    assert refused(directory, REQUEST | {"to": ["rs.ilecu"]}) == [("/purpose", "MISSING")]


def test_without_a_shared_language_english_is_tried(directory: Directory) -> None:
    draft = composed(directory, example("MT-V6/record-sr-Latn", to=["lotse.at"], purpose="return"), NADA.node)
    assert draft.language == "en"


def test_a_civil_core_tells_the_hub_little(directory: Directory) -> None:
    request = example("MT-V1/adult-sr-Latn", to=["lotse.at"], purpose="return")
    draft = composed(directory, request, NADA.node, consents=(Reference(b"r" * 16),))
    assert (draft.channel, draft.classification, draft.handling) == (CSO, None, ())
    assert (draft.person_roles, draft.data_categories, draft.urgency) == ((), (), None)
    assert draft.consents == (b"r" * 16,)
    assert draft.identity
    assert draft.erase_by is not None


def test_the_channel_is_asked_for_where_several_fit(directory: Directory) -> None:
    two = {"to": ["rs.prosecution"], **{key: value for key, value in REQUEST.items() if key != "to"}}
    assert refused(directory, two) == [("/channel", "MISSING")]
    assert composed(directory, REQUEST | {"channel": "police"}).channel == Channel("police")


def test_what_cannot_be_sent_is_told_with_its_place(directory: Directory) -> None:
    assert refused(directory, REQUEST | {"type": "MT-99/1"}) == [("/type", "UNKNOWN_TYPE")]
    bare = {key: value for key, value in REQUEST.items() if key != "to"}
    assert refused(directory, bare) == [("/to", "MISSING"), ("/channel", "MISSING")] or refused(directory, bare)[0] == (
        "/to",
        "MISSING",
    )
    assert ("/to/0", "SELF_RECIPIENT") in refused(directory, REQUEST | {"to": ["mk.ilecu"]})
    assert ("/to/0", "UNKNOWN_RECIPIENT") in refused(directory, REQUEST | {"to": ["xx.nobody"]})
    assert ("/document/facts", "MISSING") in refused(directory, REQUEST | {"document": {"query": "vehicle"}})
    assert ("/identity", "NO_SUCH_PART") in refused(directory, REQUEST | {"identity": {"a": 1}})


@pytest.fixture(scope="module")
def patient() -> Directory:
    """A network whose charter lets every message live 90 days; the policies of its channels say less."""
    channels = tuple(ChannelTerms(channel, 4, 90) for channel in CHANNELS)
    network = TestNetwork.founded(TestClock(), CountingEntropy(), channels=channels)
    for member in (MK, AL, NADA, LOTSE, RS_PROSECUTION, BA_PROSECUTION):
        network.enrol(member)
    for one, other, channel in ((MK, AL, POLICE), (NADA, LOTSE, CSO), (RS_PROSECUTION, BA_PROSECUTION, ROGATORY)):
        network.agree(one.node, other.node, channel, **TERMS[channel])
    return network.directory


@pytest.mark.parametrize(
    ("request_", "me", "days"),
    [
        (REQUEST, MK.node, 14),
        (example("MT-R1/bank-bs", to=["ba.prosecution"]), RS_PROSECUTION.node, 30),
        (example("MT-V6/record-sr-Latn", to=["lotse.at"], purpose="return"), NADA.node, 90),
    ],
)
def test_a_message_lives_as_long_as_its_channels_policy_allows(
    patient: Directory, request_: dict[str, Any], me: NodeId, days: int
) -> None:
    assert composed(patient, request_, me).life == days * 86_400
    assert composed(patient, request_ | {"life_days": days}, me).life == days * 86_400
    assert refused(patient, request_ | {"life_days": days + 1}, me) == [("/life_days", "TOO_LONG")]


def test_a_charter_that_allows_less_than_the_policy_counts(directory: Directory) -> None:
    request = example("MT-V6/record-sr-Latn", to=["lotse.at"], purpose="return")
    assert composed(directory, request, NADA.node).life == 14 * 86_400
    assert refused(directory, request | {"life_days": 15}, NADA.node) == [("/life_days", "TOO_LONG")]


def test_a_life_that_is_too_long_is_told_with_the_longest(patient: Directory) -> None:
    ground = Ground(MK.node, packaged_bundle(), patient, START)
    planned = plan(wish(REQUEST | {"life_days": 10**30}), ground)
    assert isinstance(planned, Plan)
    found = compose(planned, ground, CONVERSATION, ())
    assert not isinstance(found, Draft)
    (fault,) = found
    assert fault.sentence == f"On the channel police a message lives at most 14 days, not {10**30}."


def test_two_organisations_have_one_conversation_partner(directory: Directory) -> None:
    assert LOTSE.node in {each.node for each in directory.participants()}
