"""What a statement, party or directory says, as plain names and values: for whoever is about to sign, and as JSON."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from enum import Enum
from typing import Final

from keys.certificates import certificate_pin
from keys.directory import Directory
from keys.exchange_files import Party, Sheet
from keys.signers import Rule, founding_rule, kid
from protocol.cbor import Item
from protocol.charter import ChannelTerms, Charter
from protocol.checkpoint import LogKeys
from protocol.cose import identity_kid
from protocol.cosignature import Witness
from protocol.mandate import Mandate
from protocol.ports import IdentityPublic
from protocol.public_keys import parse_identity
from protocol.records import Participant
from protocol.scope import Scope
from protocol.shapes import as_bytes, as_fixed, as_int, as_list, as_text
from protocol.statement_nodes import PublishedKey
from protocol.statements import Body, kind_of

Value = str | int | bool | list["Value"] | dict[str, "Value"] | None
_WIDTH: Final = 80  # columns of values on one line
_TIMES: Final = (
    "issued_at",
    "created_at",
    "activated_at",
    "valid_from",
    "valid_until",
    "not_before",
    "not_after",
    "until",
    "since",
)


def describe(body: Body, parties: Sequence[Party] = ()) -> dict[str, Value]:
    """Return every field of a statement by name; keys as fingerprints, times as UTC.

    A charter holds its registrars' identities and none of their names: these come from ``parties``, where known.
    """
    out: dict[str, Value] = {"statement": kind_of(body).name.lower(), **_fields(body)}
    if isinstance(body, Charter):
        names = {identity_kid(each.identity): each.name for each in parties if each.identity is not None}
        kids = [identity_kid(each) for each in body.registrars]
        out["registrars"] = [
            {"name": names.get(each, "not among the party files"), "identity": each.hex()} for each in kids
        ]
    return out


def describe_party(party: Party) -> dict[str, Value]:
    """Return whose public keys a party file holds, as fingerprints to compare over another channel."""
    return {
        "role": str(party.role),
        "name": party.name,
        "identity": None if party.identity is None else identity_kid(party.identity).hex(),
        "checkpoint keys": None if party.log is None else _value("log", party.log),
        "tls pin": None if party.tls_pin is None else party.tls_pin.hex(),
        "authority": party.authority is not None,
        "authority pin": None if party.authority is None else certificate_pin(party.authority).hex(),
    }


def describe_keystore(public: Item) -> dict[str, Value]:
    """Return what a keystore says of itself without its passphrase; opening it recomputes all that."""
    role, name, identity, _, recipients, people, pin, authority = as_fixed(public, "public part", 8)
    keys = [as_fixed(each, "recipient key", 4) for each in as_list(recipients, "recipient keys")]
    ends = [as_int(end, "not-after") for _, _, end, _ in keys]
    return {
        "role": as_text(role, "role"),
        "name": as_text(name, "name"),
        "identity": None if identity is None else identity_kid(parse_identity(identity)).hex(),
        "recipient keys": len(keys),
        "recipient keys until": when(max(ends)) if ends else None,
        "personal keys": len(as_list(people, "people")),
        "tls pin": None if pin is None else as_bytes(pin, "pin").hex(),
        "authority": authority is not None,
    }


def describe_directory(directory: Directory) -> dict[str, Value]:
    """Return what a directory says in short: network, nodes, policy, and what waits for signatures."""
    policy = directory.policy()
    return {
        "network": directory.network_id.hex(),
        "training": directory.charter.training,
        "size": directory.size,
        "root": directory.root.hex(),
        "charter version": directory.charter.version,
        "policy": policy.active.hex() if policy else None,
        "nodes": [_node(each) for each in directory.participants()],
        "agreements": [_fields(each) for each in directory.agreements()],
        "waiting": [
            {"id": id_.hex(), "lacking": lacking, **describe(body)} for id_, body, lacking in directory.pending()
        ],
    }


def progress(sheet: Sheet, directory: Directory | None) -> dict[str, Value]:
    """Return how far a statement has come: its id, how many signed, and how many signatures it still lacks.

    Without a directory only a founding charter can be judged; ``lacking`` is None for anything else.
    """
    signers = frozenset(each.ed_kid for each in sheet.signatures())
    rule = _rule(sheet.body, directory)
    out: dict[str, Value] = {"id": sheet.id.hex(), "signatures": len(signers), "lacking": None}
    if rule is not None:
        waiting = {kid(each) for each in rule.possession} - signers
        out["lacking"] = rule.lacking(signers) + len(waiting)
    return out


def lines(facts: Mapping[str, Value], indent: str = "") -> list[str]:
    """Return facts as indented lines of text."""
    out: list[str] = []
    for name, value in facts.items():
        out += _lines(name, value, indent)
    return out


def when(seconds: int) -> str:
    """Return a time as ISO 8601, UTC, to the second."""
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rule(body: Body, directory: Directory | None) -> Rule | None:
    if directory is not None:
        return directory.rule_for(body)
    return founding_rule(body) if isinstance(body, Charter) and body.previous is None else None


def _node(entry: Participant) -> Value:
    state = "revoked" if entry.revoked else "suspended" if entry.suspended else "in good standing"
    return {"node": entry.node, "kind": str(entry.kind), "channels": list(entry.channels), "state": state}


def _lines(name: str, value: Value, indent: str) -> list[str]:
    label = f"{indent}{name.replace('_', ' ')}:"
    match value:
        case dict():
            return [label, *lines(value, indent + "  ")]
        case list() if any(isinstance(each, dict) for each in value):
            out = [label]
            for each in value:
                inner = lines(each, indent + "    ") if isinstance(each, dict) else [f"{indent}    {each}"]
                out += [f"{indent}  - {inner[0].strip()}", *inner[1:]]
            return out
        case list() if sum(len(str(each)) for each in value) > _WIDTH:
            return [label, *(f"{indent}  - {each}" for each in value)]
        case list():
            return [f"{label} {', '.join(str(each) for each in value) or '-'}"]
        case bool():
            return [f"{label} {'yes' if value else 'no'}"]
        case None:
            return [f"{label} -"]
        case _:
            return [f"{label} {value}"]


def _fields(item: object) -> dict[str, Value]:
    return {each.name: _value(each.name, getattr(item, each.name)) for each in fields(item)}  # type: ignore[arg-type]


def _scope(scope: Scope) -> dict[str, Value]:
    return {
        "instrument": str(scope.instrument),
        "types": list(scope.types),
        "evidence": [str(each) for each in scope.evidence],
        "languages": [", ".join(each) for each in scope.languages],
        "markings": [f"{each.level}: {' = '.join(each.markings)}" for each in scope.equivalences],
    }


def _value(name: str, value: object) -> Value:
    match value:
        case IdentityPublic():
            return identity_kid(value).hex()
        case LogKeys():
            return f"{value.ed25519.hex()} and ML-DSA-44 {hashlib.sha256(value.mldsa44).hexdigest()[:32]}"
        case Enum():
            return str(value) if isinstance(value, str) else value.name.lower()
        case bytes():
            return value.hex()
        case tuple():
            return [_value(name, each) for each in value]
        case bool() | str() | None:
            return value
        case int():
            return when(value) if name in _TIMES else value
        case _:
            return _composed(value)


def _composed(value: object) -> Value:
    match value:
        case Witness():
            return {"name": value.name, "checkpoint keys": _value("keys", value.keys)}
        case ChannelTerms():
            return f"{value.channel} ({value.weeks_ahead} weeks of keys ahead, messages live {value.life_days} days)"
        case Scope():
            return _scope(value)
        case Mandate():
            return _fields(value)
        case PublishedKey():
            return f"{value.channel} {when(value.not_before)} to {when(value.not_after)}"
        case _:
            raise TypeError(type(value).__name__)
