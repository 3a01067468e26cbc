"""What acts put in force, and whose signatures the next one needs."""

from hub.act_rules import DEFAULT_RETENTION, ActState, signers_of
from hub.acts import retention_in_force
from hub.config import RetentionSettings
from protocol.hub_acts import Drain, Ground, HubAct, Operators, Purge, Retention, Subject
from protocol.ids import MessageId, Reference
from tests.simulators.network import TestNetwork, identity_of

PEOPLE = (identity_of("operator 0").public, identity_of("operator 1").public)


def act(subject: Subject) -> HubAct:
    return HubAct(subject, 1, Reference(b"r" * 16), Ground.MAINTENANCE)


def test_each_act_changes_what_it_names() -> None:
    state = ActState()
    for subject in (Operators(PEOPLE), Retention(10, 5, 3), Drain(on=True), Purge((MessageId(b"a" * 32),))):
        state = state.after(act(subject))
    assert state == ActState(PEOPLE, Retention(10, 5, 3), draining=True)
    assert not state.after(act(Drain(on=False))).draining


def test_registrars_name_operators_and_operators_do_the_rest() -> None:
    charter = TestNetwork.founded(lambda: 1_790_000_000, bytes).charter
    state = ActState(PEOPLE)
    assert signers_of(act(Operators(PEOPLE)), state, charter) == (charter.registrars, charter.threshold)
    assert signers_of(act(Drain(on=True)), state, charter) == (PEOPLE, 2)
    assert signers_of(act(Drain(on=True)), ActState(), charter) == ((), 2)


def test_a_settings_file_shortens_nothing_once_operators_are_named() -> None:
    written = RetentionSettings(core_days=1, civil_core_days=1, count_days=1)
    days = (written.core_days, written.civil_core_days, written.count_days)
    assert retention_in_force(written, ActState()) == written
    named = retention_in_force(written, ActState(PEOPLE))
    assert Retention(named.core_days, named.civil_core_days, named.count_days) == DEFAULT_RETENTION
    decided = retention_in_force(written, ActState(PEOPLE, Retention(*days)))
    assert decided == written


def test_the_default_is_that_of_the_settings() -> None:
    plain = RetentionSettings()
    assert Retention(plain.core_days, plain.civil_core_days, plain.count_days) == DEFAULT_RETENTION
