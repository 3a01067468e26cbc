"""A new policy bundle in force while everything runs: published, signed by registrars, fetched by the nodes."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from egnatia.demo.processes import wait_until
from keys.exchange_files import Sheet, StatementFile, encode_statements
from nodes.gateway.bundles import parse_bundle
from protocol.catalogue.bundle import bundle_manifest
from protocol.ids import NodeId, PolicyDigest
from protocol.statement_network import PolicyChange, Reason, Suspension
from protocol.statements import encode_statement, sign_statement
from tests.simulators.hub import PACKAGED
from tests.stories.town import Town

HERE: Final = Path(__file__).parent
PATIENCE_S: Final = 120


def put_in_force(town: Town, files: Mapping[str, bytes]) -> PolicyDigest:
    """Activate a bundle of these files and return its digest, once the hub and all nodes work under it."""
    manifest = bundle_manifest(dict(files))
    blobs = {hashlib.sha256(raw).digest(): raw for raw in files.values()}
    bundle = parse_bundle(manifest, blobs)
    network, folder = town.network, town.folder
    known = {path.name for path in (folder / "bundle").iterdir()}
    names = []
    for raw in (manifest, *files.values()):
        name = hashlib.sha256(raw).hexdigest()
        if name not in known:
            (folder / "bundle" / name).write_bytes(raw)
            names.append(f"bundle/{name}")
    if names:
        town.type(f"hub publish {' '.join(names)} --config hub/hub.toml")
    now = network.clock()
    body = PolicyChange(digest=bundle.digest, issued_at=now, activated_at=now, emergency=False)
    signed = tuple(sign_statement(body, each, network.network_id) for each in network.quorum)
    sheet = StatementFile(network.network_id, (Sheet(encode_statement(body), signed),))
    (folder / "policy.statement").write_bytes(encode_statements(sheet))
    town.type("hub submit policy.statement --config hub/hub.toml")
    network.append(body, *network.quorum)
    town.bundle = bundle
    for node in town.nodes.values():
        wait_until(lambda node=node: _works_under(node, bundle.digest), f"{node.node} under the policy", PATIENCE_S)
    return bundle.digest


def suspend(town: Town, node: str) -> None:
    """Have the registrars suspend a participant; return when every node has read that in the directory."""
    size = max(each.status()["directory"]["size"] for each in town.nodes.values())
    network, now = town.network, town.network.clock()
    body = Suspension(node=NodeId(node), issued_at=now, until=now + 86_400, lift=False, reason=Reason.LOST)
    signed = tuple(sign_statement(body, each, network.network_id) for each in network.quorum)
    sheet = StatementFile(network.network_id, (Sheet(encode_statement(body), signed),))
    (town.folder / "suspension.statement").write_bytes(encode_statements(sheet))
    town.type("hub submit suspension.statement --config hub/hub.toml")
    network.append(body, *network.quorum)
    for each in town.nodes.values():
        wait_until(lambda at=each: at.status()["directory"]["size"] > size, f"{each.node} to know of it", PATIENCE_S)


def _works_under(node: Any, digest: PolicyDigest) -> bool:
    policy = node.status()["policy"]
    return bool(policy["here"] and policy["digest"] == digest.hex())


def relaxed() -> dict[str, bytes]:
    """Return the shipped files with a catalogue that asks for less, so that the rules behind it have something to do.

    The changes stand in ``changed/catalogue.yml``. A policy that these files replace has no time of grace.
    """
    files = dict(PACKAGED)
    wanted = yaml.safe_load((HERE / "changed" / "catalogue.yml").read_text(encoding="utf-8"))
    for name, changes in wanted.items():
        files[f"catalogue/{name}"] = _patched(files[f"catalogue/{name}"], changes)
    for name, raw in PACKAGED.items():
        if name.startswith("policies/") and name.count("/") == 1 and not name.endswith(".tests.yaml"):
            files[name] = raw.replace(b"parameters: {hours: 24}", b"parameters: {hours: 0}")
    files["policies/cso.yaml"] = replaced(files["policies/cso.yaml"], "parameters: {days: 90}\n    article: NET", 30)
    return files


def replaced(raw: bytes, old: str, days: int) -> bytes:
    """Return a policy file with another number of days at the one place that reads ``old``."""
    assert raw.count(old.encode()) == 1, old
    before, _, after = old.partition("days: ")
    return raw.replace(old.encode(), f"{before}days: {days}{after[after.index('}') :]}".encode())


def _patched(raw: bytes, changes: Mapping[str, Any]) -> bytes:
    """Return a JSON file with values replaced, or removed where the new one is null, each by its pointer."""
    document = json.loads(raw)
    for pointer, value in changes.items():
        *way, last = pointer.removeprefix("/").split("/")
        place = document
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if value is None:
            del place[last]
        else:
            place[last] = value
    return json.dumps(document, ensure_ascii=False).encode()
