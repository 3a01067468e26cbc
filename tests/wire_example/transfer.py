"""The worked example's attachment, disclosure and draft digest."""

from protocol.acts import Terms, act_digest
from protocol.attachments import pad_pieces
from protocol.cbor import decode
from protocol.cose import parse
from protocol.disclosure import LogProof, Source, disclose, encode_disclosure, verify_rows
from protocol.envelope import parse_delivery
from protocol.evidence import parse_inclusion
from protocol.fields import parse_rows
from protocol.floe import seal as floe_seal
from protocol.limits import MAX_SIGNED
from protocol.part_keys import part_aad, part_key
from protocol.parts import PartListBuilder
from tests.wire_example.book import Book
from tests.wire_example.message import SHORT_REFERENCE
from tests.wire_example.parties import NETWORK, SENDER_IDENTITY, seed

FILE_SIZE = 300


def write_attachment(book: Book) -> None:
    """Add a small attachment sealed under the message's keys."""
    book.step(
        "Attachment (3.6)",
        "A file of 300 bytes, sealed under the keys of the message above as if its manifest named `att-00`. It fits "
        "into one segment and one part.",
    )
    values = book.values()
    file = book.given("att-00.file", bytes(at % 256 for at in range(FILE_SIZE)))
    key = book.put("att-00.part-key", part_key(values["content-key"], values["core"], "att-00"))
    aad = book.put("att-00.aad", part_aad(values["core"], "att-00"))
    padded = b"".join(pad_pieces([file], len(file)))
    book.put("att-00.padded", padded, f"{len(file)} bytes become {len(padded)}, zeros only")
    iv, nonce = (
        book.given("att-00.floe.iv", seed("att-00 iv")),
        book.given("att-00.floe.nonce.0", seed("att nonce")[:12]),
    )
    drawn = iter((iv, nonce))
    sealed = book.put("att-00.ciphertext", floe_seal(key, aad, padded, lambda _size: next(drawn)))
    builder = PartListBuilder()
    builder.update(sealed)
    listed = builder.finish("att-00")
    book.put("att-00.part.0.leaf-hash", listed.leaves[0])
    book.put("att-00.part-list", listed.encode())
    book.put("att-00.digest", listed.part.digest, "the root, of one leaf; `digest` in the manifest")


def write_disclosure(book: Book) -> None:
    """Add a disclosure of two rows with the proof of the log."""
    book.step(
        "Disclosure (3.7)", "Two rows of the body are shown, `/needs/0` and `/people`, with the proof of the log."
    )
    values = book.values()
    logged = LogProof(parse_inclusion(decode(values["inclusion"])), values["checkpoint"])
    source = Source(parse(values["message.signed"], MAX_SIGNED), "body", parse_rows(values["body.rows"]))
    found = disclose(source, ["/needs/0", "/people"], logged)
    book.put("disclosure", encode_disclosure(found))
    if len(verify_rows(found, SENDER_IDENTITY.public, NETWORK)) != 2:
        raise ValueError("the disclosure shows something else")


def write_draft(book: Book) -> None:
    """Add the digest that a personal act over the message's draft would sign."""
    book.step("Draft digest (3.10)", "What a person would sign; the body has no act, so all its rows are covered.")
    values = book.values()
    core = parse_delivery(values["kuca.delivery"]).manifest.core
    terms = Terms(
        sender=core.sender,
        to=tuple(each.node for each in core.to),
        channel=core.channel,
        type=core.type,
        purpose=core.purpose,
        language=core.language,
        in_reply_to=core.in_reply_to,
    )
    rows = [(row.path, row.value) for row in parse_rows(values["body.rows"]) if row.value != SHORT_REFERENCE]
    book.put("draft.digest", act_digest(terms, rows), "the short reference is not a field of the document")
