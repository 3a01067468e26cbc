"""Who plays in the demonstration. Authorities appear by function, organisations under invented names."""

from dataclasses import dataclass
from typing import Final

POLICE: Final = ("police", "system")
JUDICIAL: Final = ("rogatory", "system")
CONTACT: Final = ("contact-point", "police")
PROSECUTION: Final = ("prosecution", "judicial")
CIVIL: Final = ("cso", "system")


@dataclass(frozen=True, slots=True)
class Actor:
    """One participant: the name to type after ``--as``, and what its enrolment says."""

    alias: str
    node: str
    kind: str
    family: str
    country: str
    label: str
    channels: tuple[str, ...]
    languages: tuple[str, ...]
    sees_headers: bool = False  # an auditor whose mandate covers every country and channel


SERBIAN: Final = ("sr-Cyrl", "sr-Latn")
BOSNIAN: Final = ("bs", "en", "hr", *SERBIAN)

CAST: Final = (
    Actor("belgrade", "rs.ilecu", *CONTACT, "RS", "Contact point, Serbia", POLICE, ("bs", "en", "mk", *SERBIAN)),
    Actor("skopje", "mk.ilecu", *CONTACT, "MK", "Contact point, North Macedonia", POLICE, ("en", "mk", *SERBIAN)),
    Actor("sarajevo", "ba.ilecu", *CONTACT, "BA", "Contact point, Bosnia and Herzegovina", POLICE, BOSNIAN),
    Actor(
        "belgrade-prosecution",
        "rs.prosecution",
        *PROSECUTION,
        "RS",
        "Prosecutor's office for organised crime, Serbia",
        JUDICIAL,
        ("bs", "en", *SERBIAN),
    ),
    Actor(
        "sarajevo-prosecution",
        "ba.prosecution",
        *PROSECUTION,
        "BA",
        "Prosecutor's office, Bosnia and Herzegovina",
        JUDICIAL,
        BOSNIAN,
    ),
    Actor("nada", "nada.rs", "cso", "cso", "RS", "Nada, Belgrade", CIVIL, ("de", "en", *SERBIAN)),
    Actor("lotse", "lotse.at", "cso", "cso", "AT", "Lotse, Vienna", CIVIL, ("de", "en", "sr-Latn")),
    Actor(
        "auditor",
        "eu.auditor",
        "auditor",
        "oversight",
        "AT",
        "Auditor of the network",
        ("system",),
        ("en",),
        sees_headers=True,
    ),
)


def actor(alias: str) -> Actor:
    """Return the actor with this alias; an unknown alias is a programming error (``KeyError``)."""
    return {each.alias: each for each in CAST}[alias]
