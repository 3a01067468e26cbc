"""Two defects in one object: which of them is told. All names begin with ``order-``; docs/wire.md gives the orders."""

from protocol import domains
from protocol.cbor import Item, Tagged, decode, encode
from protocol.cose import ED25519, sign
from protocol.errors import Code
from tests.make_vectors.attached_cases import LENGTH, Told, told
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import NETWORK, NOW, Cast, drawn
from tests.make_vectors.evidence_cases import MESSAGE, SIZE, accepted, leaf_items
from tests.make_vectors.log_cases import ORIGIN
from tests.make_vectors.message import Pieces, build, core_map, delivery, envelope, signed
from tests.make_vectors.transfer_cases import HASHES, SHOWN, reported

OTHER = bytes(16)


def order_cases(cast: Cast) -> list[Case]:
    pieces = build(cast, core_map(cast))
    return [
        *_cores(cast),
        *_payloads(cast),
        *_signatures(cast, pieces),
        *_wraps(cast),
        *_manifests(cast, pieces),
        *_attachments(cast),
        *_disclosures(cast, pieces),
        *_reports(cast, pieces),
        *_acceptances(cast),
    ]


def _cores(cast: Cast) -> list[Case]:
    """Section 3.1: recipients are counted before one of them is looked at, and compared after all of them."""
    out = Cases("core")
    many: list[Item] = [[f"n{number:03}", drawn("key", number), 1, None, "information"] for number in range(257)]
    raw = encode(core_map(cast, _5=[*many[:-1], []]))
    out.bad(Code.TOO_LARGE, "order-recipients", "one recipient too many, which is none", core=raw)
    raw = encode(core_map(cast, _5=[many[0], many[0], []]))
    out.bad(Code.MALFORMED, "order-recipient-twice", "one recipient twice, and one that is none", core=raw)
    return out.found


def _payloads(cast: Cast) -> list[Case]:
    """Section 2.1: a payload is checked for form before its signatures, and only a mailbox head after them (4.1)."""
    evidence, tokens = Cases("evidence", network=NETWORK), Cases("token", network=NETWORK)
    pages = Cases("mailbox", network=NETWORK, **cast.hub.fields("hub"))
    _, checkpoint = accepted(cast, encode(leaf_items()))
    head = sign(cast.hub, domains.MAILBOX, OTHER, encode(["rs.contact", "gossip", 9, SIZE]))
    page = encode({1: head, 2: checkpoint, 3: []})
    pages.bad(Code.BAD_SIGNATURE, "order-head", "a head of another form, signed for another network", page=page)
    receipt: Item = {1: 99, 2: MESSAGE, 3: "rs.contact", 4: NOW, 5: False}
    void: Item = {1: 5, 3: "rs.contact", 6: "mk.contact", 7: "police", 8: 0, 9: 1}
    token: Item = [9, drawn("consent", size=16), "mk.contact", "mk.contact", "rs.contact", NOW]
    words = "of another form, and signed for another network"
    raw = sign(cast.rs_signer, domains.EVIDENCE, OTHER, encode(receipt))
    who = cast.rs_signer.fields("recipient")
    evidence.bad(Code.MALFORMED, "order-receipt", f"a receipt {words}", receipt=raw, **who)
    raw = sign(cast.sender, domains.EVIDENCE, OTHER, encode(void))
    who = cast.sender.fields("sender")
    evidence.bad(Code.MALFORMED, "order-void", f"a void {words}", void=raw, **who)
    raw = sign(cast.sender, domains.TOKEN, OTHER, encode(token))
    who = cast.sender.fields("holder")
    tokens.bad(Code.MALFORMED, "order-token", f"a token {words}", token=raw, **who)
    return [*evidence.found, *tokens.found, *pages.found]


def _signatures(cast: Cast, pieces: Pieces) -> list[Case]:
    """Section 2.4 step 1: algorithm, then key id and signature, one signature after the other."""
    out = Cases("envelope", network=NETWORK, **cast.sender.fields("sender"))
    tagged = decode(signed(cast, pieces.manifest()))
    assert isinstance(tagged, Tagged)
    *front, (ed, ml) = tagged.value  # type: ignore[misc]  # four elements

    def bad(code: Code, name: str, comment: str, *pair: Item) -> None:
        raw = encode(Tagged(98, [*front, list(pair)]))
        whole = encode([raw, list(pieces.wraps), pieces.contents()])
        out.bad(code, f"order-{name}", comment, envelope=whole)

    short: Item = [encode({1: ED25519, 4: bytes(31)}), *ed[1:]]
    unknown: Item = [encode({1: -8, 4: bytes(31)}), *ed[1:]]
    later: Item = [encode({1: -48, 4: bytes(32)}), *ml[1:]]
    bad(Code.UNKNOWN_KEY, "algorithm-key-id", "an unknown algorithm, and a key id of 31 bytes", unknown, ml)
    bad(Code.MALFORMED, "key-id-algorithm", "a key id of 31 bytes, then an unknown algorithm", short, later)
    text: Item = [*ed[:2], "text"]
    bad(Code.MALFORMED, "signature-missing", "a signature that is a text, and no second one", text)
    raw = encode(Tagged(98, [*front, [ed]]))
    whole = encode([raw, [1], []])
    out.bad(Code.MISSING_SIGNATURE, "order-signed-wraps", "one signature, and wraps that are none", envelope=whole)
    return out.found


def _wraps(cast: Cast) -> list[Case]:
    """Section 3.2: the algorithm comes before key id, encapsulation and ciphertext."""
    out = Cases("hpke-wrap", seed=cast.rs.seed, core=b"core", recipient="rs.contact")
    for name, comment, header, body in (
        ("key-id", "another algorithm, and a key id of 31 bytes", {1: -7, 4: bytes(31)}, {-4: bytes(1120)}),
        ("encapsulation", "another algorithm, and a short encapsulation", {1: -7, 4: bytes(32)}, {-4: b""}),
    ):
        raw = encode([encode(header), body, bytes(80)])
        out.bad(Code.MIXED_SUITE, f"order-{name}", comment, wrap=raw)
    return out.found


def _manifests(cast: Cast, pieces: Pieces) -> list[Case]:
    """Section 3: the manifest comes before wraps and contents, its parts one after the other."""
    out = Cases("envelope", network=NETWORK, **cast.sender.fields("sender"))
    raw, _, contents = decode(envelope(cast, pieces))  # type: ignore[misc]  # three elements
    missing = encode([raw, [b""], [*contents, *contents]])
    out.bad(Code.PART_MISSING, "order-contents-wraps", "a content too many, and a wrong wrap", envelope=missing)
    large: Item = ["body", 524_289, drawn("digest")]
    twice = envelope(cast, pieces, pieces.manifest(parts=[large, ["body", 0, drawn("digest")]]))
    out.bad(Code.TOO_LARGE, "order-parts", "a body too large, then a part of no byte", envelope=twice)
    got = Cases("delivery", network=NETWORK, recipient="rs.contact", seed=cast.rs.seed, **cast.sender.fields("sender"))
    raw, _, wrap, _ = decode(delivery(cast, pieces, 1))  # type: ignore[misc]  # four elements
    beyond = encode([raw, 2, wrap, [b"other", b"more"]])
    got.bad(Code.MALFORMED, "order-index", "an index beyond the wraps, and a content too many", delivery=beyond)
    return [*out.found, *got.found]


def _attachments(cast: Cast) -> list[Case]:
    """Section 3.8 step 10: members one by one, then missing parts, then lengths."""
    keys = {"seed": cast.rs.seed, **cast.sender.fields("sender")}
    out = Cases("delivery", network=NETWORK, recipient="rs.contact", **keys)
    both = told(0, "att-00") | told(1, "att-01")
    longer: Item = ["att-00", LENGTH + 1, drawn("root", 0)]
    later: Item = ["att-01", LENGTH + 1, drawn("root", 1)]
    named = told(0, "att-00", name="a/b") | told(1, "att-01", size=-1)
    sized = told(0, "att-00", size=(1 << 53) - 1) | told(1, "att-01", name="a/b")
    for code, name, comment, message in (
        (Code.ATT_MISSING, "length-missing", "a wrong length, then a missing part", Told(both, (longer,))),
        (Code.ATT_MISSING, "missing-length", "a missing part, then a wrong length", Told(both, (later,))),
        (
            Code.ATT_LENGTH,
            "length-untold",
            "a wrong length, and a part untold",
            Told(told(0, "att-00"), (longer, later)),
        ),
        (Code.NAME_REJECTED, "name-size", "a bad name, then a bad size", Told(named)),
        (Code.TOO_LARGE, "size-name", "a size beyond all, then a bad name", Told(sized)),
        (Code.ATT_MISSING, "missing-document", "a missing part, and a gap", Told(told(1, "att-00"))),
    ):
        out.bad(code, f"order-{name}", comment, delivery=message.delivery(cast)[0])
    return out.found


def _disclosures(cast: Cast, pieces: Pieces) -> list[Case]:
    """Section 3.7: label by label, and last of all that a row is shown and none twice."""
    out = Cases("disclosure", network=NETWORK, **cast.sender.fields("sender"))
    good: dict[int, Item] = {1: signed(cast, pieces.manifest()), 2: "body", 3: SHOWN}
    for code, name, comment, change in (
        (Code.DISCLOSURE, "part-rows", "a part that is not there, and no row", {2: "identity", 3: []}),
        (Code.MALFORMED, "rows-shown", "nothing is shown, and a proof of one element", {3: HASHES, 5: [0]}),
        (Code.DISCLOSURE, "carried-proof", "an unknown attachment, then a bad proof", {4: [["att-00"] * 2], 5: [0]}),
        (Code.DISCLOSURE, "slot-carried", "a short hash, then an empty list", {3: [b""], 4: []}),
    ):
        out.bad(code, f"order-{name}", comment, disclosure=encode(good | change))
    return out.found


def _reports(cast: Cast, pieces: Pieces) -> list[Case]:
    """Section 4.6: what is shown is checked for form, its digest too, before anybody's signature."""
    both = cast.rs_signer.fields("reporter") | cast.sender.fields("sender")
    out = Cases("report", network=NETWORK, **both)
    shown = reported(cast, pieces)

    def report(reporter: str, network: bytes, *item: Item) -> bytes:
        payload = encode({1: reporter, 2: NOW, 3: "forbidden-content", 4: list(item)})
        return sign(cast.rs_signer, domains.REPORT, network, payload)

    changed = [*shown[:3], b"other", *shown[4:]]
    raw = report("rs.contact", OTHER, *changed)
    out.bad(Code.BODY_HASH, "order-digest-signature", "another ciphertext, and another network", report=raw)
    raw = report("hr.contact", NETWORK, *changed)
    out.bad(Code.BODY_HASH, "order-digest-recipient", "another ciphertext, by no recipient", report=raw)
    raw = report("hr.contact", OTHER, *shown)
    out.bad(Code.BAD_SIGNATURE, "order-signature-recipient", "another network, by no recipient", report=raw)
    raw = report("hr.contact", NETWORK, *shown[:4], drawn("key"), None)
    out.bad(Code.NOT_A_RECIPIENT, "order-recipient-key", "another key, by no recipient", report=raw)
    return out.found


def _acceptances(cast: Cast) -> list[Case]:
    """Section 4.3: the form of all three labels comes before the id."""
    keys = {"log_ed25519": cast.log.keys.ed25519, "log_mldsa44": cast.log.keys.mldsa44}
    out = Cases("evidence", message=MESSAGE, origin=ORIGIN, **keys)
    _, checkpoint = accepted(cast, encode(leaf_items()))
    raw = encode({1: drawn("another message"), 2: [], 3: checkpoint})
    out.bad(Code.MALFORMED, "order-acceptance-form", "another message, and no inclusion", acceptance=raw)
    inclusion, _ = accepted(cast, encode(leaf_items()))
    raw = encode({1: drawn("another message"), 2: inclusion, 3: b""})
    out.bad(Code.BAD_EVIDENCE, "order-acceptance-id", "another message, and no checkpoint", acceptance=raw)
    return out.found
