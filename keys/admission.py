"""Whether a statement's own issue time is believable now. Only the hub asks: the fold has no clock.

Specified in docs/wire.md section 6.15.
"""

from typing import Final

from keys.signers import issued_at, signing_nodes
from protocol.charter import DAY
from protocol.errors import Code, Fault
from protocol.limits import CLOCK_SKEW
from protocol.statement_network import Suspension
from protocol.statements import Body

ALONE: Final = DAY  # how old a statement may be that one signer makes alone
TOGETHER: Final = 60 * DAY  # how long a statement may travel from signer to signer


def check_issue_time(body: Body, now: int) -> None:
    """Raise NOT_YET_VALID or EXPIRED unless the statement was issued just before ``now``.

    Without it a node could date a flood to other days (attack 70), and a registrar a short suspension to next year.
    """
    alone = len(signing_nodes(body)) == 1 or isinstance(body, Suspension)
    issued = issued_at(body)
    if issued > now + CLOCK_SKEW:
        raise Fault(Code.NOT_YET_VALID, "statement")
    if issued < now - (ALONE if alone else TOGETHER):
        raise Fault(Code.EXPIRED, "statement")
