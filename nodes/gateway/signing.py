"""Personal signatures on a draft: of the one who issues it, and of those who approve it.

All of them sign the same digest, over everything but the signatures themselves (protocol decision 19). Until people
sign in by name, who speaks to the node names the persons whose keys it holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from keys.identity import PrivateIdentity
from keys.personal import Act, ActKind
from nodes.gateway.acts import Signed, digest_of, issuer_path, sign_into, terms_of
from nodes.gateway.compose import Plan, approvals_path, document_faults
from nodes.gateway.here import Here
from nodes.gateway.wishes import InputFault
from policies.documents import value_at
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import flatten
from protocol.ids import Reference
from protocol.stages import Draft


@dataclass(frozen=True, slots=True)
class Person:
    """A person of this node with a personal signing key."""

    id: Reference
    role: str
    signer: PrivateIdentity


@dataclass(frozen=True, slots=True)
class Signing:
    """Signs drafts with the keys of this node's people."""

    here: Here
    people: Mapping[Reference, Person]

    def sign(self, draft: Draft, planned: Plan) -> Draft | Sequence[InputFault]:
        """Return the draft with the signatures that its wish asks for, where its type takes them."""
        wish = planned.wish
        if wish.sign_as is None and not wish.approve_as:
            return draft
        document = dict(wish.document)
        signed = Signed(planned.type, terms_of(draft), draft.body, document)
        digest = digest_of(signed)
        if wish.sign_as is not None:
            path = issuer_path(planned.type)
            person = self.people.get(wish.sign_as)
            if person is None or path is None:
                return [_not_allowed("/sign_as", unknown=person is None)]
            document[path] = self._act(ActKind.ISSUE, person, digest)
        if wish.approve_as:
            place = approvals_path(planned.type, document)
            persons = [each for each in map(self.people.get, wish.approve_as) if each is not None]
            if place is None or len(persons) != len(wish.approve_as):
                return [_not_allowed("/approve_as", unknown=place is not None)]
            acts: list[JSON] = [self._act(ActKind.APPROVE, each, digest) for each in persons]
            document = _with(document, place, acts)
        faults = document_faults(document, "body", planned.type)
        return faults or replace(draft, body=tuple(flatten(document)))

    def _act(self, kind: ActKind, person: Person, digest: bytes) -> dict[str, JSON]:
        here = self.here
        act = Act(kind=kind, node=here.node, person=person.id, role=person.role, draft=digest, time=here.clock())
        return dict(sign_into(act, person.signer, here.network))


def _not_allowed(path: str, *, unknown: bool) -> InputFault:
    words = "This person has no key at this node." if unknown else "This type takes no signature."
    return InputFault(path, "NOT_ALLOWED", words)


def _with(document: dict[str, JSON], pointer: str, acts: list[JSON]) -> dict[str, JSON]:
    """Return the document with more acts in the list at ``pointer``, which is one or two steps long."""
    first, _, second = pointer[1:].partition("/")
    there = value_at(document, pointer)
    listed: list[JSON] = [*(there if isinstance(there, list) else []), *acts]
    if not second:
        return {**document, first: listed}
    inner = document.get(first)
    return {**document, first: {**(inner if isinstance(inner, dict) else {}), second: listed}}
