"""Grounds of erasures and of legal holds as people read them."""

from collections.abc import Mapping
from typing import Final

from nodes.casework.legal_hold import HoldCode
from nodes.casework.retention import Ground
from nodes.desk.texts import sentence

GROUNDS: Final[Mapping[str, str]] = {
    Ground.SENDER: sentence("the date that the sender set"),
    Ground.NATIONAL: sentence("the limit of national law"),
    Ground.NOT_NEEDED: sentence("a review found that it is needed no more"),
    Ground.NOTICE: sentence("a notice asked for the erasure"),
    Ground.CONSENT: sentence("the consent ended"),
    Ground.ACCOUNT: sentence("the account ended long ago"),
}
HOLDS: Final[Mapping[str, str]] = {
    HoldCode.EVIDENCE: sentence("Needed as evidence"),
    HoldCode.PROCEEDINGS: sentence("Proceedings are going on"),
    HoldCode.CLAIM: sentence("A claim rests on it, such as one for compensation"),
    HoldCode.ACCURACY: sentence("Somebody contests that it is accurate"),
    HoldCode.INSPECTION: sentence("The supervisory authority inspects it"),
}
