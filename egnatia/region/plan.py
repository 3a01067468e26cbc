"""The ceremony of a region as command lines, in the order in which people type them; see docs/ceremony.md."""

from collections.abc import Iterator
from itertools import chain
from shlex import quote

from egnatia.region.model import Entry, Pair, Region


def plan(region: Region, policy: str) -> tuple[str, ...]:
    """Return every line that founds the network under the policy with this digest, in hex, as a training network.

    The charter's own digest is not known before it is drafted: ``PIN`` stands for it.
    """
    return tuple(
        chain(_keys(region), _charter(region), _enrolments(region), _agreements(region), _activation(region, policy))
    )


def _keys(region: Region) -> Iterator[str]:
    yield from (_create("registrar", each) for each in region.registrars)
    yield from (_create("authority", "authority"), _create("hub", "hub"))
    yield from (_create("node", each.node) for each in region.participants)


def _charter(region: Region) -> Iterator[str]:
    registrars = " ".join(f"--registrar {each}.party" for each in region.registrars)
    witnesses = " ".join(f"--witness {each}.party" for each in region.witnesses)
    channels = " ".join(f"--channel {each}" for each in region.channels)
    yield (
        f"keys charter --out charter.statement --hub hub.party --authority authority.party {registrars} "
        f"--threshold {region.threshold} {witnesses} --quorum {region.quorum} {channels} --training"
    )
    yield from (_sign(each, "charter") for each in (*region.registrars, "hub"))
    yield f"{_append('charter')} --pin PIN"


def _enrolments(region: Region) -> Iterator[str]:
    names = [each.node for each in region.participants]
    yield from (_enrol(each) for each in region.participants)
    yield from (_sign(each, *names) for each in region.registrars[: region.threshold])
    yield _append(*names)
    for verb in ("rotate", "capability"):
        for name in names:
            yield f"keys {verb} --store {name}.keystore --directory network.directory --out {name}-{verb}.statement"
        yield _append(*(f"{name}-{verb}" for name in names))


def _agreements(region: Region) -> Iterator[str]:
    yield from (_agree(each) for each in region.pairs)
    seconds: dict[str, list[str]] = {}
    for each in region.pairs:
        seconds.setdefault(each.between[1], []).append(each.name)
    yield from (_sign(node, *names) for node, names in seconds.items())
    if region.pairs:
        yield _append(*(each.name for each in region.pairs))


def _activation(region: Region, policy: str) -> Iterator[str]:
    yield f"keys policy {policy} --directory network.directory --out policy.statement"
    yield from (_sign(each, "policy") for each in region.registrars[: region.threshold])
    yield _append("policy")


def _create(role: str, name: str) -> str:
    return f"keys create {role} {name} --store {name}.keystore --out {name}.party"


def _sign(signer: str, *statements: str) -> str:
    return f"keys sign {_files(statements)} --store {signer}.keystore --yes"


def _append(*statements: str) -> str:
    return f"keys append {_files(statements)} --directory network.directory"


def _files(statements: tuple[str, ...]) -> str:
    return " ".join(f"{each}.statement" for each in statements)


def _enrol(each: Entry) -> str:
    options = [
        *(f"--channel {channel}" for channel in each.channels),
        *(f"--language {language}" for language in each.languages),
        *(f"--accredited {level}" for level in each.accredited),
    ]
    return (
        f"keys enrol --store {each.node}.keystore --directory network.directory --out {each.node}.statement "
        f"--kind {each.kind} --family {each.family} --country {each.country} --label {quote(each.label)} "
        f"{' '.join(options)}"
    )


def _agree(pair: Pair) -> str:
    terms, (own, other) = pair.terms, pair.between
    options = [
        *(f"--article {quote(each)}" for each in terms.articles),
        *(f"--type {each}" for each in terms.types),
        *(f"--purpose {each}" for each in terms.purposes),
        *(f"--category {each}" for each in terms.categories),
        *(f"--marking {quote(':'.join(each))}" for each in pair.markings),
        "--personal-data" if terms.personal_data else "--no-personal-data",
        f"--own-evidence {pair.evidence[0]}",
        f"--their-evidence {pair.evidence[1]}",
    ]
    return (
        f"keys agree --store {own}.keystore --with {other} --directory network.directory --out {pair.name}.statement "
        f"--channel {terms.channel} --instrument {quote(terms.instrument)} --instrument-kind {terms.kind} "
        f"{' '.join(options)}"
    )
