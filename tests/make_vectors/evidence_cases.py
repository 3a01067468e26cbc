"""Acceptances, receipts and leaves; tokens and mailbox pages."""

from protocol import domains
from protocol.cbor import Item, encode
from protocol.checkpoint import Checkpoint, sign_checkpoint
from protocol.cose import sign
from protocol.errors import Code
from protocol.leaf import payload_digest
from protocol.merkle import inclusion_proof, leaf_hash, root_at
from tests.make_vectors.case import Case, Cases, Value
from tests.make_vectors.cast import NETWORK, NOW, Cast, drawn
from tests.make_vectors.log_cases import ORIGIN, Tree

MESSAGE = drawn("message")
PLACE, SIZE = 3, 6


def leaf_items(**changes: Item) -> list[Item]:
    fields: dict[str, Item] = {
        "kind": 1,
        "digest": MESSAGE,
        "time": NOW,
        "size": 7,
        "root": drawn("directory root"),
    }
    return list((fields | changes).values())


def evidence_cases(cast: Cast) -> list[Case]:
    out = Cases("evidence")
    _leaves(out)
    _receipts(out, cast)
    _acceptances(out, cast)
    return out.found


def hold_note_cases(cast: Cast) -> list[Case]:
    """Return receipts that name the rule which holds a message; the note itself opens for the sender only."""
    out = Cases("evidence")
    held: dict[int, Item] = {1: 1, 2: MESSAGE, 3: "rs.contact", 4: NOW, 5: True, 10: drawn("a hold note")}
    fields = {"network": NETWORK, **cast.rs_signer.fields("recipient")}

    def receipt(body: dict[int, Item]) -> bytes:
        return sign(cast.rs_signer, domains.EVIDENCE, NETWORK, encode(body))

    digest = payload_digest(encode(held))
    out.good("receipt-hold-note", "it names the rule, sealed to the sender", receipt=receipt(held), id=digest, **fields)
    for name, comment, body in (
        ("not-held", "a rule that holds nothing", held | {5: False}),
        ("read", "a rule in a receipt of reading", held | {1: 2}),
        ("empty", "a note without bytes", held | {10: b""}),
        ("long", "a note of 2 049 bytes", held | {10: bytes(2049)}),
        ("text", "a rule for everybody to read", held | {10: "police.rule"}),
    ):
        out.bad(Code.MALFORMED, f"receipt-hold-note-{name}", comment, receipt=receipt(body), **fields)
    return out.found


def _leaves(out: Cases) -> None:
    for kind in range(1, 8):
        out.good(f"leaf-kind-{kind}", f"a leaf of kind {kind}", leaf=encode(leaf_items(kind=kind)))
    for name, comment, item in (
        ("kind-0", "kinds count from 1", leaf_items(kind=0)),
        ("kind-9", "a kind outside the list", leaf_items(kind=9)),
        ("kind-true", "true is not 1", leaf_items(kind=True)),
        ("digest-short", "a digest of 31 bytes", leaf_items(digest=bytes(31))),
        ("time-negative", "a time before the epoch", leaf_items(time=-1)),
        ("root-null", "a root is there", leaf_items(root=None)),
        ("four-elements", "an element too few", leaf_items()[:-1]),
        ("six-elements", "an element too many", [*leaf_items(), 0]),
    ):
        out.bad(Code.MALFORMED, f"leaf-{name}", comment, leaf=encode(item))
    out.bad(Code.MALFORMED, "leaf-trailing-byte", "a byte follows", leaf=encode(leaf_items()) + b"\x00")


def _receipts(out: Cases, cast: Cast) -> None:
    good: dict[int, Item] = {1: 1, 2: MESSAGE, 3: "rs.contact", 4: NOW, 5: False}
    fields = {"network": NETWORK, **cast.rs_signer.fields("recipient")}

    def receipt(body: Item, network: bytes = NETWORK, domain: str = domains.EVIDENCE) -> bytes:
        return sign(cast.rs_signer, domain, network, encode(body))

    for event in (1, 2, 3, 4):
        body = good | {1: event}
        digest = payload_digest(encode(body))
        out.good(f"receipt-event-{event}", f"event {event}", receipt=receipt(body), id=digest, **fields)
    out.good("receipt-held", "a person must release the message first", receipt=receipt(good | {5: True}), **fields)
    for code, name, comment, body in (
        (Code.MALFORMED, "event-0", "events count from 1", good | {1: 0}),
        (Code.MALFORMED, "event-99", "an event outside the list", good | {1: 99}),
        (Code.MALFORMED, "message-short", "a message id of 31 bytes", good | {2: bytes(31)}),
        (Code.MALFORMED, "recipient-capital", "a capital letter in a node id", good | {3: "RS.contact"}),
        (Code.MALFORMED, "time-text", "a time is a number", good | {4: "now"}),
        (Code.MALFORMED, "held-0", "0 is not false", good | {5: 0}),
        (Code.MALFORMED, "held-missing", "whether it is held is missing", {k: v for k, v in good.items() if k != 5}),
        (Code.UNKNOWN_FIELD, "field-99", "a field outside the table", good | {99: 0}),
        (Code.MALFORMED, "an-array", "a receipt is a map", list(good.values())),
    ):
        out.bad(code, f"receipt-{name}", comment, receipt=receipt(body), **fields)
    out.bad(
        Code.BAD_SIGNATURE,
        "receipt-other-network",
        "made for another network",
        receipt=receipt(good, bytes(16)),
        **fields,
    )
    as_message = receipt(good, domain=domains.MESSAGE)
    out.bad(
        Code.BAD_SIGNATURE, "receipt-other-domain", "signed as another kind of object", receipt=as_message, **fields
    )
    stranger = {"network": NETWORK, **cast.other.fields("recipient")}
    out.bad(Code.UNKNOWN_KEY, "receipt-other-recipient", "the keys of another node", receipt=receipt(good), **stranger)


def _acceptances(out: Cases, cast: Cast) -> None:
    keys = {"log_ed25519": cast.log.keys.ed25519, "log_mldsa44": cast.log.keys.mldsa44}
    fields: dict[str, Value] = {"message": MESSAGE, "origin": ORIGIN, **keys}
    good = accepted(cast, encode(leaf_items()))
    parts: dict[int, Item] = {1: MESSAGE, 2: good[0], 3: good[1]}
    entry, index, size, proof = good[0]
    out.good("acceptance", "the hub accepted a message", acceptance=encode(parts), **fields, time=NOW)
    other = accepted(cast, encode(leaf_items(kind=2)))
    another = accepted(cast, encode(leaf_items(digest=drawn("another message"))))
    broken = accepted(cast, encode(leaf_items(kind=9)))
    turned = good[1][:-20] + bytes([good[1][-20] ^ 1 if good[1][-20] != 47 else 65]) + good[1][-19:]
    for code, name, comment, change in (
        (Code.BAD_EVIDENCE, "other-message", "of another message than asked", {1: drawn("another message")}),
        (Code.BAD_EVIDENCE, "leaf-of-another-message", "the leaf is another message's", {2: another[0], 3: another[1]}),
        (Code.BAD_EVIDENCE, "leaf-of-a-receipt", "the leaf is no message's", {2: other[0], 3: other[1]}),
        (Code.MALFORMED, "leaf-malformed", "the leaf is of no known kind", {2: broken[0], 3: broken[1]}),
        (Code.BAD_INCLUSION, "other-index", "the place of another leaf", {2: [entry, index - 1, size, proof]}),
        (Code.BAD_INCLUSION, "other-size", "the proof is for another size", {2: [entry, index, size + 1, proof]}),
        (Code.BAD_INCLUSION, "proof-cut", "the last hash is missing", {2: [entry, index, size, proof[:-1]]}),
        (
            Code.BAD_INCLUSION,
            "entry-changed",
            "another entry",
            {2: [encode(leaf_items(time=NOW + 1)), index, size, proof]},
        ),
        (Code.MALFORMED, "size-0", "a tree of nothing", {2: [entry, 0, 0, []]}),
        (Code.MALFORMED, "hash-short", "a hash of 31 bytes", {2: [entry, index, size, [bytes(31)]]}),
        (
            Code.MALFORMED,
            "proof-of-64",
            "more hashes than any tree has levels",
            {2: [entry, index, size, [bytes(32)] * 64]},
        ),
        (Code.MALFORMED, "inclusion-of-three", "an element too few", {2: [entry, index, size]}),
        (Code.UNKNOWN_FIELD, "field-4", "a field outside the table", {4: 0}),
        (Code.BAD_CHECKPOINT, "checkpoint-empty", "no checkpoint", {3: b""}),
        (Code.MALFORMED, "checkpoint-text", "a checkpoint is bytes", {3: "text"}),
        (Code.BAD_SIGNATURE, "checkpoint-changed", "the checkpoint's signature is another", {3: turned}),
    ):
        out.bad(code, f"acceptance-{name}", comment, acceptance=encode(parts | change), **fields)
    _acceptances_elsewhere(out, cast, parts, fields)


def _acceptances_elsewhere(out: Cases, cast: Cast, parts: dict[int, Item], fields: dict[str, Value]) -> None:
    out.bad(
        Code.MALFORMED,
        "acceptance-no-checkpoint",
        "the checkpoint is missing",
        acceptance=encode({1: MESSAGE, 2: parts[2]}),
        **fields,
    )
    directory = fields | {"origin": f"{NETWORK.hex()}/directory"}
    out.bad(
        Code.BAD_CHECKPOINT,
        "acceptance-other-log",
        "a checkpoint of another log",
        acceptance=encode(parts),
        **directory,
    )
    strange = fields | {"log_ed25519": cast.witnesses[0].keys.ed25519}
    out.bad(
        Code.MISSING_SIGNATURE,
        "acceptance-other-log-key",
        "no line of the known key",
        acceptance=encode(parts),
        **strange,
    )


def accepted(cast: Cast, entry: bytes) -> tuple[list[Item], bytes]:
    """Return the inclusion of ``entry`` in a log of six entries, and the checkpoint."""
    entries = [f"entry {number}".encode() for number in range(SIZE)]
    entries[PLACE] = entry
    tree = Tree([leaf_hash(each) for each in entries])
    proof = list(inclusion_proof(PLACE, SIZE, tree.get))
    checkpoint = sign_checkpoint(cast.log, Checkpoint(ORIGIN, SIZE, root_at(SIZE, tree.get)), NOW)
    return [entry, PLACE, SIZE, proof], checkpoint


def token_cases(cast: Cast) -> list[Case]:
    fields: dict[str, Item] = {
        "kind": 1,
        "reference": drawn("consent", size=16),
        "holder": "mk.contact",
        "sender": "mk.contact",
        "recipient": "rs.contact",
        "expires": NOW + 1000,
    }

    def token(network: bytes = NETWORK, domain: str = domains.TOKEN, **changes: Item) -> bytes:
        return sign(cast.sender, domain, network, encode(list((fields | changes).values())))

    out = Cases("token", token=token(), network=NETWORK, **cast.sender.fields("holder"))
    for kind in (1, 2, 3, 4):
        digest = payload_digest(encode(list((fields | {"kind": kind}).values())))
        out.good(f"kind-{kind}", f"a token of kind {kind}", token=token(kind=kind), id=digest)
    for name, comment, changes in (
        ("kind-0", "kinds count from 1", {"kind": 0}),
        ("kind-5", "a kind outside the list", {"kind": 5}),
        ("reference-short", "a reference of 15 bytes", {"reference": bytes(15)}),
        ("holder-empty", "no holder", {"holder": ""}),
        ("sender-capital", "a capital letter in a node id", {"sender": "MK.contact"}),
        ("recipient-null", "a recipient is there", {"recipient": None}),
        ("expires-negative", "a time before the epoch", {"expires": -1}),
        ("seven-elements", "an element too many", {"more": 0}),
    ):
        out.bad(Code.MALFORMED, name, comment, token=token(**changes))
    out.bad(Code.BAD_SIGNATURE, "other-network", "made for another network", network=bytes(16))
    out.bad(Code.BAD_SIGNATURE, "other-domain", "signed as another kind of object", token=token(domain=domains.MESSAGE))
    out.bad(Code.UNKNOWN_KEY, "other-holder", "the keys of another node", **cast.other.fields("holder"))
    return out.found


def mailbox_cases(cast: Cast) -> list[Case]:
    inclusion, checkpoint = accepted(cast, encode(leaf_items()))

    def head(network: bytes = NETWORK, **changes: Item) -> bytes:
        fields: dict[str, Item] = {"node": "rs.contact", "channel": "police", "count": 9, "size": SIZE}
        return sign(cast.hub, domains.MAILBOX, network, encode(list((fields | changes).values())))

    items: list[list[Item]] = [[4, 1, inclusion, b"delivery"], [6, 2, inclusion, b"receipt"], [9, 3, inclusion, b""]]
    good: dict[int, Item] = {1: head(), 2: checkpoint, 3: items}
    out = Cases("mailbox", page=encode(good), network=NETWORK, **cast.hub.fields("hub"))
    out.good("three-items", "one item of each kind", count=9)
    out.good("no-item", "nothing new", page=encode(good | {3: []}))
    for code, name, comment, change in (
        (Code.MALFORMED, "items-descend", "items do not ascend", {3: items[::-1]}),
        (Code.MALFORMED, "number-0", "numbers count from 1", {3: [[0, *items[0][1:]]]}),
        (Code.MALFORMED, "kind-5", "a kind outside the list", {3: [[1, 5, inclusion, b""]]}),
        (Code.MALFORMED, "inclusion-null", "an item proves where it stands", {3: [[1, 1, None, b""]]}),
        (Code.MALFORMED, "content-text", "content is bytes", {3: [[1, 1, inclusion, "text"]]}),
        (Code.MALFORMED, "items-65", "an item too many", {3: [[at + 1, 1, inclusion, b""] for at in range(65)]}),
        (Code.UNKNOWN_FIELD, "field-4", "a field outside the table", {4: 0}),
        (Code.BAD_SIGNATURE, "other-network", "a head made for another network", {1: head(bytes(16))}),
        (Code.MALFORMED, "head-count-negative", "a count below zero", {1: head(count=-1)}),
        (Code.MALFORMED, "head-channel-unknown", "a channel outside the list", {1: head(channel="gossip")}),
    ):
        out.bad(code, name, comment, page=encode(good | change))
    out.bad(Code.MALFORMED, "no-head", "the head is missing", page=encode({2: checkpoint, 3: items}))
    out.bad(Code.UNKNOWN_KEY, "other-hub", "the keys of another hub", **cast.other.fields("hub"))
    return out.found
