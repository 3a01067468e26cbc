"""What a person signs changes with everything that gives the draft its meaning, and with nothing else."""

from dataclasses import replace

import pytest

from protocol.acts import Terms, act_digest
from protocol.ids import Channel, NodeId, TypeId
from tests.simulators.party import message_number

TERMS = Terms(
    sender=NodeId("rs.prosecution"),
    to=(NodeId("ba.prosecution"), NodeId("at.prosecution")),
    channel=Channel("rogatory"),
    type=TypeId("MT-R1/1"),
    purpose="proceedings",
    language="en",
    in_reply_to=None,
)
BODY = (("/facts", "x"), ("/offence", "y"))


def test_the_order_of_addressees_does_not_matter() -> None:
    turned = replace(TERMS, to=(NodeId("at.prosecution"), NodeId("ba.prosecution")))
    assert act_digest(TERMS, BODY) == act_digest(turned, BODY)
    assert len(act_digest(TERMS, BODY)) == 32


@pytest.mark.parametrize(
    "changed",
    [
        replace(TERMS, sender=NodeId("mk.prosecution")),
        replace(TERMS, to=(NodeId("ba.prosecution"),)),
        replace(TERMS, channel=Channel("police")),
        replace(TERMS, type=TypeId("MT-R8/1")),
        replace(TERMS, purpose="investigate"),
        replace(TERMS, language="de"),
        replace(TERMS, in_reply_to=message_number(1)),
    ],
)
def test_every_covered_word_counts(changed: Terms) -> None:
    assert act_digest(changed, BODY) != act_digest(TERMS, BODY)


def test_every_field_counts() -> None:
    digests = {act_digest(TERMS, body) for body in (BODY, BODY[:1], (("/facts", "z"), BODY[1]), ())}
    assert len(digests) == 4
