"""Personal signatures inside a message: where they stand, what they sign, and which of them hold (decision 19)."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from keys.directory import Directory
from keys.personal import Act, parse_act, person_kid, sign_act, verify_act
from policies.facts import ActKind, PersonalAct
from protocol.acts import Terms, act_digest
from protocol.catalogue.acts import without_acts
from protocol.catalogue.documents import JSON
from protocol.catalogue.marks import walk
from protocol.catalogue.types import MessageType
from protocol.core import Core
from protocol.errors import Fault
from protocol.fields import Field
from protocol.ids import NodeId
from protocol.ports import IdentitySigner
from protocol.stages import Draft

_KINDS: Final = {each.value: each for each in ActKind}


@dataclass(frozen=True, slots=True)
class Signed:
    """A message as far as personal acts cover it."""

    type: MessageType
    terms: Terms
    body: tuple[Field, ...]
    document: Mapping[str, JSON]


def terms_of(header: Core | Draft) -> Terms:
    """Return the covered header of a core or of the draft it was sealed from."""
    return Terms(
        sender=header.sender,
        to=tuple(each.node for each in header.to),
        channel=header.channel,
        type=header.type,
        purpose=header.purpose,
        language=header.language,
        in_reply_to=header.in_reply_to,
    )


def digest_of(signed: Signed) -> bytes:
    """Return what an act on this message signs; acts that are in it already do not change it."""
    return act_digest(signed.terms, without_acts(signed.type, sorted(signed.body)))


def verified_acts(signed: Signed, directory: Directory, size: int) -> tuple[PersonalAct, ...]:
    """Return the acts whose signatures, person, role and validity hold at a directory size; others are left out.

    A left-out act is no act: the rule that needs one refuses.
    """
    digest = digest_of(signed)
    found = (_verified(each, digest, signed.terms.sender, (directory, size)) for each in _acts(signed))
    return tuple(each for each in found if each is not None)


def sign_into(act: Act, signer: IdentitySigner, network: bytes) -> Mapping[str, JSON]:
    """Return the act object for the document: person, role, key id and signature over the draft's digest."""
    raw = sign_act(act, signer, network)
    return {
        "person": act.person.hex(),
        "role": act.role,
        "kid": person_kid(signer).hex(),
        "signature": base64.urlsafe_b64encode(raw).rstrip(b"=").decode(),
    }


def issuer_path(type_: MessageType) -> str | None:
    """Return where a type takes the signature of one person who issues it, None when it takes none."""
    fields = type_.body_schema.fields.properties
    return next((name for name, each in fields.items() if each.notes.act and each.kind == "object"), None)


def _acts(signed: Signed) -> Iterator[Mapping[str, JSON]]:
    for place in walk(signed.type.body_schema.fields, dict(signed.document)):
        if place.field.notes.act and isinstance(place.value, dict):
            yield place.value


def _verified(
    found: Mapping[str, JSON], digest: bytes, sender: NodeId, view: tuple[Directory, int]
) -> PersonalAct | None:
    directory, size = view
    raw = _signature(found.get("signature"))
    if raw is None:
        return None
    try:
        key = verify_act(raw, digest, directory, size)
        act = parse_act(raw)
    except Fault:
        return None
    kind = _KINDS.get(str(act.kind))
    named = (found.get("person"), found.get("role"), found.get("kid")) == (key.person.hex(), key.role, key.kid.hex())
    if kind is None or not named or key.node != sender:
        return None
    return PersonalAct(kind, key.node, key.person.hex(), key.role)


def _signature(value: JSON) -> bytes | None:
    if not isinstance(value, str):
        return None
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
