"""Roles and ways to sign in as people read them."""

from collections.abc import Mapping
from typing import Final

from nodes.desk.texts import sentence
from nodes.people.factors import Way
from nodes.people.roles import Role

ROLES: Final[Mapping[str, str]] = {
    Role.DUTY_OFFICER: sentence("Duty officer"),
    Role.CASE_OFFICER: sentence("Case officer"),
    Role.SUPERVISOR: sentence("Supervisor"),
    Role.INVESTIGATOR: sentence("Investigator"),
    Role.PROTECTION_OFFICER: sentence("Data protection officer"),
    Role.AUDITOR: sentence("Auditor"),
    Role.ADMINISTRATOR: sentence("Administrator"),
    Role.DIRECTORY_EDITOR: sentence("Directory editor"),
}
WAYS: Final[Mapping[str, str]] = {
    Way.PASSKEY: sentence("Passkey"),
    Way.PASSPHRASE: sentence("Passphrase and code"),
    Way.TRAINING: sentence("One click, for training"),
}
