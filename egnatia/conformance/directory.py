"""Kinds for the directory: statements with their signatures, the charter, and whole directories."""

import hashlib
from typing import Final

from egnatia.conformance.fields import Fields
from egnatia.conformance.kind import Kind, declare
from egnatia.conformance.vector import VectorError
from keys.directory import Directory
from protocol import domains
from protocol.charter import Charter
from protocol.cose import verify
from protocol.errors import Malformed
from protocol.ports import IdentityPublic
from protocol.statements import encode_entry, encode_statement, network_of, parse_entry, parse_payload, statement_id


def _statement(fields: Fields) -> bool:
    if fields.choice("payload", "entry") == "payload":
        payload = fields.data("payload")
        return encode_statement(parse_payload(payload)) == payload and _id_fits(fields, payload)
    raw = fields.data("entry")
    entry = parse_entry(raw)
    halves = zip(fields.many("signer-ed25519"), fields.many("signer-mldsa65"), strict=True)
    signers = [IdentityPublic(*each) for each in halves]
    if len(signers) != len(entry.signatures):
        raise VectorError("a signer for each signature of the entry, in its order")
    network = network_of(entry.body, fields.data("network"))
    for signed, signer in zip(entry.signatures, signers, strict=True):
        verify(signed, signer, domains.STATEMENT, network)
    return encode_entry([each.raw for each in entry.signatures]) == raw and _id_fits(fields, entry.payload)


def _id_fits(fields: Fields, payload: bytes) -> bool:
    return fields.maybe("id") in (None, statement_id(payload))


def _charter(fields: Fields) -> bool:
    payload = fields.data("payload")
    body = parse_payload(payload)
    if not isinstance(body, Charter):
        raise Malformed("not a charter")
    same = encode_statement(body) == payload
    return same and fields.maybe("digest") in (None, hashlib.sha256(payload).digest())


def _directory(fields: Fields) -> bool:
    first, *entries = fields.many("entry") or (b"",)
    directory = Directory.start(first, fields.data("pin")).extend(entries)
    in_force = [each.node for each in directory.participants() if not each.revoked]
    return (
        fields.maybe("root") in (None, directory.root)
        and directory.size == 1 + len(entries)
        and in_force == list(fields.texts("participant"))
    )


DIRECTORY_KINDS: Final = (
    Kind(
        "statement",
        "parse a statement; of an entry, verify every signature",
        declare(
            payload="bytes? the signed payload alone",
            entry="bytes? or the directory entry",
            id="bytes? the statement's id",
            network="bytes? with an entry: the network id",
            signer_ed25519="bytes* with an entry: the Ed25519 half of each signer, in the entry's order",
            signer_mldsa65="bytes* with an entry: the ML-DSA-65 half of each signer",
        ),
        _statement,
    ),
    Kind(
        "charter",
        "parse a charter's payload",
        declare(payload="bytes the payload", digest="bytes? what is pinned at installation"),
        _charter,
    ),
    Kind(
        "directory",
        "fold entries from the pinned charter on, each after the ones before it",
        declare(
            pin="bytes the SHA-256 of the charter's payload, as installed",
            entry="bytes* the directory's entries in their order, the charter's first",
            root="bytes? the root over all entries",
            participant="text* the nodes that are enrolled and not revoked after the last entry, ascending",
        ),
        _directory,
    ),
)
