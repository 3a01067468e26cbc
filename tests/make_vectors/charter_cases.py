"""Charters: each term with one defect."""

import hashlib

from protocol.cbor import Item, encode
from protocol.cose import identity_kid
from protocol.errors import Code
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import NETWORK, NOW, Cast, LogSigner, Signer, drawn
from tests.make_vectors.message import without


def _identity(signer: Signer) -> list[Item]:
    return [signer.public.ed25519, signer.public.mldsa65]


def _witness(name: str, signer: LogSigner) -> list[Item]:
    return [name, signer.keys.ed25519, signer.keys.mldsa44]


def charter_map(cast: Cast) -> dict[int, Item]:
    """Return the map of a small network's first charter."""
    registrars = sorted(cast.registrars[:2], key=lambda each: identity_kid(each.public))
    return {
        1: 1,
        2: NETWORK,
        3: True,
        4: NOW,
        6: _identity(cast.hub),
        7: [cast.log.keys.ed25519, cast.log.keys.mldsa44],
        8: drawn("hub pin"),
        9: drawn("authority"),
        10: [_identity(each) for each in registrars],
        11: 2,
        12: [_witness(f"witness-{at}", each) for at, each in enumerate(cast.witnesses[:2])],
        13: 2,
        14: 1,
        15: [["police", 8, 14], ["system", 8, 30]],
    }


def charter_cases(cast: Cast) -> list[Case]:
    out = Cases("charter")
    good = charter_map(cast)
    registrars, witnesses = good[10], good[12]
    assert isinstance(registrars, list)
    assert isinstance(witnesses, list)

    def payload(**changes: Item) -> bytes:
        return encode([0, good | {int(name[1:]): value for name, value in changes.items()}])

    first = payload()
    out.good("first", "the first charter of a network", payload=first, digest=hashlib.sha256(first).digest())
    out.good("later", "a later charter names the one before it", payload=payload(_1=2, _5=drawn("previous")))
    for label in (1, 2, 6, 10, 12, 15):
        missing = encode([0, without(good, label)])
        out.bad(Code.MALFORMED, f"label-{label}-missing", f"label {label} is missing", payload=missing)
    out.bad(Code.UNKNOWN_FIELD, "label-16", "a label outside the table", payload=payload(_16=0))
    defects: tuple[tuple[str, str, dict[str, Item]], ...] = (
        ("version-0", "versions count from 1", {"_1": 0}),
        ("version-2-without-previous", "a later charter names the one before it", {"_1": 2}),
        ("first-with-previous", "the first charter names none", {"_5": drawn("previous")}),
        ("network-short", "a network id of 15 bytes", {"_2": bytes(15)}),
        ("training-1", "1 is not true", {"_3": 1}),
        ("created-negative", "a time before the epoch", {"_4": -1}),
        ("pin-short", "a pin of 31 bytes", {"_8": bytes(31)}),
        ("authority-empty", "no authority", {"_9": b""}),
        ("one-registrar", "one registrar alone", {"_10": registrars[:1]}),
        ("registrars-descend", "registrars do not ascend by identity", {"_10": registrars[::-1]}),
        ("threshold-1", "one registrar decides nothing", {"_11": 1}),
        ("threshold-3-of-2", "more than there are registrars", {"_11": 3}),
        ("one-witness", "one witness alone", {"_12": witnesses[:1]}),
        ("witnesses-descend", "witnesses do not ascend by name", {"_12": witnesses[::-1]}),
        (
            "witness-name-capital",
            "a capital letter in a witness's name",
            {"_12": [["Witness", *witnesses[0][1:]], witnesses[1]]},
        ),  # type: ignore[index,misc]
        ("quorum-1-of-2", "a quorum that one faulty witness turns", {"_13": 1}),
        ("quorum-3-of-2", "more than there are witnesses", {"_13": 3}),
        ("suite-0", "suites count from 1", {"_14": 0}),
        ("no-channel", "a network without a channel", {"_15": []}),
        ("channels-descend", "channels do not ascend", {"_15": [["system", 8, 30], ["police", 8, 14]]}),
        ("channel-twice", "one channel twice", {"_15": [["police", 8, 14], ["police", 8, 14]]}),
        ("channel-unknown", "a channel outside the list", {"_15": [["gossip", 8, 14]]}),
        ("weeks-3", "keys for fewer than 4 weeks", {"_15": [["police", 3, 14]]}),
        ("weeks-61", "keys for more than 60 weeks", {"_15": [["police", 61, 14]]}),
        ("life-13", "a life of fewer than 14 days", {"_15": [["police", 8, 13]]}),
        ("life-91", "a life of more than 90 days", {"_15": [["police", 8, 91]]}),
    )
    for name, comment, changes in defects:
        out.bad(Code.MALFORMED, name, comment, payload=payload(**changes))
    out.bad(Code.UNKNOWN_SUITE, "suite-2", "a suite outside the registry", payload=payload(_14=2))
    _keys(out, cast, payload, registrars, witnesses)
    out.bad(
        Code.MALFORMED,
        "not-a-charter",
        "a statement of another kind",
        payload=encode([4, {1: bytes(32), 2: 1, 3: 1, 4: True}]),
    )
    return out.found


def _keys(out: Cases, cast: Cast, payload: object, registrars: list[Item], witnesses: list[Item]) -> None:
    assert callable(payload)
    weak: list[Item] = [bytes([1]) + bytes(31), cast.hub.public.mldsa65]
    out.bad(Code.KEY_INVALID, "hub-key-small-order", "the identity point as key", payload=payload(_6=weak))
    log: list[Item] = [cast.log.keys.ed25519, cast.log.keys.mldsa44[:-1]]
    out.bad(Code.KEY_INVALID, "log-key-short", "an ML-DSA-44 key of 1311 bytes", payload=payload(_7=log))
    out.bad(Code.KEY_ALREADY_BOUND, "registrar-twice", "one registrar twice", payload=payload(_10=[registrars[0]] * 2))
    again: list[Item] = ["witness-1", *witnesses[0][1:]]  # type: ignore[index,misc]  # a row
    shared = payload(_12=[witnesses[0], again])
    out.bad(Code.KEY_ALREADY_BOUND, "witnesses-share-a-key", "two witnesses with one key", payload=shared)
