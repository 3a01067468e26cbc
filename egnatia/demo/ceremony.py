"""Found the demonstration's network with the commands of docs/ceremony.md."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Final

from egnatia.demo.cast import CAST, Actor, actor
from egnatia.demo.desk import Typist

REGISTRARS: Final = ("interior-rs", "interior-mk", "justice-at")
WITNESSES: Final = ("belgrade", "skopje", "auditor")
CHANNELS: Final = ("police:4:14", "rogatory:4:30", "cso:4:30", "system:4:14")
_POLICE_PURPOSES: Final = ("prevent", "detect", "investigate", "public_order")
_POLICE_TYPES: Final = (
    *("MT-01", "MT-02", "MT-03", "MT-04", "MT-05", "MT-07", "MT-08", "MT-09", "MT-10", "MT-11", "MT-12", "MT-15"),
    *("MT-16", "MT-19"),
)
_COURT_TYPES: Final = ("MT-02", "MT-07", "MT-08", "MT-11", "MT-12", "MT-16", "MT-R1", "MT-R8", "MT-R10")
_CIVIL_TYPES: Final = ("MT-02", "MT-12", "MT-16", "MT-A1", "MT-E1", "MT-E2", "MT-V1", "MT-V6", "MT-V9")
_POLICE_DATA: Final = ("ID", "CO", "LO", "CA", "TR", "VE", "FI", "OP", "IT", "LE", "CR")


@dataclass(frozen=True, slots=True)
class Bond:
    """An agreement to be signed by two actors. ``evidence`` says whose consent counts in proceedings, for each side."""

    a: str
    b: str
    channel: str
    instrument: str
    articles: tuple[str, ...]
    purposes: tuple[str, ...]
    categories: tuple[str, ...]
    kind: str
    types: tuple[str, ...]
    evidence: tuple[str, str] = ("judicial", "police")


PCC: Final = "Police Cooperation Convention for Southeast Europe"
_PCC_ARTICLES: Final = ("Art 4", "Art 5", "Art 6")
_POLICE: Final = (_POLICE_PURPOSES, _POLICE_DATA, "pcc", _POLICE_TYPES)
BONDS: Final = (
    Bond("belgrade", "skopje", "police", PCC, _PCC_ARTICLES, *_POLICE),
    Bond("belgrade", "sarajevo", "police", PCC, _PCC_ARTICLES, *_POLICE),
    Bond(
        "belgrade-prosecution",
        "sarajevo-prosecution",
        "rogatory",
        "European Convention on Mutual Assistance in Criminal Matters with its Second Additional Protocol",
        ("Art 3", "Art 14"),
        ("proceedings",),
        _POLICE_DATA,
        "mla59-ap2",
        _COURT_TYPES,
    ),
    Bond(
        "nada",
        "lotse",
        "cso",
        "Agreement on assisted return between two organisations",
        ("Art 2",),
        ("assistance", "return", "testimony_support"),
        ("ID", "CO", "HE", "LO", "CA", "RI", "TR", "LE", "FA", "SV", "OP"),
        "cso-contract",
        _CIVIL_TYPES,
    ),
)


class Founding:
    """The ceremony, in steps that the story tells one by one. Files stand in the typist's folder."""

    def __init__(self, typist: Typist) -> None:
        self._typist = typist
        self.pin = ""
        self.policy = ""

    def make_keys(self) -> int:
        """Make a keystore and a party file for everybody; return how many."""
        parties = [("registrar", name, name) for name in REGISTRARS]
        parties += [("authority", "network-ca", "ca"), ("hub", "hub", "hub")]
        parties += [("node", who.node, who.alias) for who in CAST]
        self._typist.together([[_create(*each)] for each in parties])
        return len(parties)

    def sign_charter(self) -> str:
        """Draft and sign the charter of a training network, begin the directory, return the digest to be pinned."""
        registrars = " ".join(f"--registrar {name}.party" for name in REGISTRARS)
        witnesses = " ".join(f"--witness {alias}.party" for alias in WITNESSES)
        channels = " ".join(f"--channel {each}" for each in CHANNELS)
        drafted = self._typist.type(
            f"keys charter --out charter.statement --hub hub.party --authority ca.party {registrars} --threshold 2 "
            f"{witnesses} --quorum 3 {channels} --training --json"
        )
        self.pin = str(json.loads(drafted)["id"])
        signatures = [_sign(name, "charter") for name in (*REGISTRARS, "hub")]
        self._typist.together([[*signatures, f"{_append('charter')} --pin {self.pin}"]])
        return self.pin

    def enrol(self) -> int:
        """Enrol every participant, each signed by itself and two registrars; return how many."""
        aliases = [who.alias for who in CAST]
        self._typist.together([[_enrol(who)] for who in CAST])
        self._typist.together([[*(_sign(name, *aliases) for name in REGISTRARS[:2]), _append(*aliases)]])
        return len(CAST)

    def publish_keys(self) -> None:
        """Publish the weekly recipient keys of every participant, and what its software understands."""
        for verb in ("rotate", "capability"):
            self._typist.together([[_publish(who, verb)] for who in CAST])
            self._typist.together([[_append(*(f"{who.alias}-{verb}" for who in CAST))]])

    def bind_people(self, roles: Mapping[str, str]) -> None:
        """Give one person at each node a personal key, bound to an opaque id and a role."""
        lines = [
            f"keys person --store {alias}.keystore --directory network.directory --role {role} "
            f"--out {alias}-person.statement"
            for alias, role in roles.items()
        ]
        self._typist.together([[line] for line in lines])
        self._typist.together([[_append(*(f"{alias}-person" for alias in roles))]])

    def agree(self) -> int:
        """Have both parties sign each agreement; return how many are in force."""
        self._typist.together([[_agree(bond), _sign(bond.b, _name(bond))] for bond in BONDS])
        self._typist.together([[_append(*map(_name, BONDS))]])
        return len(BONDS)

    def activate_policy(self) -> str:
        """Put the packaged policies in force with two signatures; return their digest."""
        exported = self._typist.type("policy export bundle --json")
        self.policy = str(json.loads(exported)["digest"])
        drafted = f"keys policy {self.policy} --directory network.directory --out policy.statement"
        signatures = [_sign(name, "policy") for name in REGISTRARS[:2]]
        self._typist.together([[drafted, *signatures, _append("policy")]])
        return self.policy

    def certify(self) -> None:
        """Issue the TLS certificates of hub and nodes."""
        hub = "keys certify hub.party --store ca.keystore --host 127.0.0.1 --out hub.pem"
        nodes = [f"keys certify {who.alias}.party --store ca.keystore --out {who.alias}.pem" for who in CAST]
        self._typist.together([["keys authority ca.party --out ca.pem"], [hub], *([line] for line in nodes)])


def _create(role: str, name: str, file: str) -> str:
    return f"keys create {role} {name} --store {file}.keystore --out {file}.party"


def _sign(signer: str, *statements: str) -> str:
    files = " ".join(f"{each}.statement" for each in statements)
    return f"keys sign {files} --store {signer}.keystore --yes"


def _append(*statements: str) -> str:
    files = " ".join(f"{each}.statement" for each in statements)
    return f"keys append {files} --directory network.directory"


def _enrol(who: Actor) -> str:
    lists = " ".join([f"--channel {each}" for each in who.channels] + [f"--language {each}" for each in who.languages])
    if who.sees_headers:
        lists += f" --audits-country {quote('*')} --audits-channel {quote('*')}"
    return (
        f"keys enrol --store {who.alias}.keystore --directory network.directory --out {who.alias}.statement "
        f"--kind {who.kind} --family {who.family} --country {who.country} --label {quote(who.label)} {lists}"
    )


def _publish(who: Actor, verb: str) -> str:
    return f"keys {verb} --store {who.alias}.keystore --directory network.directory --out {who.alias}-{verb}.statement"


def _name(bond: Bond) -> str:
    return f"{bond.channel}-{bond.a}-{bond.b}"


def _agree(bond: Bond) -> str:
    lists = " ".join(
        [f"--article {quote(each)}" for each in bond.articles]
        + [f"--purpose {each}" for each in bond.purposes]
        + [f"--category {each}" for each in bond.categories]
        + [f"--type {each}" for each in bond.types]
    )
    return (
        f"keys agree --store {bond.a}.keystore --with {actor(bond.b).node} --directory network.directory "
        f"--out {_name(bond)}.statement --channel {bond.channel} --instrument {quote(bond.instrument)} {lists} "
        f"--instrument-kind {bond.kind} --personal-data --own-evidence {bond.evidence[0]} "
        f"--their-evidence {bond.evidence[1]}"
    )
