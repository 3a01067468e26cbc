"""Kinds for what travels beside a message: disclosures and reports, part lists and uploads of attachments."""

from typing import Final

from egnatia.conformance.fields import Fields
from egnatia.conformance.kind import Kind, declare
from egnatia.conformance.logs import log_keys
from egnatia.conformance.objects import identity, keys_of
from protocol.disclosure import encode_disclosure, parse_disclosure, verify_logged, verify_rows
from protocol.envelope import Part
from protocol.fields import encode_rows
from protocol.parts import parse_part_list, verify_part, verify_part_list
from protocol.report import parse_report, verify_report
from protocol.uploads import encode_upload, parse_upload


def _disclosure(fields: Fields) -> bool:
    raw = fields.data("disclosure")
    disclosure = parse_disclosure(raw)
    rows = verify_rows(disclosure, identity(fields, "sender"), fields.data("network"))
    if fields.has("origin"):
        verify_logged(disclosure.logged, disclosure.message, fields.text("origin"), log_keys(fields))
    same = encode_disclosure(disclosure) == raw
    withheld = fields.number("withheld", disclosure.withheld) == disclosure.withheld
    return same and withheld and fields.maybe("rows") in (None, encode_rows(rows))


def _part_list(fields: Fields) -> bool:
    raw = fields.data("list")
    parts = parse_part_list(raw)
    verify_part_list(parts, Part(fields.text("name"), fields.number("length"), fields.data("root")))
    if fields.has("index"):
        verify_part(parts, fields.number("index"), fields.data("part"))
    return parts.encode() == raw


def _report(fields: Fields) -> bool:
    raw = fields.data("report")
    found = parse_report(raw)
    rows = verify_report(found, identity(fields, "reporter"), identity(fields, "sender"), fields.data("network"))
    same = found.signed.raw == raw and fields.maybe("id") in (None, found.id)
    return same and fields.maybe("rows") in (None, encode_rows(rows))


def _upload(fields: Fields) -> bool:
    raw = fields.data("upload")
    return encode_upload(parse_upload(raw)) == raw


TRANSFER_KINDS: Final = (
    Kind(
        "disclosure",
        "parse a disclosure, verify signatures and commitment, and the log where its keys are given",
        declare(
            disclosure="bytes the disclosure",
            network="bytes the network id",
            **keys_of("sender"),
            origin="text? the log that the message must be in",
            log_ed25519="bytes? with an origin: the log's Ed25519 key",
            log_mldsa44="bytes? with an origin: the log's ML-DSA-44 key",
            rows="bytes? the revealed rows",
            withheld="number? how many rows are not shown",
        ),
        _disclosure,
    ),
    Kind(
        "part-list",
        "verify an attachment's part list against the manifest, and one part where it is given",
        declare(
            list="bytes the part list",
            name="text the attachment's name in the manifest",
            length="number the length that the manifest states",
            root="bytes the root that the manifest states",
            index="number? the place of a part",
            part="bytes? with an index: the part",
        ),
        _part_list,
    ),
    Kind(
        "report",
        "parse a violation report, verify both signers and what is shown",
        declare(
            report="bytes the report",
            network="bytes the network id",
            **keys_of("reporter"),
            **keys_of("sender"),
            rows="bytes? the rows it proves",
            id="bytes? its id",
        ),
        _report,
    ),
    Kind("upload", "parse the state of an upload", declare(upload="bytes the state"), _upload),
)
