"""Alerts by mail through a relay of the house: the same two lines for everybody, each mail to one address alone."""

import asyncio
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from nodes.casework.alert_channels import NO_ADDRESS, REFUSED, TIMEOUT, TLS, UNREACHABLE, Call
from nodes.config import MailSettings
from nodes.people.refusals import NotDone

MAIL: Final = "mail"
_THREADS: Final = 2


@dataclass(frozen=True, slots=True)
class MailChannel:
    """A relay. ``timeout_s`` is for each answer of it.

    It has threads of its own: one that answers letter by letter keeps these, and none of those that the node needs.
    """

    settings: MailSettings
    timeout_s: float
    name: str = MAIL
    threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_THREADS, "alert-mail"), repr=False, compare=False
    )

    async def tell(self, call: Call) -> NotDone | None:
        """Return None once the relay has taken one mail for each address; a refusal of one of them is told."""
        if not call.addresses:
            return NO_ADDRESS
        return await asyncio.get_running_loop().run_in_executor(self.threads, self._send, call)

    def _send(self, call: Call) -> NotDone | None:
        settings = self.settings
        try:
            context = ssl.create_default_context(cafile=settings.authority) if settings.starttls else None
        except OSError:
            return TLS
        try:
            with smtplib.SMTP(
                settings.host, settings.port, local_hostname="localhost", timeout=self.timeout_s
            ) as relay:
                if context is not None:
                    relay.starttls(context=context)
                taken = [_take(relay, letter_of(call, settings.sender, to)) for to in call.addresses]
        except (ssl.SSLError, smtplib.SMTPNotSupportedError):
            return TLS
        except TimeoutError:
            return TIMEOUT
        except smtplib.SMTPResponseException:
            return REFUSED
        except (smtplib.SMTPException, OSError):
            return UNREACHABLE
        return None if all(taken) else REFUSED


def letter_of(call: Call, sender: str, to: str) -> EmailMessage:
    """Return the mail: the fixed sentence, the node's name and the time; nothing else."""
    letter = EmailMessage()
    letter["From"], letter["To"] = sender, to
    letter["Subject"] = call.text
    letter["Date"] = format_datetime(datetime.fromtimestamp(call.at, UTC))
    letter["Auto-Submitted"] = "auto-generated"
    letter["Importance"] = "high"
    letter.set_content(f"{call.text}\n{call.node}\n")
    return letter


def _take(relay: smtplib.SMTP, letter: EmailMessage) -> bool:
    try:
        relay.send_message(letter)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError):
        return False
    return True
