"""The kind for evidence bundles: parse the file, follow its directory, verify every claim, give the verdict."""

from typing import Final

from egnatia.conformance.fields import Fields
from egnatia.conformance.kind import Kind, declare
from keys.evidence_check import verify_bundle
from protocol.evidence_bundle import encode_evidence_bundle, parse_evidence_bundle


def _bundle(fields: Fields) -> bool:
    raw = fields.data("bundle")
    file = parse_evidence_bundle(raw)
    proved = verify_bundle(file, fields.maybe("pin"))
    told = [each.id for each in proved.messages]
    return (
        encode_evidence_bundle(file.bundle) == raw
        and fields.maybe("fingerprint") in (None, file.fingerprint)
        and (not fields.has("verdict") or fields.text("verdict") == proved.verdict.value)
        and (not fields.has("message") or list(fields.many("message")) == told)
    )


BUNDLE_KINDS: Final = (
    Kind(
        "bundle",
        "parse an evidence bundle, follow its directory, verify every signature and place in the log",
        declare(
            bundle="bytes the file",
            pin="bytes? the digest of the charter as the reader knows it; taken from the file where absent",
            fingerprint="bytes? the fingerprint it has",
            verdict="text? `verified` or `complete-not-yet-witnessed`",
            message="bytes* the ids of the messages it proves, in its order",
        ),
        _bundle,
    ),
)
