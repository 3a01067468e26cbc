"""Policies out of blobs: the bundle's manifest, its files, and the rules in them, each verified by its hash."""

import contextlib
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection

from hub.blobs import ReadBlob, blob_reader
from hub.roster import Roster, Snapshot
from keys.directory import Directory
from policies.errors import PolicyError
from policies.model import PolicySet
from policies.parse import load_policies
from protocol.catalogue.bundle import assemble, parse_manifest
from protocol.errors import Code, Fault
from protocol.ids import PolicyDigest
from protocol.statement_network import PolicyChange
from runtime.database import Database
from runtime.operator import OperatorError


def load_policy(read: ReadBlob, digest: PolicyDigest) -> PolicySet:
    """Return the policies of a bundle. Refuses STATEMENT_ORDER when a blob is missing or a rule cannot be read.

    A policy that not every node could load must not come into force.
    """
    try:
        return _load(read, digest)
    except (Fault, PolicyError) as err:
        raise Fault(Code.STATEMENT_ORDER, f"policy bundle: {err}") from err


def _load(read: ReadBlob, digest: PolicyDigest) -> PolicySet:
    manifest = read(digest)
    blobs = {each: read(each) for _, each in parse_manifest(manifest)}
    return load_policies(assemble(manifest, blobs), digest)


def load_wanted(read: ReadBlob, directory: Directory) -> Mapping[PolicyDigest, PolicySet]:
    """Return the bundles in force, active and superseded, and those of statements that still lack signatures.

    A bundle whose files are not here is left out: after a restore they are published again, and until then the hub is
    not ready (``lacking``). Raises ``OperatorError`` when one in force is here and cannot be loaded.
    """
    out: dict[PolicyDigest, PolicySet] = {}
    for digest in in_force(directory):
        loaded = _load_in_force(read, digest)
        if loaded is not None:
            out[digest] = loaded
    for _, body, _ in directory.pending():
        if isinstance(body, PolicyChange) and body.digest not in out:
            with contextlib.suppress(Fault):
                out[body.digest] = load_policy(read, body.digest)
    return out


def in_force(directory: Directory) -> tuple[PolicyDigest, ...]:
    """Return the digests that messages may name: of the active policy and of the one before it."""
    state = directory.policy()
    if state is None:
        return ()
    return (state.active,) if state.previous is None else (state.active, state.previous)


async def load_lacking(database: Database, roster: Roster) -> None:
    """Put bundles in force that were published after the start. The roster changes in the writer's thread only."""

    def load(connection: Connection) -> None:
        snapshot = roster.current
        policies = load_wanted(blob_reader(connection), snapshot.directory)
        roster.swap(replace(snapshot, policies={**snapshot.policies, **policies}))

    if lacking(roster.current):
        await database.write(load)


def lacking(snapshot: Snapshot) -> bool:
    """Return whether files of the active policy are missing, so that every message would be refused."""
    state = snapshot.directory.policy()
    return state is not None and state.active not in snapshot.policies


def _load_in_force(read: ReadBlob, digest: PolicyDigest) -> PolicySet | None:
    try:
        return _load(read, digest)
    except (Fault, PolicyError) as err:
        if isinstance(err, Fault) and err.code is Code.NOT_FOUND:
            return None
        raise OperatorError(
            "POLICY_UNREADABLE",
            f"The policy bundle {digest.hex()[:16]} that is in force cannot be loaded: {err}",
            "A hub does not decide by rules that it cannot read",
            "Restore the database from a backup, or start the release of the hub that this policy was written for",
        ) from err
