"""What the hub logs of recipients that never fetched: its leaf, its evidence, its item, and bundles that hold it."""

from protocol.cbor import Item, decode, encode
from protocol.errors import Code
from protocol.evidence_bundle import EvidenceBundle, encode_evidence_bundle
from protocol.ids import Channel, NodeId
from protocol.leaf import payload_digest
from protocol.mailbox import Head, sign_head
from tests.make_vectors.bundle_cases import Story
from tests.make_vectors.case import Case, Cases, Value
from tests.make_vectors.cast import NETWORK, NOW, Cast, drawn
from tests.make_vectors.directory_cases import Founded
from tests.make_vectors.evidence_cases import MESSAGE, SIZE, accepted, leaf_items
from tests.make_vectors.log_cases import ORIGIN

RECORD: dict[str, Item] = {"message": MESSAGE, "recipient": "rs.contact", "channel": "police", "number": 17, "end": NOW}
KIND, ENDED, LOGGED = 8, 50, 60
UNSERVED_ITEM, PLACE = 4, 1


def unserved_cases(cast: Cast) -> list[Case]:
    out = Cases("evidence")
    out.good("leaf-kind-8", "a leaf of kind 8", leaf=encode(leaf_items(kind=KIND)))
    return [*out.found, *_evidence(cast), *_pages(cast), *_bundles(cast)]


def record(**changes: Item) -> bytes:
    return encode(list((RECORD | changes).values()))


def _evidence(cast: Cast) -> list[Case]:
    out = Cases(
        "evidence",
        message=MESSAGE,
        origin=ORIGIN,
        log_ed25519=cast.log.keys.ed25519,
        log_mldsa44=cast.log.keys.mldsa44,
    )

    def proof(raw: bytes, **leaf: Item) -> bytes:
        inclusion, note = accepted(cast, encode(leaf_items(**({"kind": KIND, "digest": payload_digest(raw)} | leaf))))
        return encode({1: raw, 2: inclusion, 3: note})

    good = proof(record())
    out.good("unserved", "the hub never handed it out, and its life is over", unserved=good, time=NOW)
    for code, name, comment, changed in (
        (Code.BAD_EVIDENCE, "other-message", "of another message than asked", proof(record(message=drawn("another")))),
        (Code.BAD_EVIDENCE, "leaf-of-another", "the leaf is another record's", proof(record(), digest=drawn("leaf"))),
        (Code.BAD_EVIDENCE, "leaf-of-a-receipt", "the leaf is of receipts", proof(record(), kind=2)),
        (Code.BAD_EVIDENCE, "too-early", "logged a second before the end", proof(record(), time=NOW - 1)),
        (Code.MALFORMED, "number-0", "mailboxes count from 1", proof(record(number=0))),
        (Code.MALFORMED, "four-elements", "an element too few", proof(encode(list(RECORD.values())[:-1]))),
        (Code.MALFORMED, "channel", "a channel outside the list", proof(record(channel="pigeon"))),
        (Code.MALFORMED, "digest-for-record", "a digest where the record stands", _with(good, {1: MESSAGE})),
        (Code.UNKNOWN_FIELD, "field-4", "a field outside the table", _with(good, {4: 0})),
    ):
        out.bad(code, f"unserved-{name}", comment, unserved=changed)
    inclusion, _ = accepted(cast, encode(leaf_items(kind=KIND, digest=payload_digest(record()))))
    shorter = [inclusion[0], inclusion[1], SIZE - 1, inclusion[3]]
    out.bad(Code.BAD_INCLUSION, "unserved-size", "a proof for another size", unserved=_with(good, {2: shorter}))
    return out.found


def _with(raw: bytes, change: dict[int, Item]) -> bytes:
    return encode(dict(decode(raw)) | change)  # type: ignore[call-overload]  # a map


def _pages(cast: Cast) -> list[Case]:
    out = Cases("mailbox")
    head = sign_head(Head(NodeId("mk.contact"), Channel("police"), 1, SIZE), cast.hub, NETWORK)
    inclusion, note = accepted(cast, encode(leaf_items(kind=KIND, digest=payload_digest(record()))))
    fields: dict[str, Value] = {"network": NETWORK, **cast.hub.fields("hub")}
    page = encode({1: head, 2: note, 3: [[PLACE, UNSERVED_ITEM, inclusion, record()]]})
    out.good("item-unserved", "an item that says who never fetched", page=page, **fields)
    return out.found


def _bundles(cast: Cast) -> list[Case]:
    founded = Founded(cast)
    out = Cases("bundle", pin=founded.pin)

    def story(*events: int, end: int = ENDED, at: int = LOGGED, times: int = 1, **changes: Item) -> EvidenceBundle:
        return Story(cast, founded, founded.entries, ends=ENDED).bundle(
            *events, unserved=[({"end": NOW + end} | changes, at)] * times
        )

    good = story()
    out.good(
        "never-fetched",
        "a message that its recipient never fetched, as the hub logged",
        bundle=encode_evidence_bundle(good),
        verdict="verified",
        message=[good.messages[0].id],
    )
    for code, name, comment, bundle in (
        (Code.BAD_EVIDENCE, "handed-over-and-never-fetched", "one recipient confirmed, and never had it", story(1)),
        (Code.BAD_EVIDENCE, "never-fetched-twice", "two records of one recipient", story(times=2)),
        (Code.BAD_EVIDENCE, "never-fetched-too-early", "logged before the message's life ended", story(at=ENDED - 1)),
        (Code.BAD_EVIDENCE, "never-fetched-other-end", "another end than the message has", story(end=ENDED - 1)),
        (
            Code.NOT_A_RECIPIENT,
            "never-fetched-stranger",
            "of a node that is no recipient",
            story(recipient="al.contact"),
        ),
        (Code.BAD_EVIDENCE, "never-fetched-other-message", "of another message", story(message=drawn("another"))),
    ):
        out.bad(code, name, comment, bundle=encode_evidence_bundle(bundle))
    return out.found
