from dataclasses import fields, replace

from policies.header import Header, header_of_core, header_of_draft
from protocol.core import Core, Mode, Recipient
from protocol.ids import Channel, KeyId, MessageId, NodeId, PolicyDigest, Reference, TypeId
from protocol.stages import Addressee, Draft

POLICY = PolicyDigest(b"p" * 32)
DRAFT = Draft(
    sender=NodeId("ilecu.aa"),
    to=(Addressee(NodeId("ilecu.bb")),),
    channel=Channel("police"),
    type=TypeId("MT-01/1"),
    purpose="investigate",
    conversation=Reference(b"c" * 16),
    language="en",
    life=600,
    body=(("/facts", "x"),),
    in_reply_to=MessageId(b"m" * 32),
    urgency="urgent",
    urgency_ground="a",
    classification="BPL",
    handling=("H0", "H2"),
    person_roles=("suspect",),
    data_categories=("CA",),
    erase_by=9000,
    consents=(Reference(b"d" * 16),),
    approvals=(Reference(b"e" * 16),),
)
CORE = Core(
    suite=1,
    random=Reference(b"r" * 16),
    sender=DRAFT.sender,
    to=(Recipient(NodeId("ilecu.bb"), KeyId(b"k" * 32), 1, None, Mode.ACTION),),
    channel=DRAFT.channel,
    type=DRAFT.type,
    purpose=DRAFT.purpose,
    conversation=DRAFT.conversation,
    policy=POLICY,
    directory_size=1,
    directory_root=b"t" * 32,
    issued_at=1000,
    expires_at=1600,
    body_root=b"b" * 32,
    language=DRAFT.language,
    in_reply_to=DRAFT.in_reply_to,
    urgency=DRAFT.urgency,
    urgency_ground=DRAFT.urgency_ground,
    classification=DRAFT.classification,
    handling=DRAFT.handling,
    person_roles=DRAFT.person_roles,
    data_categories=DRAFT.data_categories,
    erase_by=DRAFT.erase_by,
    consents=DRAFT.consents,
    approvals=DRAFT.approvals,
)


def test_a_draft_and_its_core_have_one_header() -> None:
    assert header_of_draft(DRAFT, POLICY, 1000) == header_of_core(CORE)


def test_an_identity_part_shows_on_both_sides() -> None:
    draft = replace(DRAFT, identity=(("/name", "x"),))
    core = replace(CORE, identity_root=b"i" * 32)
    assert header_of_draft(draft, POLICY, 1000) == header_of_core(core)
    assert header_of_core(core).identity
    assert not header_of_core(CORE).identity


def test_every_field_of_the_sample_is_filled() -> None:
    header = header_of_core(CORE)
    assert not [each.name for each in fields(Header) if not getattr(header, each.name) and each.name != "identity"]
