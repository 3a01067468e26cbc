"""Kinds, families and channels: information and evidence never meet at one node."""

import pytest

from keys.families import check_family
from protocol.errors import Code
from protocol.ids import CHANNELS, Channel
from protocol.records import Family, Kind
from tests.simulators.refusal import refused

JOINED = {
    Family.POLICE: {"police", "joint-centre", "police-cso", "statistics", "system"},
    Family.JUDICIAL: {"rogatory", "court-support", "statistics", "system"},
    Family.CSO: {"cso", "police-cso", "court-support", "statistics", "system"},
    Family.OVERSIGHT: {"statistics", "system"},
}
TYPICAL = {
    Family.POLICE: Kind.CONTACT_POINT,
    Family.JUDICIAL: Kind.COURT,
    Family.CSO: Kind.CSO,
    Family.OVERSIGHT: Kind.AUDITOR,
}


@pytest.mark.parametrize("family", list(Family))
@pytest.mark.parametrize("channel", CHANNELS)
def test_a_family_joins_its_channels_only(family: Family, channel: Channel) -> None:
    if channel in JOINED[family]:
        check_family(TYPICAL[family], family, (channel,))
    else:
        with refused(Code.NOT_PERMITTED):
            check_family(TYPICAL[family], family, (channel,))


@pytest.mark.parametrize("kind", list(Kind))
def test_a_kind_belongs_to_its_family(kind: Kind) -> None:
    fits = [family for family in Family if accepted(kind, family)]
    assert fits == ([Family.POLICE, Family.JUDICIAL] if kind is Kind.AGENCY else fits[:1])
    assert fits


def accepted(kind: Kind, family: Family) -> bool:
    try:
        check_family(kind, family, ())
    except Exception:  # noqa: BLE001 - which fault it is, the other test says
        return False
    return True


def test_no_family_holds_information_and_evidence() -> None:
    assert not [each for each in JOINED.values() if {"police", "rogatory"} <= each]
