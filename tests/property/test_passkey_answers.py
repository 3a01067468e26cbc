"""Whatever a browser or an attacker sends as the answer of a passkey is verified or refused, and never a fault."""

import base64
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nodes.gateway.search import SearchKey
from nodes.people.acting import PersonId
from nodes.people.challenges import Challenges
from nodes.people.factors import Site
from nodes.people.passkeys import Passkeys
from tests.simulators.authenticator import Authenticator
from tests.simulators.party import CountingEntropy

ORIGIN = "https://desk.example.org"
WHO = PersonId("a" * 32)


class _Here:
    entropy = CountingEntropy("passkeys")

    @staticmethod
    def clock() -> int:
        return 1_790_000_000


PASSKEYS = Passkeys(Site(ORIGIN, "Desk"), Challenges(_Here(), SearchKey(bytes(32))))  # type: ignore[arg-type]
DEVICE = Authenticator(ORIGIN)
REGISTERED = json.loads(DEVICE.create(PASSKEYS.registration(WHO, "ana")))
SIGNED = json.loads(DEVICE.get(PASSKEYS.authentication()))
FOUND = PASSKEYS.register(WHO, json.dumps(REGISTERED))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _changed(answer: dict[str, Any], name: str, at: int, bits: int) -> str:
    """Return the answer with bits of one of its parts flipped."""
    raw = bytearray(_raw(answer["response"][name]))
    raw[at % len(raw)] ^= bits
    text = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
    return json.dumps({**answer, "response": {**answer["response"], name: text}})


def test_the_answers_are_right_before_they_are_changed() -> None:
    assert FOUND is not None
    presented = PASSKEYS.presented(json.dumps(SIGNED))
    assert presented is not None
    assert PASSKEYS.verify(presented, FOUND.key, 0) == 1


@given(st.sampled_from(sorted(SIGNED["response"])), st.integers(0, 5_000), st.integers(1, 255))
def test_a_changed_signature_is_refused(name: str, at: int, bits: int) -> None:
    assert FOUND is not None
    presented = PASSKEYS.presented(_changed(SIGNED, name, at, bits))
    if presented is not None and name != "userHandle":
        assert PASSKEYS.verify(presented, FOUND.key, 0) is None


@given(st.sampled_from(sorted(REGISTERED["response"])), st.integers(0, 5_000), st.integers(1, 255))
def test_a_changed_registration_is_refused_or_answers_the_same_challenge(name: str, at: int, bits: int) -> None:
    """Nothing signs a registration without attestation; what binds it is the challenge of this person's session."""
    assert FOUND is not None
    found = PASSKEYS.register(WHO, _changed(REGISTERED, name, at, bits))
    assert found is None or found.challenge == FOUND.challenge


@given(st.text(max_size=40) | json_values.map(json.dumps))
def test_anything_else_is_refused(text: str) -> None:
    assert PASSKEYS.presented(text) is None
    assert PASSKEYS.register(WHO, text) is None


@given(st.sampled_from(["id", "rawId", "type", "response"]), json_values)
def test_parts_of_another_kind_are_refused(name: str, value: Any) -> None:
    assert PASSKEYS.register(WHO, json.dumps({**REGISTERED, name: value})) is None
    assert FOUND is not None
    presented = PASSKEYS.presented(json.dumps({**SIGNED, name: value}))
    assert presented is None or PASSKEYS.verify(presented, FOUND.key, 0) is None


@given(st.sampled_from(sorted(REGISTERED["response"])), st.binary(max_size=80))
def test_parts_of_any_bytes_are_refused(name: str, raw: bytes) -> None:
    text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    changed = {**REGISTERED, "response": {**REGISTERED["response"], name: text}}
    assert PASSKEYS.register(WHO, json.dumps(changed)) is None
