"""Policies out of blobs: the bundle's manifest, its files, and the rules in them, each verified by its hash."""

from collections.abc import Iterable, Mapping

from hub.blobs import ReadBlob
from keys.directory import Directory
from policies.errors import PolicyError
from policies.model import PolicySet
from policies.parse import load_policies
from protocol.catalogue.bundle import assemble, parse_manifest
from protocol.errors import Code, Fault
from protocol.ids import PolicyDigest
from protocol.statement_network import PolicyChange


def load_policy(read: ReadBlob, digest: PolicyDigest) -> PolicySet:
    """Return the policies of a bundle. Refuses STATEMENT_ORDER when a blob is missing or a rule cannot be read.

    A policy that not every node could load must not come into force.
    """
    try:
        manifest = read(digest)
        blobs = {each: read(each) for _, each in parse_manifest(manifest)}
        return load_policies(assemble(manifest, blobs), digest)
    except (Fault, PolicyError) as err:
        raise Fault(Code.STATEMENT_ORDER, f"policy bundle: {err}") from err


def wanted_digests(directory: Directory) -> tuple[PolicyDigest, ...]:
    """Return the bundles to have at hand: active, superseded, and those of statements that lack signatures."""
    state = directory.policy()
    named: list[PolicyDigest] = [] if state is None else [state.active]
    if state is not None and state.previous is not None:
        named.append(state.previous)
    named += [body.digest for _, body, _ in directory.pending() if isinstance(body, PolicyChange)]
    return tuple(dict.fromkeys(named))


def load_wanted(read: ReadBlob, digests: Iterable[PolicyDigest]) -> Mapping[PolicyDigest, PolicySet]:
    """Return what can be loaded; messages under a bundle that cannot are refused with POLICY_UNKNOWN."""
    out: dict[PolicyDigest, PolicySet] = {}
    for digest in digests:
        try:
            out[digest] = load_policy(read, digest)
        except Fault:
            continue
    return out
