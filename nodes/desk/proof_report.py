"""The report of a proof: one page for somebody who judges and is no engineer. It runs nothing and loads nothing.

It says what the file beside it proves, in the order in which a reader asks: who, what, when, to whom; then what is not
proved; then how everybody can check it. It is a convenience: only the file proves anything.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from keys.evidence_check import Lack, Proved, ProvedMessage, ProvedRecipient, Verdict
from nodes.casework.proof_tree import path_of
from nodes.desk.moments import LocalTime
from nodes.desk.proof_style import STYLE
from nodes.desk.render import Renderer, Scene
from nodes.desk.texts import Speech, sentence
from nodes.desk.tree_picture import BOX, HEIGHT, WIDTH, Picture, draw
from nodes.gateway.bundles import Bundle
from protocol.evidence import ACCEPTANCE_NAME, EVENT_NAMES, Event
from protocol.ids import TypeId
from protocol.unserved import UNSERVED_NAME

EVENTS: Final = {
    Event.CONTENT_HANDOVER: sentence("Handed over to the system of %(who)s"),
    Event.CONTENT_ACCESS_TRACKING: sentence("Opened by a person at %(who)s"),
    Event.CONTENT_HANDOVER_FAILURE: sentence("Could not be opened by the system of %(who)s"),
    Event.CONSIGNMENT_REJECTION: sentence("Sent back by %(who)s"),
}
LACKS: Final = {
    Lack.MESSAGES: sentence("Too few independent witnesses have signed the log of messages so far."),
    Lack.DIRECTORY: sentence("Too few independent witnesses have signed the directory of participants so far."),
    Lack.SINCE: sentence("Witnesses have not signed the directory since they saw the message. They do within a day."),
    Lack.ENDED: sentence(
        "Keys that signed here were revoked or replaced before witnesses signed the directory that is in the file."
    ),
}
_TREE_LEVELS: Final = 24
_GROUP: Final = 8
Asked = Callable[[], Bundle | None]


@dataclass(frozen=True, slots=True)
class Told:
    """One message of the report, with the picture of its way to the root of the log; None for a log too high."""

    message: ProvedMessage
    title: str
    picture: Picture | None
    handed: tuple[ProvedRecipient, ...]
    silent: tuple[ProvedRecipient, ...]


def report_of(proved: Proved, speech: Speech, local: LocalTime, bundle: Asked = lambda: None) -> str:
    """Return the report as a whole page in one language; titles of message types as far as ``bundle`` knows them."""
    renderer = Renderer(bundle, lambda name: name)
    charter = proved.directory.charter
    known = bundle()
    context = {
        "language": speech.language,
        "sheet": Markup(f"<style>{STYLE}</style>"),  # noqa: S704 - our own style, nothing of the proof is in it
        "proved": proved,
        "bundle": proved.file.bundle,
        "charter": charter,
        "witnessed": proved.verdict is Verdict.VERIFIED,
        "lacks": [LACKS[each] for each in proved.lacks],
        "told": [_told(each, known, speech) for each in proved.messages],
        "fingerprint": grouped(proved.file.fingerprint),
        "pin": grouped(proved.file.bundle.charter),
        "events": EVENTS,
        "names": EVENT_NAMES,
        "acceptance": ACCEPTANCE_NAME,
        "unserved": UNSERVED_NAME,
        "handover": Event.CONTENT_HANDOVER,
        "reading": Event.CONTENT_ACCESS_TRACKING,
        "size": {"width": WIDTH, "box": BOX, "height": HEIGHT},
        "heads": (("directory", proved.directory_head), *(("messages", each) for each in proved.heads)),
    }
    return renderer.render("proof_report.html", Scene(speech, proved.file.bundle.made_at, local), context)


def grouped(digest: bytes) -> str:
    """Return a fingerprint in groups that two people can read to each other."""
    text = digest.hex()
    return " ".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def _told(message: ProvedMessage, known: Bundle | None, speech: Speech) -> Told:
    type_ = None if known is None else known.catalogue.types.get(TypeId(message.core.type))
    title = "" if known is None or type_ is None else known.catalogue.text(type_.title, speech.language)
    path = path_of(message.logged)
    handed = tuple(each for each in message.recipients if each.first(Event.CONTENT_HANDOVER) is not None)
    return Told(
        message=message,
        title=title,
        picture=draw(path) if len(path.steps) <= _TREE_LEVELS else None,
        handed=handed,
        silent=tuple(each for each in message.recipients if each not in handed),
    )
