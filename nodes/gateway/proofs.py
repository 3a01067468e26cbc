"""Verifies what the hub answers to a submission, a receipt or a token before this node believes it."""

import asyncio
from dataclasses import dataclass

from nodes.gateway.stores import Network
from protocol.cbor import decode
from protocol.checkpoint import Checkpoint, LogKeys, messages_origin, verify_checkpoint
from protocol.errors import Code, Fault
from protocol.evidence import parse_inclusion, verify_leaf
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
    BAD_CONSISTENCY, SPLIT_VIEW, and the hub's troubles.
    """
    directory = network.replica.directory
    keys = directory.charter.hub_log_keys
    note, leaf, _ = await asyncio.to_thread(_verify, raw, claim, messages_origin(directory.network_id), keys)
    await network.heads.accept(note, keys)
    if leaf.directory_size > directory.size:
        await network.sync.run()
    network.replica.directory.check_view(leaf.directory_size, leaf.directory_root)
    return Logged(leaf, raw)


def _verify(raw: bytes, claim: Claim, origin: str, keys: LogKeys) -> tuple[bytes, Leaf, Checkpoint]:
    fields = as_map(decode(raw, MAX_CHECKPOINT + MAX_STATEMENT), "proof", (1, 2, 3))
    note = as_bytes(fields[3], "checkpoint")
    checkpoint = verify_checkpoint(note, origin, keys)
    leaf = verify_leaf(parse_inclusion(fields[2]), checkpoint)
    if fields[1] != claim.digest or (leaf.kind, leaf.digest) != (claim.kind, claim.digest):
        raise Fault(Code.BAD_EVIDENCE, "leaf of something else")
    return note, leaf, checkpoint
