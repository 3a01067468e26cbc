"""Verifies what the hub answers to a submission, a receipt or a token before this node believes it."""

import asyncio
from dataclasses import dataclass

from keys.signed_head import check_signer, leaf_charters
from nodes.gateway.stores import Network
from protocol.cbor import decode
from protocol.errors import Code, Fault
from protocol.evidence import Inclusion, parse_inclusion, verify_leaf
from protocol.leaf import Leaf, LeafKind
from protocol.limits import MAX_CHECKPOINT, MAX_STATEMENT
from protocol.shapes import as_bytes, as_map


@dataclass(frozen=True, slots=True)
class Claim:
    """What the hub has to prove: that a leaf of this kind with this digest stands in the message log."""

    kind: LeafKind
    digest: bytes


@dataclass(frozen=True, slots=True)
class Logged:
    """A leaf of the message log, verified, with the bytes that prove it to others."""

    leaf: Leaf
    proof: bytes


async def verify_logged(network: Network, claim: Claim, raw: bytes) -> Logged:
    """Return the leaf after checkpoint signatures, inclusion, consistency and the directory view were verified.

    Raises MALFORMED, BAD_CHECKPOINT, BAD_SIGNATURE, BAD_INCLUSION, BAD_EVIDENCE (a leaf of something else),
    BAD_CONSISTENCY, SPLIT_VIEW, MISSING_SIGNATURE for keys of no charter since the leaf was decided, and the hub's
    troubles.
    """
    told, inclusion, note = _parse(raw)
    checkpoint, charter = await network.heads.verify(note)
    leaf = await asyncio.to_thread(verify_leaf, inclusion, checkpoint)
    if told != claim.digest or (leaf.kind, leaf.digest) != (claim.kind, claim.digest):
        raise Fault(Code.BAD_EVIDENCE, "leaf of something else")
    await network.heads.accept(note)
    if leaf.directory_size > network.replica.directory.size:
        await network.sync.run()
    directory = network.replica.directory
    directory.check_view(leaf.directory_size, leaf.directory_root)
    check_signer(charter, leaf_charters(directory, leaf.directory_size))
    return Logged(leaf, raw)


def _parse(raw: bytes) -> tuple[bytes, Inclusion, bytes]:
    fields = as_map(decode(raw, MAX_CHECKPOINT + MAX_STATEMENT), "proof", (1, 2, 3))
    return as_bytes(fields[1], "digest"), parse_inclusion(fields[2]), as_bytes(fields[3], "checkpoint")
