"""Vectors that came after the others of their kinds, one defect or success each; numbered behind them."""

from protocol.cbor import Item, Tagged, decode, encode
from protocol.checkpoint import Checkpoint, sign_checkpoint
from protocol.cose import ML_DSA_65, ed25519_kid, sign
from protocol.errors import Code
from protocol.floe import Sealer
from protocol.limits import MAX_ATTACHMENTS, MAX_CHECKPOINT
from protocol.merkle import root_at
from protocol.note import Note, NoteLine, encode_note, parse_note
from tests.make_vectors.attached_cases import Told, told
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import NETWORK, NOW, Cast, Drawing, drawn
from tests.make_vectors.evidence_cases import MESSAGE, accepted, leaf_items
from tests.make_vectors.log_cases import ORIGIN, TREE
from tests.make_vectors.message import Pieces, build, changed, civil_map, core_map, delivery, envelope, signed
from tests.make_vectors.sealed_cases import AAD, KEY, SMALL
from tests.make_vectors.transfer_cases import SHOWN, reported

HUGE = (1 << 53) - 1


def further_cases(cast: Cast) -> list[Case]:
    pieces = build(cast, core_map(cast))
    return [
        *_contents(cast, pieces),
        *_algorithms(cast, pieces),
        *_attachments(cast),
        *_names(cast),
        *_acceptances(cast),
        *_empty_last(),
        *_proofs(cast, pieces),
        *_reports(cast, pieces),
    ]


def _contents(cast: Cast, pieces: Pieces) -> list[Case]:
    civil = build(cast, civil_map(cast))
    both = cast.sender.fields("sender")
    sent = Cases("envelope", network=NETWORK, **both)
    fetched = Cases("delivery", network=NETWORK, recipient="rs.contact", seed=cast.rs.seed, **both)
    raw, wraps, contents = decode(envelope(cast, civil))  # type: ignore[misc]  # three elements
    three = encode([raw, wraps, [*contents, b"more"]])
    sent.bad(Code.MALFORMED, "three-contents", "no message has a third inline part", envelope=three)
    alone = encode([raw, wraps, contents[:1]])
    sent.bad(Code.PART_MISSING, "identity-left-out", "the identity part is missing", envelope=alone)
    raw, index, wrap, contents = decode(delivery(cast, pieces, 1))  # type: ignore[misc]  # four elements
    three = encode([raw, index, wrap, [*contents, b"more", b"more"]])
    fetched.bad(Code.MALFORMED, "three-contents", "no message has a third inline part", delivery=three)
    none = encode([raw, index, wrap, []])
    fetched.bad(Code.MALFORMED, "contents-empty", "no part at all", delivery=none)
    return [*sent.found, *fetched.found]


def _algorithms(cast: Cast, pieces: Pieces) -> list[Case]:
    sent = Cases("envelope", network=NETWORK, **cast.sender.fields("sender"))
    tagged = decode(signed(cast, pieces.manifest()))
    assert isinstance(tagged, Tagged)
    *front, (ed, ml) = tagged.value  # type: ignore[misc]  # four elements
    kid = ed25519_kid(cast.sender.public.ed25519)
    wrapped = Cases("hpke-wrap", seed=cast.rs.seed, core=b"core", recipient="rs.contact")
    wrap = cast.rs.wrap(drawn("secret", size=64), b"core")
    _, header, body = decode(wrap)  # type: ignore[misc]  # three elements
    for name, comment, algorithm in (
        ("text", "a name for an algorithm", "Ed25519"),
        ("null", "null for an algorithm", None),
    ):
        other = [encode({1: algorithm, 4: kid}), *ed[1:]]
        raw = encode(Tagged(98, [*front, [other, ml]]))
        whole = encode([raw, list(pieces.wraps), pieces.contents()])
        sent.bad(Code.UNKNOWN_KEY, f"algorithm-{name}", comment, envelope=whole)
        foreign = encode([encode({1: algorithm, 4: cast.rs.key_id}), header, body])
        wrapped.bad(Code.MIXED_SUITE, f"algorithm-{name}", comment, wrap=foreign)
    swapped = [encode({1: ML_DSA_65, 4: kid}), *ed[1:]]
    raw = encode(Tagged(98, [*front, [swapped, ml]]))
    whole = encode([raw, list(pieces.wraps), pieces.contents()])
    sent.bad(Code.DUPLICATE_SIGNATURE, "mldsa65-twice", "both signatures name ML-DSA-65", envelope=whole)
    return [*sent.found, *wrapped.found]


def _attachments(cast: Cast) -> list[Case]:
    keys = {"seed": cast.rs.seed, **cast.sender.fields("sender")}
    out = Cases("delivery", network=NETWORK, recipient="rs.contact", **keys)
    part: Item = ["att-00", 5000, drawn("root", 0)]
    many = {path: value for at in range(MAX_ATTACHMENTS + 1) for path, value in told(at, "att-00").items()}
    for code, name, comment, rows in (
        (Code.TOO_LARGE, "attachment-size-beyond", "a size that no attachment has", told(0, "att-00", size=HUGE)),
        (Code.TOO_LARGE, "attachments-65", "more members than a message has attachments", many),
        (Code.MALFORMED, "attachment-size-negative", "a size below zero", told(0, "att-00", size=-1)),
        (Code.MALFORMED, "attachment-size-true", "true is not 1", told(0, "att-00", size=True)),
        (Code.MALFORMED, "media-type-control", "a line break in a media type", told(0, "att-00", media_type="a\nb")),
        (Code.MALFORMED, "media-type-delete", "U+007F in a media type", told(0, "att-00", media_type="a\x7fb")),
        (Code.MALFORMED, "media-type-empty", "an empty media type", told(0, "att-00", media_type="")),
        (Code.MALFORMED, "media-type-long", "a media type of 122 bytes", told(0, "att-00", media_type="x" * 122)),
        (Code.MALFORMED, "digest-capital", "hex digits in capitals", told(0, "att-00", sha256="A" * 64)),
        (Code.MALFORMED, "part-65", "attachments end at att-63", told(0, "att-64")),
    ):
        out.bad(code, name, comment, delivery=Told(rows, (part,)).delivery(cast)[0])
    return out.found


def _names(cast: Cast) -> list[Case]:
    head = Checkpoint(ORIGIN, 200, root_at(200, TREE.get))
    note = parse_note(sign_checkpoint(cast.log, head, NOW))
    keys = {"log_ed25519": cast.log.keys.ed25519, "log_mldsa44": cast.log.keys.mldsa44}
    out = Cases("checkpoint", origin=ORIGIN, **keys)

    def named(name: str) -> bytes:
        return encode_note(Note(note.text, (*note.lines, NoteLine(name, b"1234", b"s" * 68))))

    out.good("name-255", "a signer's name of 255 bytes", note=named("x" + "\u00e9" * 127))
    out.good("name-delete", "U+007F in a signer's name", note=named("x\x7fy"))
    long = named("\u00e9" * 128)
    out.bad(Code.BAD_CHECKPOINT, "name-256", "a signer's name of 128 characters in 256 bytes", note=long)
    out.bad(Code.BAD_CHECKPOINT, "name-plus", "a plus in a signer's name", note=named("x+y"))
    out.bad(Code.BAD_CHECKPOINT, "name-wide-space", "a wide space in a signer's name", note=named("x\u3000y"))
    return out.found


def _acceptances(cast: Cast) -> list[Case]:
    keys = {"log_ed25519": cast.log.keys.ed25519, "log_mldsa44": cast.log.keys.mldsa44}
    out = Cases("evidence", message=MESSAGE, origin=ORIGIN, **keys)
    inclusion, checkpoint = accepted(cast, encode(leaf_items()))
    for name, comment, value in (
        ("id-long", "an id of 33 bytes", MESSAGE + b"\x00"),
        ("id-number", "a number for an id", 1),
    ):
        raw = encode({1: value, 2: inclusion, 3: checkpoint})
        out.bad(Code.MALFORMED, f"acceptance-{name}", comment, acceptance=raw)
    return out.found


def _empty_last() -> list[Case]:
    out = Cases("floe", key=KEY, aad=AAD, segment=64, rotation=1)
    content = drawn("full segment", size=SMALL.plain)
    sealer = Sealer(KEY, AAD, Drawing("floe with an empty last piece"), SMALL)
    raw = sealer.header + bytes(sealer.segment(content)) + sealer.final(b"")
    out.good("last-empty", "an empty last piece after another opens", ciphertext=raw, plaintext=content)
    return out.found


def _proofs(cast: Cast, pieces: Pieces) -> list[Case]:
    out = Cases("disclosure", network=NETWORK, **cast.sender.fields("sender"))
    good: dict[int, Item] = {1: signed(cast, pieces.manifest()), 2: "body", 3: SHOWN}
    inclusion, _ = accepted(cast, encode(leaf_items()))
    large = encode(good | {5: [inclusion, bytes(MAX_CHECKPOINT + 1)]})
    out.bad(Code.TOO_LARGE, "checkpoint-too-large", "a checkpoint of 65537 bytes", disclosure=large)
    carrying = changed(pieces, extra=(["att-00", 5000, drawn("attachment")],))
    base = good | {1: signed(cast, carrying.manifest())}
    for code, name, comment, pair in (
        (Code.DISCLOSURE, "empty-name", "an empty name", ["att-00", ""]),
        (Code.DISCLOSURE, "long-name", "a name of 65 bytes", ["att-00", "x" * 65]),
        (Code.MALFORMED, "number", "a number for a name", ["att-00", 0]),
    ):
        out.bad(code, f"attachment-{name}", comment, disclosure=encode(base | {4: [pair]}))
    return out.found


def _reports(cast: Cast, pieces: Pieces) -> list[Case]:
    both = cast.rs_signer.fields("reporter") | cast.sender.fields("sender")
    out = Cases("report", network=NETWORK, **both)
    _, _, _, *sealed = shown = reported(cast, pieces)
    unnamed = [*shown[:2], "x" * 65, *sealed]
    out.bad(Code.DISCLOSURE, "part-long-name", "a part that no message has", report=_report(cast, unnamed))
    counted = [*shown[:2], 0, *sealed]
    out.bad(Code.MALFORMED, "part-number", "a number for a part", report=_report(cast, counted))
    parts: list[Item] = [["body", len(pieces.parts[0][1]) + 1, drawn("unused")]]
    parts[0][2] = decode(pieces.manifest())[2][0][2]  # type: ignore[index,call-overload]  # the digest that is right
    longer = signed(cast, pieces.manifest(parts=parts))
    report = _report(cast, [2, longer, *shown[2:]])
    out.bad(Code.BODY_HASH, "other-length", "another length than signed, under the signed digest", report=report)
    return out.found


def _report(cast: Cast, shown: list[Item]) -> bytes:
    payload = encode({1: "rs.contact", 2: NOW, 3: "forbidden-content", 4: shown})
    return sign(cast.rs_signer, "xb/1 report", NETWORK, payload)
