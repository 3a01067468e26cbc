"""Deliveries whose body tells of attachments, and those that carry a short reference."""

from dataclasses import dataclass

from protocol.cbor import Item
from protocol.errors import Code
from protocol.fields import commit, encode_rows, salt_rows
from protocol.floe import sealed_length
from protocol.padding import pad, padme
from protocol.short_reference import new_reference
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import NETWORK, Cast, Drawing, drawn
from tests.make_vectors.message import BODY_FIELDS, build, changed, core_map, delivery

AT_RS = 1
SIZE = 5000
LENGTH = sealed_length(padme(SIZE))
REFERENCE = new_reference(Drawing("reference"))


def told(at: int, part: str, /, **changes: Item) -> dict[str, Item]:
    """Return the rows by which a body tells of one attachment; None leaves a row out."""
    fields: dict[str, Item] = {
        "part": part,
        "name": f"записник {at}.pdf",
        "media_type": "application/pdf",
        "size": SIZE,
        "sha256": drawn("file", at).hex(),
    }
    return {f"/attachments/{at}/{name}": value for name, value in (fields | changes).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Told:
    """A message whose body has more rows, and whose manifest has more parts."""

    rows: dict[str, Item]
    parts: tuple[Item, ...] = ()

    def delivery(self, cast: Cast) -> tuple[bytes, bytes]:
        """Return the delivery and the plaintext of its rows."""
        fields = (*BODY_FIELDS, *self.rows.items())
        rows = salt_rows(fields, Drawing(f"rows {sorted(self.rows)}"))
        pieces = build(cast, core_map(cast, _26=commit(rows)), pad(encode_rows(rows)))
        return delivery(cast, changed(pieces, extra=self.parts), AT_RS), encode_rows(rows)


def attached_cases(cast: Cast) -> list[Case]:
    keys = {"seed": cast.rs.seed, **cast.sender.fields("sender")}
    out = Cases("delivery", network=NETWORK, recipient="rs.contact", **keys)
    first, second = ["att-00", LENGTH, drawn("root", 0)], ["att-01", LENGTH, drawn("root", 1)]

    def good(name: str, comment: str, message: Told) -> None:
        raw, rows = message.delivery(cast)
        out.good(name, comment, delivery=raw, rows=rows)

    def bad(code: Code, name: str, comment: str, message: Told) -> None:
        out.bad(code, name, comment, delivery=message.delivery(cast)[0])

    both = Told(told(0, "att-00") | told(1, "att-01"), (first, second))
    good("two-attachments", "two attachments, told in the body; their ciphertexts are fetched apart", both)
    bad(
        Code.ATT_MISSING,
        "attachment-without-part",
        "the body tells of a part that is not there",
        Told(both.rows, (first,)),
    )
    untold = Told(told(0, "att-00"), (first, second))
    bad(Code.MALFORMED, "attachment-untold", "a part of which no row tells", untold)
    longer = ["att-00", LENGTH + 1, drawn("root", 0)]
    bad(
        Code.ATT_LENGTH, "attachment-other-length", "not as long as the padded size", Told(told(0, "att-00"), (longer,))
    )
    twice = Told(told(0, "att-00") | told(1, "att-00"), (first,))
    bad(Code.MALFORMED, "attachment-told-twice", "one part told twice", twice)
    for row in ("part", "name", "media_type", "size", "sha256"):
        message = Told(told(0, "att-00", **{row: None}), (first,))
        bad(Code.MALFORMED, f"attachment-without-{row.replace('_', '-')}", f"the row {row} is missing", message)
    _names(out, cast, first)
    good("short-reference", "a short reference", Told({"short-reference": REFERENCE}))
    spoken = REFERENCE[:-1] + ("0" if REFERENCE[-1] != "0" else "1")
    bad(Code.MALFORMED, "short-reference-mistyped", "check symbols that do not fit", Told({"short-reference": spoken}))
    lower = Told({"short-reference": REFERENCE.lower()})
    bad(Code.MALFORMED, "short-reference-lower-case", "not as it is written", lower)
    return out.found


def _names(out: Cases, cast: Cast, part: Item) -> None:
    for name, comment, value in (
        ("parent-folder", "a path", "../plan.pdf"),
        ("backslash", "a path of another system", "a\\plan.pdf"),
        ("nul", "a name that ends early", "plan.pdf\x00.exe"),
        ("right-to-left", "a name that reads backwards", "plan\u202efdp.exe"),
        ("newline", "a control character", "plan\n.pdf"),
        ("zero-width", "an invisible character", "pl\u200ban.pdf"),
        ("dot-last", "a dot at the end", "plan."),
        ("space-first", "a space at the beginning", " plan.pdf"),
        ("device", "a device of another system", "con.pdf"),
        ("empty", "no name", ""),
        ("not-normal", "not in normal form C", "e\u0301.pdf"),
        ("long", "201 bytes", "x" * 201),
    ):
        raw, _ = Told(told(0, "att-00", name=value), (part,)).delivery(cast)
        out.bad(Code.NAME_REJECTED, f"name-{name}", comment, delivery=raw)
