"""What acts of several people have put in force, and who must sign the next one. Pure.

Until the registrars have named operators nobody can sign an act, and the settings file is in force. From then on what
an act decides is decided by acts alone: a file that says otherwise is not followed
(docs/adr/0018-two-people-for-hub-acts.md).
"""

from dataclasses import dataclass, replace
from typing import assert_never

from protocol.charter import Charter
from protocol.hub_acts import LEAST_OPERATORS, Drain, HubAct, Operators, Purge, Retention
from protocol.ports import IdentityPublic

DEFAULT_RETENTION = Retention(core_days=1_095, civil_core_days=90, count_days=90)  # protocol decision 20


@dataclass(frozen=True, slots=True)
class ActState:
    """What all acts carried out so far say together."""

    operators: tuple[IdentityPublic, ...] = ()
    retention: Retention | None = None
    draining: bool = False

    @property
    def dual(self) -> bool:
        """Whether operators are named, so that acts decide and files do not."""
        return bool(self.operators)

    def after(self, act: HubAct) -> "ActState":
        """Return the state once ``act`` is carried out."""
        match act.subject:
            case Operators():
                return replace(self, operators=act.subject.identities)
            case Retention():
                return replace(self, retention=act.subject)
            case Drain():
                return replace(self, draining=act.subject.on)
            case Purge():
                return self
            case never:
                assert_never(never)

    def retention_in_force(self, written: Retention) -> Retention:
        """Return for how long the hub keeps what: as ``written`` in its settings only while nobody is named."""
        if not self.dual:
            return written
        return self.retention or DEFAULT_RETENTION


def signers_of(act: HubAct, state: ActState, charter: Charter) -> tuple[tuple[IdentityPublic, ...], int]:
    """Return whose signatures count for ``act``, and how many different people's it needs."""
    if isinstance(act.subject, Operators):
        return charter.registrars, charter.threshold
    return state.operators, LEAST_OPERATORS
