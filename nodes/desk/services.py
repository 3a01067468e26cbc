"""What the pages work with: the gateway and the books over it, one value for all pages."""

from collections.abc import Callable
from dataclasses import dataclass, field

from nodes.casework.alert_paper import PaperBook
from nodes.casework.alert_round import Alerts
from nodes.casework.alert_screens import ScreenBook
from nodes.casework.case_approvals import ApprovalBook
from nodes.casework.case_book import CaseBook
from nodes.casework.counted_reports import CountedReports
from nodes.casework.processing_log_book import LogBook
from nodes.casework.proof_book import ProofBook
from nodes.casework.retention_book import RetentionBook
from nodes.config import DeskSettings
from nodes.desk.assets import Assets
from nodes.desk.changes import Changes
from nodes.desk.moments import LocalTime
from nodes.desk.seal import Seal
from nodes.desk.texts import Texts
from nodes.gateway.gateway import Gateway
from nodes.people.factors import Site
from nodes.people.invitations import Invitations
from nodes.people.own_factors import OwnFactors
from nodes.people.people_book import PeopleBook
from nodes.people.sessions import SessionLimits, Sessions
from nodes.people.sign_in import SignIn
from protocol.records import Participant
from runtime.log import Log

_MINUTE, _HOUR = 60, 3_600


def _unheard(name: str) -> None:
    """Ring nowhere: no loops run beside this desk."""


@dataclass(frozen=True, slots=True)
class Persons:
    """Everything about people: accounts, ways in, sessions."""

    book: PeopleBook
    sign_in: SignIn
    sessions: Sessions
    invitations: Invitations
    factors: OwnFactors


def persons_of(gateway: Gateway, settings: DeskSettings, site: Site) -> Persons:
    """Return what is kept about people at this node."""
    book = PeopleBook(gateway)
    limits = SessionLimits(settings.idle_minutes * _MINUTE, settings.session_hours * _HOUR)
    return Persons(
        book,
        SignIn(gateway, book, site),
        Sessions(gateway, book, limits),
        Invitations(gateway, book, site),
        OwnFactors(gateway, book, site),
    )


@dataclass(slots=True, kw_only=True)
class DeskServices:
    """Everything a page may ask. A book of another room is one more field here and one line in ``app.py``."""

    gateway: Gateway
    settings: DeskSettings
    origin: str
    log: Log
    persons: Persons
    cases: CaseBook
    approvals: ApprovalBook
    texts: Texts
    assets: Assets
    seal: Seal
    log_book: LogBook
    proofs: ProofBook
    reports: CountedReports
    retention: RetentionBook
    alerts: Alerts
    changes: Changes = field(default_factory=Changes)
    leaving: set[str] = field(default_factory=set)
    """What is being passed on at this moment, by its subject: the same is not sent from two windows at once."""
    ring: Callable[[str], None] = _unheard
    """Lets a loop of the node take its next round at once."""

    @property
    def screens(self) -> ScreenBook:
        """The screens on walls."""
        return ScreenBook(self.gateway, self.alerts.settings.screen_days)

    @property
    def papers(self) -> PaperBook:
        """What is passed on without the hub."""
        return PaperBook(self.gateway, self.alerts.settings)

    @property
    def people(self) -> PeopleBook:
        """The accounts of this contact point."""
        return self.persons.book

    def now(self) -> int:
        """Return the present second."""
        return self.gateway.here.clock()

    def here(self) -> Participant | None:
        """Return this contact point as the directory shows it; None before its statement is there."""
        return self.gateway.network.replica.directory.participant(self.gateway.here.node)

    def local(self) -> LocalTime:
        """Return the legal time of this contact point's country."""
        known = self.here()
        return LocalTime(known.country if known is not None else "")
