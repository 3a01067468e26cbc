"""What an agreement's command line means: a scope as it was given, a renewal without a gap, an agreement in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from keys.directory import Directory
from keys.summaries import Value, when
from protocol.catalogue.agreements import AgreementWords
from protocol.catalogue.load import load_catalogue
from protocol.errors import Malformed
from protocol.ids import NodeId
from protocol.records import Agreement, Participant
from protocol.scope import Equivalence, EvidentialUse, Instrument, Scope
from protocol.statement_network import AgreementTerms
from runtime.operator import OperatorError
from runtime.package_data import read_catalogue_files

Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeWish:
    """What somebody typed about a scope; pairs are own and their."""

    kind: str | None
    types: Texts
    languages: tuple[Texts, Texts]
    evidence: tuple[str | None, str | None]
    markings: Texts


def scope_of(wish: ScopeWish, sides: tuple[NodeId, NodeId], directory: Directory) -> Scope | None:
    """Return the scope in the order of the parties; None where nothing of it was given.

    Languages that were not given are those of the directory; evidence takes a judicial instrument unless said so.
    """
    if wish.kind is None:
        if wish.types or any(wish.languages) or any(wish.evidence) or wish.markings:
            raise _lacking("--instrument-kind", "Types, languages, evidence and markings belong to a scope")
        return None
    if not wish.types:
        raise _lacking("--type", "An agreement that names no message type covers none")
    own, their = (_languages(*each, directory) for each in zip(wish.languages, sides, strict=True))
    evidence = tuple(EvidentialUse(each or EvidentialUse.JUDICIAL) for each in wish.evidence)
    turned = sides[0] > sides[1]
    return Scope(
        instrument=Instrument(wish.kind),
        types=tuple(sorted(set(wish.types))),
        evidence=(evidence[1], evidence[0]) if turned else (evidence[0], evidence[1]),
        languages=(their, own) if turned else (own, their),
        equivalences=tuple(sorted((_marking(each, turned) for each in wish.markings), key=lambda each: each.level)),
    )


def renewed(before: Agreement, now: int, begin: int, end: int | None) -> AgreementTerms:
    """Return the terms of ``before`` with new dates. A renewal that begins after its end would leave a gap: refused."""
    if before.valid_until is not None and begin > before.valid_until:
        raise OperatorError(
            "GAP",
            f"The renewal would begin at {when(begin)}, the agreement ends at {when(before.valid_until)}",
            "Nothing could be sent in between",
            "Give --valid-from a time before that end; the two may overlap",
        )
    return AgreementTerms(
        parties=before.parties,
        channel=before.channel,
        issued_at=now,
        instrument=before.instrument,
        articles=before.articles,
        purposes=before.purposes,
        data_categories=before.data_categories,
        personal_data=before.personal_data,
        evidential_use=before.evidential_use,
        valid_from=begin,
        valid_until=end,
        scope=before.scope,
    )


def words_of(agreement: Agreement, directory: Directory | None, language: str) -> list[str]:
    """Return an agreement as lines of text, with the footnotes of its parties' countries."""
    words = _words(directory, language)
    told = [f"{label}: {text}" for label, text in words.lines(agreement)]
    return [f"id: {agreement.id.hex()}", *told, *words.footnotes(agreement)]


def plain_lines(agreement: Agreement, directory: Directory | None, language: str, now: int) -> dict[str, Value]:
    """Return an agreement in words as one object, with its id and whether its dates contain ``now``."""
    words = _words(directory, language)
    return {
        "id": agreement.id.hex(),
        "current": agreement.in_force(now),
        "words": dict(words.lines(agreement)),
        "footnotes": list(words.footnotes(agreement)),
    }


def _words(directory: Directory | None, language: str) -> AgreementWords:
    files = read_catalogue_files()

    def nobody(_: NodeId) -> Participant | None:
        return None

    return AgreementWords(
        load_catalogue(files.__getitem__, tuple(files)),
        nobody if directory is None else directory.participant,
        language,
    )


def _languages(given: Texts, node: NodeId, directory: Directory) -> Texts:
    entry = directory.participant(node)
    if not given and entry is None:
        raise _lacking("--own-language and --their-language", f"{node} has no entry in the directory")
    return tuple(sorted(set(given or (() if entry is None else entry.languages))))


def _marking(text: str, turned: bool) -> Equivalence:  # noqa: FBT001 - the order of the parties
    parts: Sequence[str] = text.split(":")
    if len(parts) != len(("level", "own", "theirs")):
        raise Malformed(f"--marking {text}: write LEVEL:OWN:THEIRS")
    level, own, their = parts
    return Equivalence(level, (their, own) if turned else (own, their))


def _lacking(option: str, why: str) -> OperatorError:
    return OperatorError("OPTIONS", f"{option} is lacking", why, f"Give {option}")
