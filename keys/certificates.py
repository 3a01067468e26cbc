"""TLS certificates from the network's own P-256 authority, and the SPKI pins that the directory knows them by.

TLS identity never replaces signatures (protocol decision 13): a certificate gets a node as far as the hub's door, the
pin in the directory says which node it is. Certificates last 90 days; renewing with the same key keeps the pin.
"""

import datetime as dt
import hashlib
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from protocol.charter import DAY
from protocol.errors import Code, Fault
from protocol.ports import Entropy

AUTHORITY_DAYS: Final = 3650
LEAF_DAYS: Final = 90
RENEW_BEFORE_DAYS: Final = 30  # a third of the life is left for people to act
_BACKDATE: Final = 3600  # seconds; a machine whose clock is a little behind accepts a new certificate at once
_SERIAL: Final = 19  # bytes; RFC 5280 section 4.1.2.2 allows 20 with the sign bit clear


@dataclass(frozen=True, slots=True)
class TlsKey:
    """A P-256 private key as PKCS 8 DER; never shown."""

    der: bytes = field(repr=False)

    @property
    def private(self) -> ec.EllipticCurvePrivateKey:
        """The key as the library holds it."""
        try:
            key = load_der_private_key(self.der, None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise Fault(Code.KEY_INVALID, "tls key") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise Fault(Code.KEY_INVALID, "tls key is not P-256")
        return key

    @property
    def pin(self) -> bytes:
        """SHA-256 of the SubjectPublicKeyInfo."""
        return key_pin(self.private.public_key())

    def pem(self) -> bytes:
        """Return the key as the PEM file that TLS libraries load; the caller keeps it private."""
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True, slots=True)
class Authority:
    """The network's certificate authority."""

    key: TlsKey
    certificate: bytes  # DER


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a certificate is for: a node id or ``hub``, and for a server the names or addresses it is reached by."""

    name: str
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expiry:
    """How long a certificate lasts: ``days`` left at the time of asking, negative when it is over."""

    name: str
    not_after: int
    days: int

    @property
    def due(self) -> bool:
        """Whether it is time to renew."""
        return self.days < RENEW_BEFORE_DAYS


def create_tls_key() -> TlsKey:
    """Return a new P-256 key; its randomness is the library's own."""
    key = ec.generate_private_key(ec.SECP256R1())
    return TlsKey(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def create_authority(label: str, now: int, entropy: Entropy) -> Authority:
    """Return a new authority for one network: it may sign certificates and nothing below it may."""
    key = create_tls_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, label)])
    public = key.private.public_key()
    builder = (
        _builder(name, name, public, entropy)
        .not_valid_before(_when(now - _BACKDATE))
        .not_valid_after(_when(now + AUTHORITY_DAYS * DAY))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    return Authority(key, builder.sign(key.private, hashes.SHA256()).public_bytes(Encoding.DER))


def issue_certificate(authority: Authority, subject: Subject, spki: bytes, now: int, entropy: Entropy) -> bytes:
    """Return a 90-day certificate (DER) for the public key in ``spki`` (DER SubjectPublicKeyInfo).

    With hosts it is a server's, without a client's. Refuses KEY_INVALID unless the key is P-256.
    """
    public = _public_key(spki)
    issuer = x509.load_der_x509_certificate(authority.certificate)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject.name)])
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if subject.hosts else ExtendedKeyUsageOID.CLIENT_AUTH
    alternatives = [_alternative(host) for host in subject.hosts or (subject.name,)]
    builder = (
        _builder(name, issuer.subject, public, entropy)
        .not_valid_before(_when(now - _BACKDATE))
        .not_valid_after(_when(now + LEAF_DAYS * DAY))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.private.public_key()), critical=False
        )
    )
    return builder.sign(authority.key.private, hashes.SHA256()).public_bytes(Encoding.DER)


def public_spki(key: TlsKey) -> bytes:
    """Return the DER SubjectPublicKeyInfo of a key: what is sent to the authority."""
    return _spki(key.private.public_key())


def key_pin(public: ec.EllipticCurvePublicKey) -> bytes:
    """Return the SHA-256 of a public key's SubjectPublicKeyInfo."""
    return hashlib.sha256(_spki(public)).digest()


def spki_pin(spki: bytes) -> bytes:
    """Return the pin of a DER SubjectPublicKeyInfo."""
    return hashlib.sha256(spki).digest()


def certificate_pin(certificate: bytes) -> bytes:
    """Return the pin of a DER certificate's key. Refuses KEY_INVALID for bytes that are no certificate."""
    return hashlib.sha256(
        _load(certificate).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).digest()


def pem_of(certificate: bytes) -> bytes:
    """Return a DER certificate as PEM."""
    return _load(certificate).public_bytes(Encoding.PEM)


def der_of(pem: bytes) -> bytes:
    """Return the one certificate in a PEM file as DER. Refuses KEY_INVALID otherwise."""
    try:
        return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
    except ValueError:
        raise Fault(Code.KEY_INVALID, "certificate") from None


def expiry(name: str, certificate: bytes, now: int) -> Expiry:
    """Return how long a DER certificate lasts."""
    end = int(_load(certificate).not_valid_after_utc.timestamp())
    return Expiry(name, end, (end - now) // DAY)


def expiry_report(certificates: Mapping[str, bytes], now: int) -> Sequence[Expiry]:
    """Return every certificate's expiry, the one that ends first in front."""
    return sorted((expiry(name, each, now) for name, each in certificates.items()), key=lambda each: each.not_after)


def _builder(
    name: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, entropy: Entropy
) -> x509.CertificateBuilder:
    serial = int.from_bytes(entropy(_SERIAL), "big") | 1
    return x509.CertificateBuilder(issuer, name, public, serial)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _public_key(spki: bytes) -> ec.EllipticCurvePublicKey:
    try:
        public = load_der_public_key(spki)
    except ValueError:
        raise Fault(Code.KEY_INVALID, "tls key") from None
    if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
        raise Fault(Code.KEY_INVALID, "tls key is not P-256")
    return public


def _load(certificate: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(certificate)
    except ValueError:
        raise Fault(Code.KEY_INVALID, "certificate") from None


def _spki(public: ec.EllipticCurvePublicKey) -> bytes:
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _when(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC)
