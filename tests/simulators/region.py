"""The example network of a region (examples/region), founded in memory with its real terms."""

from functools import cache
from pathlib import Path
from typing import Any

from egnatia.region.model import AGREEMENTS, PARTICIPANTS, Pair, Region, parse_region
from protocol.ids import Channel, NodeId
from protocol.scope import Equivalence, Scope
from tests.simulators.network import Member, TestNetwork

FOLDER = Path(__file__).parents[2] / "examples" / "region"


def region_files() -> dict[str, bytes]:
    return {each: (FOLDER / each).read_bytes() for each in (PARTICIPANTS, AGREEMENTS)}


@cache
def example_region() -> Region:
    return parse_region(region_files())


def members(region: Region) -> tuple[Member, ...]:
    return tuple(
        Member(each.node, each.kind, each.family, each.country, each.channels, tuple(sorted(each.languages)))
        for each in region.participants
    )


def terms_of(region: Region, pair: Pair) -> dict[str, Any]:
    """Return what the agreement of a pair states besides dates, as ``TestNetwork.agree`` takes it."""
    turned = pair.between[0] > pair.between[1]

    def ordered(first: Any, second: Any) -> tuple[Any, Any]:
        return (second, first) if turned else (first, second)

    own, their = (tuple(sorted(region.entry(each).languages)) for each in pair.between)
    return {
        "instrument": pair.terms.instrument,
        "articles": pair.terms.articles,
        "purposes": tuple(sorted(pair.terms.purposes)),
        "data_categories": tuple(sorted(pair.terms.categories)),
        "personal_data": pair.terms.personal_data,
        "scope": Scope(
            instrument=pair.terms.kind,
            types=tuple(sorted(pair.terms.types)),
            evidence=ordered(*pair.evidence),
            languages=ordered(own, their),
            equivalences=tuple(Equivalence(level, ordered(one, other)) for level, one, other in pair.markings),
        ),
    }


def agree_all(network: TestNetwork, region: Region) -> None:
    """Put every agreement of the region in force."""
    for pair in region.pairs:
        one, other = map(NodeId, pair.between)
        network.agree(one, other, Channel(pair.terms.channel), **terms_of(region, pair))
