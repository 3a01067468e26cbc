"""Passkeys (WebAuthn level 3): options for the browser, and what it returned, verified.

A device must verify its user (PIN, finger or face), keep the key itself (so that no name has to be asked for), and
answer for our origin, on a page that is in no other page's frame. No attestation: which make of device somebody has is
nobody's business.
"""

from dataclasses import dataclass
from typing import Final

import webauthn
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier as Algorithm
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from nodes.people.acting import PersonId
from nodes.people.challenges import LIFE_S, Challenge, Challenges
from nodes.people.factors import Site
from nodes.people.origins import host_of

_MOST: Final = 64 << 10  # characters of what a browser returns; a passkey's answer has about two thousand
_ALGORITHMS: Final = [Algorithm.EDDSA, Algorithm.ECDSA_SHA_256, Algorithm.RSASSA_PKCS1_v1_5_SHA_256]
_UNREADABLE: Final = (WebAuthnException, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What reading bytes of a stranger ends with in the library: all of it means that this is no valid answer."""
_SIGN_IN: Final = "sign-in"


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey that was registered."""

    id: bytes
    key: bytes
    counter: int
    challenge: Challenge


@dataclass(frozen=True, slots=True)
class Presented:
    """A passkey that somebody presents, not verified yet: ``raw`` is what the browser returned."""

    id: bytes
    owner: bytes | None
    raw: str
    challenge: Challenge


@dataclass(frozen=True, slots=True)
class Passkeys:
    """The two ceremonies for one site."""

    site: Site
    challenges: Challenges

    def registration(self, person: PersonId, name: str, known: tuple[bytes, ...] = ()) -> str:
        """Return the options for ``navigator.credentials.create`` as JSON; devices in ``known`` are not offered."""
        options = webauthn.generate_registration_options(
            rp_id=host_of(self.site.origin),
            rp_name=self.site.name,
            user_name=name,
            user_id=bytes.fromhex(person),
            challenge=self.challenges.make(_registering(person)),
            timeout=LIFE_S * 1_000,
            attestation=AttestationConveyancePreference.NONE,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                require_resident_key=True,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
            supported_pub_key_algs=_ALGORITHMS,
        )
        return webauthn.options_to_json(options)

    def register(self, person: PersonId, response: str) -> NewPasskey | None:
        """Return the passkey once it is verified; None for whatever does not freshly answer our options."""
        if len(response) > _MOST:
            return None
        try:
            credential = parse_registration_credential_json(response)
            client = parse_client_data_json(credential.response.client_data_json)
            challenge = self.challenges.check(_registering(person), client.challenge)
            if challenge is None or client.cross_origin:
                return None
            verified = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=challenge.raw,
                expected_rp_id=host_of(self.site.origin),
                expected_origin=self.site.origin,
                require_user_verification=True,
                supported_pub_key_algs=_ALGORITHMS,
            )
        except _UNREADABLE:
            return None
        return NewPasskey(verified.credential_id, verified.credential_public_key, verified.sign_count, challenge)

    def authentication(self) -> str:
        """Return the options for ``navigator.credentials.get`` as JSON. They name nobody: the device knows its user."""
        options = webauthn.generate_authentication_options(
            rp_id=host_of(self.site.origin),
            challenge=self.challenges.make(_SIGN_IN),
            timeout=LIFE_S * 1_000,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return webauthn.options_to_json(options)

    def presented(self, response: str) -> Presented | None:
        """Return which passkey somebody presents to a fresh challenge of ours; None for anything else."""
        if len(response) > _MOST:
            return None
        try:
            credential = parse_authentication_credential_json(response)
            client = parse_client_data_json(credential.response.client_data_json)
            challenge = self.challenges.check(_SIGN_IN, client.challenge)
            owner = credential.response.user_handle
            if challenge is None or client.cross_origin:
                return None
            return Presented(credential.raw_id, owner, response, challenge)
        except _UNREADABLE:
            return None

    def verify(self, presented: Presented, key: bytes, counter: int) -> int | None:
        """Return the passkey's new count of signatures once its signature over the challenge holds; None otherwise."""
        try:
            verified = webauthn.verify_authentication_response(
                credential=presented.raw,
                expected_challenge=presented.challenge.raw,
                expected_rp_id=host_of(self.site.origin),
                expected_origin=self.site.origin,
                credential_public_key=key,
                credential_current_sign_count=counter,
                require_user_verification=True,
            )
        except _UNREADABLE:
            return None
        return verified.new_sign_count


def _registering(person: PersonId) -> str:
    return f"register:{person}"
