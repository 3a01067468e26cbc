"""Verifies what the hub answers to a submission, a receipt or a token before this node believes it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from keys.signed_head import check_signer, leaf_charters
from nodes.gateway.stores import Network
from protocol.cbor import decode
from protocol.checkpoint import Checkpoint
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
    if told != claim.digest:
        raise Fault(Code.BAD_EVIDENCE, "leaf of something else")
    (leaf,) = await verify_leaves(network, [(claim, inclusion)], note)
    return Logged(leaf, raw)


async def verify_leaves(network: Network, claims: Sequence[tuple[Claim, Inclusion]], note: bytes) -> list[Leaf]:
    """Return the leaves of several claims, in their order, that one checkpoint proves, as ``verify_logged`` does.

    Raises what that raises, for the first that does not hold; then none of them counts.
    """
    checkpoint, charter = await network.heads.verify(note)
    leaves = await asyncio.to_thread(lambda: [_leaf(claim, inclusion, checkpoint) for claim, inclusion in claims])
    await network.heads.accept(note)
    if any(leaf.directory_size > network.replica.directory.size for leaf in leaves):
        await network.sync.run()
    directory = network.replica.directory
    for leaf in leaves:
        directory.check_view(leaf.directory_size, leaf.directory_root)
        check_signer(charter, leaf_charters(directory, leaf.directory_size))
    return leaves


def _leaf(claim: Claim, inclusion: Inclusion, checkpoint: Checkpoint) -> Leaf:
    leaf = verify_leaf(inclusion, checkpoint)
    if (leaf.kind, leaf.digest) != (claim.kind, claim.digest):
        raise Fault(Code.BAD_EVIDENCE, "leaf of something else")
    return leaf


def _parse(raw: bytes) -> tuple[bytes, Inclusion, bytes]:
    fields = as_map(decode(raw, MAX_CHECKPOINT + MAX_STATEMENT), "proof", (1, 2, 3))
    return as_bytes(fields[1], "digest"), parse_inclusion(fields[2]), as_bytes(fields[3], "checkpoint")
