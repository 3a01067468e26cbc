"""A policy bundle as a node uses it: rules, words and message catalogue of one digest, from verified bytes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.model import PolicySet
from policies.parse import load_policies
from policies.texts import Library, load_texts
from protocol.catalogue.bundle import assemble, bundle_digest
from protocol.catalogue.load import load_catalogue
from protocol.catalogue.types import Catalogue
from protocol.ids import PolicyDigest


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything one policy digest stands for."""

    digest: PolicyDigest
    policies: PolicySet
    texts: Library
    catalogue: Catalogue


def parse_bundle(manifest: bytes, blobs: Mapping[bytes, bytes]) -> Bundle:
    """Return the bundle of a manifest; ``blobs`` holds each file by its SHA-256.

    Raises the faults of ``assemble`` for a file that is missing or another one, and ``PolicyError`` for bad rules.
    """
    files = assemble(manifest, blobs)
    digest = bundle_digest(manifest)
    return Bundle(
        digest=digest,
        policies=load_policies(files, digest),
        texts=load_texts(files),
        catalogue=load_catalogue(files.__getitem__, sorted(files)),
    )
