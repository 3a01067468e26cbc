"""One look at everything a hub needs before it starts: what cannot work is refused, what soon will not is remarked."""

import asyncio
import shutil
from dataclasses import dataclass
from typing import Final

from hub.config import HubConfig
from hub.identity import HubKeys, check_keys
from hub.leftovers import Leftovers, Lost
from hub.part_stores import part_store
from hub.setup import load_charter, look_over
from hub.tls_files import check_certificate
from keys.certificates import RENEW_BEFORE_DAYS
from keys.summaries import Value
from protocol.limits import CLOCK_SKEW
from runtime.database import Database

_LOW_SHARE: Final = 0.2
_NAMED: Final = 10  # lost attachments that a remark names


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, for display and for a restart statement, and remarks for the operator."""

    directory: int
    messages: int
    root: bytes
    certificate_days: int
    free_bytes: int
    remarks: tuple[str, ...]

    def facts(self) -> dict[str, Value]:
        """Return the report for display."""
        return {
            "directory": self.directory,
            "messages": self.messages,
            "root": self.root.hex(),
            "certificate_days": self.certificate_days,
            "free_bytes": self.free_bytes,
            "remarks": [*self.remarks],
        }


def check_up(config: HubConfig, keys: HubKeys, now: int) -> Report:
    """Return what was found. Raises ``OperatorError`` or LOG_FORK for what keeps the hub from starting."""
    sizes = look_over(config, now)
    charter = load_charter(config)
    check_keys(keys, charter)
    days = check_certificate(config.tls, keys.tls, charter, now)
    disk = shutil.disk_usage(config.data_folder)
    remarks = []
    if sizes.restored:
        remarks.append("It was restored: it signs nothing before `egnatia hub recover`.")
    if sizes.last_leaf > now + CLOCK_SKEW:
        behind = sizes.last_leaf - now
        remarks.append(f"This machine's clock is {behind} seconds behind the log: hub time stands still until then.")
    if days < RENEW_BEFORE_DAYS:
        remarks.append(f"The certificate ends in {days} days: have the authority issue a new one.")
    if disk.free < config.database.reserve_bytes or disk.free < disk.total * _LOW_SHARE:
        remarks.append("The disk is nearly full: free space before messages are refused.")
    lost = lost_attachments(config)
    if lost:
        names = ", ".join(f"{each.message.hex()}/{each.name}" for each in lost[:_NAMED])
        remarks.append(
            f"{len(lost)} attachments are not wholly in the part store, their recipients cannot fetch them: {names}."
        )
    return Report(sizes.directory, sizes.messages, sizes.root, days, disk.free, tuple(remarks))


def lost_attachments(config: HubConfig) -> tuple[Lost, ...]:
    """Return the attachments of logged messages whose parts are missing from the store."""
    database = Database(config.database)

    async def find() -> tuple[Lost, ...]:
        try:
            return await Leftovers(database, part_store(config)).find_lost()
        finally:
            await asyncio.to_thread(database.close)

    database.open()
    return asyncio.run(find())
