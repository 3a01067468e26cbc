"""One look at everything a node needs, beside a running node or before its first start. Nothing is changed.

What keeps the node from working is not well; what soon will is well with a remark. Each comes with its remedy.
"""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from keys.directory import Directory
from keys.private_keys import Secrets
from nodes.config import NodeConfig
from nodes.desk.place_check import look_at_desk
from nodes.gateway.hub_http import HttpHub
from nodes.gateway.overlay import load_overlay
from nodes.gateway.scan_engines import answers
from nodes.gateway.trouble import HubTrouble
from nodes.network_files import check_certificate, client_tls, read_pinned
from protocol.cbor import decode
from protocol.charter import Charter
from protocol.errors import Fault
from protocol.limits import CLOCK_SKEW, DIRECTORY_FRESH
from protocol.ports import Clock
from protocol.shapes import as_int
from runtime.database_settings import database_path
from runtime.http_client import HttpClient, client_session
from runtime.operator import OperatorError, clock_off, corrupt_state

_RENEW_DAYS: Final = 30
_LOW_SHARE: Final = 0.1
_SYNCED: Final = "SELECT value FROM fact WHERE name = 'synced-at'"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: its name, whether it is well, what was found, and what to do about it."""

    name: str
    well: bool
    found: str
    remedy: str = ""


async def check_up(config: NodeConfig, secrets: Secrets, clock: Clock) -> tuple[Finding, ...]:
    """Return every finding; one that fails does not keep the others from being looked at."""
    findings = [Finding("keystore", well=True, found=f"opens, keys of {secrets.name}"), _look_at_disk(config)]
    findings.append(_look_at_state(config, clock()))
    findings += _look_at_overlay(config)
    findings += await _look_at_scanner(config)
    findings += [Finding("desk", each.well, each.found, each.remedy) for each in look_at_desk(config.desk, clock())]
    try:
        pinned = read_pinned(config)
        charter = Directory.start(pinned.entry, pinned.digest).charter
    except OperatorError as err:
        return (*findings, _failed("charter", err))
    findings.append(Finding("charter", well=True, found=f"network {charter.network_id.hex()}"))
    findings.append(_look_at_certificate(config, secrets, charter, clock()))
    findings.append(await _look_at_hub(config, secrets, charter, clock))
    return tuple(findings)


async def _look_at_scanner(config: NodeConfig) -> list[Finding]:
    """A node works without its scanner; its files then say that nobody has looked at them."""
    try:
        found = await answers(config.scanner)
    except OperatorError as err:
        return [_failed("scanner", err)]
    if found is None:
        return []
    if found:
        return [Finding("scanner", well=True, found=f"listens at {config.scanner.address}")]
    remedy = "Start the scanner; until then files are shown as not checked."
    return [Finding("scanner", well=True, found=f"nobody listens at {config.scanner.address}", remedy=remedy)]


def _look_at_disk(config: NodeConfig) -> Finding:
    path = database_path(config.database)
    if path is None:
        return Finding("disk", well=True, found="state is kept in PostgreSQL")
    disk = shutil.disk_usage(path.absolute().parent)
    free = f"{disk.free >> 20} MiB free"
    if disk.free < config.database.reserve_bytes:
        return Finding("disk", well=False, found=free, remedy="Free space: nothing new is stored until there is some.")
    if disk.free < disk.total * _LOW_SHARE:
        return Finding(
            "disk", well=True, found=free, remedy="Free space soon; at its limit the node stores nothing new."
        )
    return Finding("disk", well=True, found=free)


def _look_at_state(config: NodeConfig, now: int) -> Finding:
    """Read the database without locking a running node out of it."""
    path = database_path(config.database)
    if path is None or not path.exists():
        return Finding("directory", well=True, found="the node was never started")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            (intact,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            row = connection.execute(_SYNCED).fetchone()
    except sqlite3.Error as err:
        return _failed("directory", corrupt_state(str(path), str(err)))
    if intact != "ok":
        return _failed("directory", corrupt_state(str(path), str(intact)))
    age = now - int(row[0]) if row is not None else None
    if age is None:
        return Finding("directory", well=False, found="never fetched", remedy="Start the node with the hub in reach.")
    if age > DIRECTORY_FRESH:
        remedy = "Start the node and check the hub: nothing is sent under a directory older than 24 hours."
        return Finding("directory", well=False, found=f"fetched {age // 3_600} hours ago", remedy=remedy)
    return Finding("directory", well=True, found=f"fetched {age // 60} minutes ago")


def _look_at_overlay(config: NodeConfig) -> tuple[Finding, ...]:
    """Read the own rules; whether they fit the policy is seen when the node starts."""
    if config.overlay is None:
        return ()
    try:
        overlay = load_overlay(config.overlay)
    except OperatorError as err:
        return (_failed("overlay", err),)
    return (Finding("overlay", well=True, found=f"{overlay.path} over {overlay.channel}"),)


def _look_at_certificate(config: NodeConfig, secrets: Secrets, charter: Charter, now: int) -> Finding:
    try:
        days = check_certificate(config, secrets, charter, now)
    except OperatorError as err:
        return _failed("certificate", err)
    remedy = "Have the network's authority issue a new one for the same key." if days < _RENEW_DAYS else ""
    return Finding("certificate", well=True, found=f"{days} days left", remedy=remedy)


async def _look_at_hub(config: NodeConfig, secrets: Secrets, charter: Charter, clock: Clock) -> Finding:
    """Ask the hub for its time: one question tells reach, TLS and both clocks."""
    try:
        tls = client_tls(config, secrets, lambda: charter.hub_tls_pins)
        async with client_session(config.client, tls) as session:
            hub = HttpHub(HttpClient(session, config.hub.url, config.client))
            offset = as_int(decode(await hub.time()), "time") - clock()
    except OperatorError as err:
        return _failed("hub", err)
    except (HubTrouble, Fault) as err:
        remedy = "Check the network and `url`; if others reach it, compare your certificate with the directory."
        return Finding("hub", well=False, found=f"{config.hub.url} does not answer ({err.code})", remedy=remedy)
    if abs(offset) > CLOCK_SKEW:
        return _failed("clock", clock_off(offset))
    return Finding("hub", well=True, found=f"answers, clocks differ by {abs(offset)} seconds")


def _failed(name: str, err: OperatorError) -> Finding:
    return Finding(name, well=False, found=err.what, remedy=err.remedy)
