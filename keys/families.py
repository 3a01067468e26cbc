"""Which family a kind of participant may belong to and which channels a family may join (invariant 6).

Information and evidence never meet at one node: no family holds both a police and a judicial channel.
Bytes: docs/wire.md section 6.4.
"""

from collections.abc import Mapping
from typing import Final

from protocol.errors import Code, Fault
from protocol.ids import Channel
from protocol.records import Family, Kind

_KINDS: Final[Mapping[Kind, frozenset[Family]]] = {
    Kind.CONTACT_POINT: frozenset({Family.POLICE}),
    Kind.AGENCY: frozenset({Family.POLICE, Family.JUDICIAL}),
    Kind.JOINT_CENTRE: frozenset({Family.POLICE}),
    Kind.PROSECUTION: frozenset({Family.JUDICIAL}),
    Kind.COURT: frozenset({Family.JUDICIAL}),
    Kind.CENTRAL_AUTHORITY: frozenset({Family.JUDICIAL}),
    Kind.CSO: frozenset({Family.CSO}),
    Kind.CHILD_PROTECTION: frozenset({Family.CSO}),
    Kind.COORDINATOR: frozenset({Family.OVERSIGHT}),
    Kind.AUDITOR: frozenset({Family.OVERSIGHT}),
}
_CHANNELS: Final[Mapping[Family, frozenset[str]]] = {
    Family.POLICE: frozenset({"police", "joint-centre", "police-cso", "statistics", "system"}),
    Family.JUDICIAL: frozenset({"rogatory", "court-support", "statistics", "system"}),
    Family.CSO: frozenset({"cso", "police-cso", "court-support", "statistics", "system"}),
    Family.OVERSIGHT: frozenset({"statistics", "system"}),
}


def check_family(kind: Kind, family: Family, channels: tuple[Channel, ...]) -> None:
    """Raise NOT_PERMITTED unless the kind may belong to the family and the family may join every channel."""
    if family not in _KINDS[kind]:
        raise Fault(Code.NOT_PERMITTED, f"{kind} is not of family {family}")
    strange = [each for each in channels if each not in _CHANNELS[family]]
    if strange:
        raise Fault(Code.NOT_PERMITTED, f"family {family} does not join {', '.join(strange)}")
