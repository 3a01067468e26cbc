"""Every single byte of one bundle changed, one after the other; and every byte of its message, listed anew."""

import pytest

from egnatia.evidence.single.codec import Refused
from egnatia.evidence.single.files import open_file
from egnatia.evidence.single.told import prove
from keys.evidence_check import verify_bundle
from protocol.errors import Fault
from protocol.evidence_bundle import parse_evidence_bundle
from tests.simulators.bundles import usual
from tests.simulators.tampering import flipped, listed_anew, pieces_of

CASE = usual()
RAW = CASE.raw()


@pytest.mark.torture
@pytest.mark.timeout(7_200)
def test_every_flipped_byte_is_refused_by_both_verifiers() -> None:
    """The digests refuse them, so that no signature is computed: the whole file takes some minutes."""
    taken = []
    for at in range(len(RAW)):
        changed = flipped(RAW, at, 1 << at % 8)
        for parse in (parse_evidence_bundle, lambda raw: open_file(raw, CASE.pin)):
            try:
                parse(changed)
            except (Fault, Refused):
                continue
            taken.append(at)
    assert taken == []


@pytest.mark.torture
@pytest.mark.timeout(7_200)
def test_every_flipped_byte_of_the_message_is_refused_although_it_is_listed_anew() -> None:
    """Here only signatures, proofs and digests under signatures are left to refuse it."""
    _, manifest, members = pieces_of(RAW)
    file, taken = open_file(RAW, CASE.pin), []
    for at in range(len(members[-1])):
        try:
            prove(file, flipped(members[-1], at, 1 << at % 8))
        except Refused:
            continue
        taken.append(at)
    for at in range(0, len(members[-1]), 17):
        raw = listed_anew(manifest, [*members[:-1], flipped(members[-1], at, 1 << at % 8)])
        try:
            verify_bundle(parse_evidence_bundle(raw), CASE.pin)
        except Fault:
            continue
        taken.append(at)
    assert taken == []
