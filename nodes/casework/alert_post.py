"""Alerts by an HTTPS request to a fixed address with a fixed JSON body: no redirects, no cookies, no proxies."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Final

import aiohttp

from nodes.casework.alert_channels import REFUSED, TIMEOUT, TLS, UNREACHABLE, Call
from nodes.config import PostSettings
from nodes.people.refusals import NotDone

POST: Final = "post"
_TAKEN: Final = range(200, 300)


@dataclass(frozen=True, slots=True)
class PostChannel:
    """An address that takes alerts."""

    settings: PostSettings
    timeout_s: float
    name: str = POST

    async def tell(self, call: Call) -> NotDone | None:
        """Return None once the address answered with success."""
        timeout = aiohttp.ClientTimeout(total=self.timeout_s)
        try:
            context = await asyncio.to_thread(ssl.create_default_context, cafile=self.settings.authority)
        except OSError:
            return TLS
        connector = aiohttp.TCPConnector(ssl=context)
        try:
            async with (
                aiohttp.ClientSession(
                    connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, timeout=timeout
                ) as session,
                session.post(self.settings.url, json=call.fields(), allow_redirects=False) as answer,
            ):
                return None if answer.status in _TAKEN else REFUSED
        except aiohttp.ClientSSLError:
            return TLS
        except TimeoutError:
            return TIMEOUT
        except (aiohttp.ClientError, OSError):
            return UNREACHABLE
