"""Parsers of files that people hand each other, and of JSON from programs on the same machine."""

import json

from keys.exchange_files import (
    Party,
    Sheet,
    StatementFile,
    encode_directory,
    encode_party,
    encode_statements,
    found_directory,
    parse_directory,
    parse_party,
    parse_statements,
)
from keys.personal import Act, ActKind, parse_act
from keys.private_keys import Role
from keys.share_text import read_share, share_lines
from keys.shared_copy import MAGIC, parse_copy
from keys.shares import set_item, set_of, split
from nodes.api.strict_json import parse_object
from protocol.cbor import Tagged, encode
from protocol.cose import ED25519, ML_DSA_65
from protocol.cose import parse as parse_signed
from protocol.errors import Malformed
from protocol.ids import NodeId, Reference
from protocol.limits import MAX_SIGNED
from tests.fuzz.target import Broken, Target
from tests.make_vectors.cast import NETWORK, NOW, Cast, Drawing, drawn
from tests.make_vectors.directory_cases import Founded
from tests.make_vectors.stored import Store

CAST = Cast(Store(frozen=True))
FOUNDED = Founded(CAST)
SHARES = split(drawn("shared secret"), 2, 3, Drawing("shares"))


def _act_payload(act: Act) -> bytes:
    return encode([str(act.kind), act.node, act.person, act.role, act.draft, act.time])


def _act(raw: bytes) -> bytes:
    if _act_payload(parse_act(raw)) != parse_signed(raw, MAX_SIGNED).payload:
        raise Broken("an act has a second spelling")
    return raw


def _copy(raw: bytes) -> bytes:
    copy = parse_copy(raw)
    return encode([MAGIC, set_item(copy.shares), copy.keystore])


def _share(raw: bytes) -> bytes:
    """A person's typing has many spellings, so what was understood is read back, and the bytes are not compared."""
    try:
        share = read_share(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise Malformed("not UTF-8") from None
    if read_share("\n".join(share_lines(share))) != share:
        raise Broken("a share reads back otherwise")
    return raw


def _json(raw: bytes) -> bytes:
    found = parse_object(raw)
    if parse_object(json.dumps(found).encode()) != found:
        raise Broken("an object reads back otherwise")
    return raw


PARTY = Party(role=Role.NODE, name="rs.contact", identity=CAST.rs_signer.public, log=CAST.log.keys, tls_spki=b"spki")
SHEETS = StatementFile(NETWORK, (Sheet(FOUNDED.keys), Sheet(FOUNDED.agreement)))
ACT = _act_payload(
    Act(
        kind=next(iter(ActKind)),
        node=NodeId("rs.contact"),
        person=Reference(drawn("person", size=16)),
        role="issuer",
        draft=drawn("draft"),
        time=NOW,
    )
)
KIDS = [encode({1: algorithm, 4: bytes(32)}) for algorithm in (ED25519, ML_DSA_65)]
SIGNED_ACT = encode(Tagged(98, [b"", {}, ACT, [[KIDS[0], {}, bytes(64)], [KIDS[1], {}, bytes(3309)]]]))
COPY = encode([MAGIC, set_item(set_of(SHARES)), b"keystore"])
DIRECTORY = encode_directory(found_directory(FOUNDED.pin, FOUNDED.entries[0]))
DOCUMENT = json.dumps({"type": "MT-01/1", "to": ["rs.contact"], "body": {"reason": "Виђено", "n": [1, True, None]}})
FILE_TARGETS = (
    Target("party", lambda raw: encode_party(parse_party(raw)), "", "", (encode_party(PARTY),)),
    Target("statements", lambda raw: encode_statements(parse_statements(raw)), "", "", (encode_statements(SHEETS),)),
    Target("directory", lambda raw: encode_directory(parse_directory(raw)), "", "", (DIRECTORY,)),
    Target("act", _act, "", "", (SIGNED_ACT,)),
    Target("shared-copy", _copy, "", "", (COPY,)),
    Target("share", _share, "", "", tuple("\n".join(share_lines(each)).encode() for each in SHARES)),
    Target("json", _json, "", "", (DOCUMENT.encode(),)),
)
