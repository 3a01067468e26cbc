"""Who takes part in the stories, what binds them, and what they lack: everything a rule may look at in the directory.

Six participants run a node. The others are enrolled and run none: they can be written to, and each of them has a fault
that a rule must see.
"""

from dataclasses import dataclass, field
from typing import Final

from protocol.ids import Channel
from protocol.records import Family, Kind
from protocol.scope import Equivalence, EvidentialUse, Instrument, Scope
from tests.simulators.network import Member

LANGUAGES: Final = ("bs", "de", "en", "mk", "sq", "sr-Cyrl", "sr-Latn")
_POLICE: Final = (Kind.CONTACT_POINT, Family.POLICE)
_COURTS: Final = (Kind.PROSECUTION, Family.JUDICIAL)
_CIVIL: Final = (Kind.CSO, Family.CSO)
_OF_POLICE: Final = tuple(map(Channel, ("police", "police-cso", "system")))
_OF_COURTS: Final = tuple(map(Channel, ("rogatory", "system")))
_OF_CIVIL: Final = tuple(map(Channel, ("cso", "police-cso", "system")))


def _police(name: str, country: str, languages: tuple[str, ...] = LANGUAGES) -> Member:
    return Member(name, *_POLICE, country, _OF_POLICE, languages)


def _courts(name: str, country: str, languages: tuple[str, ...] = LANGUAGES) -> Member:
    return Member(name, *_COURTS, country, _OF_COURTS, languages)


def _civil(name: str, country: str, languages: tuple[str, ...] = LANGUAGES) -> Member:
    return Member(name, *_CIVIL, country, _OF_CIVIL, languages)


RUNNING: Final = (
    _police("rs.ilecu", "RS"),
    _police("mk.ilecu", "MK"),
    _courts("rs.prosecution", "RS"),
    _courts("ba.prosecution", "BA"),
    _civil("nada.rs", "RS"),
    _civil("lotse.at", "AT"),
)
QUIET: Final = (
    _police("al.ilecu", "AL", ("sq",)),  # reads one language only
    _police("ba.ilecu", "BA"),
    _police("hr.ilecu", "HR"),
    _police("me.ilecu", "ME"),
    _police("xk.ilecu", "XK"),
    _police("ro.ilecu", "RO"),  # may open what is classified
    _police("si.ilecu", "SI"),  # nothing binds it to anybody
    _police("hu.ilecu", "HU"),  # its agreement covers no personal data, few categories and one purpose
    _police("bg.ilecu", "BG"),  # its agreements have a scope: one type and few languages, and a contract of no use here
    _police("at.ilecu", "AT"),  # its state leaves it to its police to consent to use in proceedings
    Member("mk.agency", Kind.AGENCY, Family.POLICE, "MK", _OF_POLICE, LANGUAGES),
    _courts("mk.prosecution", "MK", ("mk",)),
    _courts("si.prosecution", "SI"),
    _courts("hu.prosecution", "HU"),
    _courts("bg.prosecution", "BG"),  # accepts English only under its agreement
    _courts("hr.prosecution", "HR"),  # its agreement covers results only
    _courts("me.prosecution", "ME"),  # its agreement rests on the police convention
    _civil("ura.al", "AL", ("sq",)),
    _civil("casa.it", "IT"),  # accepts English only under its agreements
    _civil("doma.si", "SI"),  # its agreements cover acknowledgements only
    _civil("terra.gr", "GR"),  # its agreements rest on a working arrangement
    _civil("most.ba", "BA"),  # nothing binds it to anybody
    _civil("hilfe.de", "DE"),  # its agreement covers no personal data and one purpose
    Member("eu.coordinator", Kind.COORDINATOR, Family.OVERSIGHT, "AT", (Channel("system"),), LANGUAGES),
    Member("eu.auditor", Kind.AUDITOR, Family.OVERSIGHT, "AT", (Channel("system"),), ("en",)),
)
ACCREDITED: Final = ("ro.ilecu", "rs.ilecu")
"""Who may open what is classified R."""
MEMBERS: Final = (*RUNNING, *QUIET)
PEOPLE: Final = {
    "rs.ilecu": ("supervisor", "central_authority"),
    "ro.ilecu": ("supervisor",),
    "mk.ilecu": ("supervisor", "central_authority"),
    "rs.prosecution": ("prosecutor", "supervisor"),
    "ba.prosecution": ("prosecutor", "supervisor"),
    "nada.rs": ("supervisor", "case_worker"),
    "lotse.at": ("supervisor", "case_worker"),
}
"""Roles of the people with a personal key; a story signs as one of them by role."""

CATEGORIES: Final = (*("BI", "CA", "CO", "CR", "FA", "FI", "HE", "ID", "IT", "LE", "LO", "OP", "RI", "SV", "TR", "VE"),)
FEW: Final = ("CA", "LO")


@dataclass(frozen=True, slots=True)
class Bond:
    """An agreement between two participants on one channel."""

    a: str
    b: str
    channel: str
    purposes: tuple[str, ...]
    categories: tuple[str, ...] = CATEGORIES
    personal_data: bool = True
    changes: dict[str, object] = field(default_factory=dict)


def _scope(instrument: Instrument, *types: str, accepted: tuple[str, ...] = LANGUAGES) -> dict[str, object]:
    """Return a scope whose first party accepts these languages; the member with the lesser name is the first."""
    evidence = (EvidentialUse.JUDICIAL, EvidentialUse.JUDICIAL)
    return {"scope": Scope(instrument=instrument, types=types, evidence=evidence, languages=(accepted, LANGUAGES))}


def _of_its_police() -> dict[str, object]:
    evidence = (EvidentialUse.POLICE, EvidentialUse.POLICE)
    scope = Scope(
        instrument=Instrument.BILATERAL, types=("MT-05",), evidence=evidence, languages=(LANGUAGES, LANGUAGES)
    )
    return {"scope": scope}


def _classified() -> dict[str, object]:
    """Return a scope under which both parties know what is classified R by a marking of their own."""
    evidence = (EvidentialUse.JUDICIAL, EvidentialUse.JUDICIAL)
    scope = Scope(
        instrument=Instrument.PCC,
        types=("MT-05", "MT-11"),
        evidence=evidence,
        languages=(LANGUAGES, LANGUAGES),
        equivalences=(Equivalence("R", ("secret de serviciu", "интерно")),),
    )
    return {"scope": scope}


_MLA, _CONTRACT = Instrument.MLA, Instrument.CSO_CONTRACT
POLICE: Final = ("prevent", "detect", "investigate")  # public order is a purpose of the channel that nobody agreed on
COURTS: Final = ("proceedings",)
CIVIL: Final = ("assistance", "return")  # support of testimony is a purpose of the channel that nobody agreed on
BONDS: Final = (
    *(Bond("rs.ilecu", each, "police", POLICE) for each in ("mk.ilecu", "al.ilecu", "ba.ilecu", "hr.ilecu")),
    *(Bond("rs.ilecu", each, "police", POLICE) for each in ("me.ilecu", "xk.ilecu")),
    Bond("rs.ilecu", "ro.ilecu", "police", POLICE, changes=_classified()),
    Bond("mk.ilecu", "ba.ilecu", "police", POLICE),
    Bond("mk.agency", "rs.ilecu", "police", POLICE),
    Bond("rs.ilecu", "hu.ilecu", "police", ("investigate",), FEW, personal_data=False),
    Bond("rs.prosecution", "ba.prosecution", "rogatory", COURTS),
    Bond("rs.prosecution", "mk.prosecution", "rogatory", COURTS),
    Bond("rs.prosecution", "hu.prosecution", "rogatory", ("other",), FEW, personal_data=False),
    Bond("nada.rs", "lotse.at", "cso", CIVIL),
    Bond("lotse.at", "ura.al", "cso", CIVIL),
    Bond("lotse.at", "hilfe.de", "cso", ("assistance",), FEW, personal_data=False),
    Bond("rs.ilecu", "nada.rs", "police-cso", ("assistance",)),
    Bond("rs.ilecu", "ura.al", "police-cso", ("assistance",)),
    Bond("rs.ilecu", "hilfe.de", "police-cso", ("other",), FEW, personal_data=False),
    Bond("lotse.at", "nada.rs", "police-cso", ("assistance",)),
    Bond("rs.ilecu", "bg.ilecu", "police", POLICE, changes=_scope(Instrument.PCC, "MT-01", accepted=("en", "mk"))),
    Bond("mk.ilecu", "bg.ilecu", "police", POLICE, changes=_scope(_CONTRACT, "MT-01")),
    Bond("rs.prosecution", "bg.prosecution", "rogatory", COURTS, changes=_scope(_MLA, "MT-R1", accepted=("en",))),
    Bond("rs.prosecution", "hr.prosecution", "rogatory", COURTS, changes=_scope(_MLA, "MT-R8")),
    Bond("rs.prosecution", "me.prosecution", "rogatory", COURTS, changes=_scope(Instrument.PCC, "MT-R1")),
    Bond("rs.ilecu", "at.ilecu", "police", POLICE, changes=_of_its_police()),
    Bond("lotse.at", "casa.it", "cso", CIVIL, changes=_scope(_CONTRACT, "MT-E1", accepted=("en",))),
    Bond("lotse.at", "doma.si", "cso", CIVIL, changes=_scope(_CONTRACT, "MT-02")),
    Bond("lotse.at", "terra.gr", "cso", CIVIL, changes=_scope(Instrument.WORKING, "MT-E1")),
    Bond("rs.ilecu", "casa.it", "police-cso", ("assistance",), changes=_scope(_CONTRACT, "MT-V7", accepted=("en",))),
    Bond("rs.ilecu", "doma.si", "police-cso", ("assistance",), changes=_scope(_CONTRACT, "MT-02")),
    Bond("rs.ilecu", "terra.gr", "police-cso", ("assistance",), changes=_scope(Instrument.WORKING, "MT-V7")),
)
