"""What the API tells about the node and its network: status, directory, message types, people with personal keys."""

from typing import Final

from aiohttp import web

from nodes.api import breaches, clocks, corrections, render
from nodes.api.agreements import bases
from nodes.api.attachments import transfer
from nodes.api.problems import Refusing, problem_of, respond
from nodes.api.route import Raw, get
from nodes.api.services import SERVICES, language_of
from nodes.api.shapes.network import Directory, People, Status, Types
from nodes.gateway.status import Mailbox, read_status
from protocol.catalogue.types import Catalogue, MessageType
from protocol.errors import Code

_TRANSFERS = 100  # attachments on their way that are listed


async def status(request: web.Request) -> web.Response:
    """Tell how the node is doing."""
    services = request.app[SERVICES]
    gateway = services.gateway
    own = gateway.overlay
    found = await read_status(gateway.here, gateway.network, gateway.store, services.watch.health)
    return respond(
        {
            "node": found.node,
            "enrolled": found.enrolled,
            "network": found.network.hex(),
            "now": found.now,
            "directory": {"size": found.directory_size, "synced_at": found.synced_at},
            "log": {"size": found.log_size},
            "hub": {
                "answered_at": found.hub_answered_at,
                "offset_s": found.hub_offset_s,
                "closed": render.closed_hub(found.hub_closed),
            },
            "policy": {"digest": None if found.policy is None else found.policy.hex(), "here": found.policy_here},
            "overlay": None if own is None else render.overlay(own, gateway.network.replica.bundle),
            "outbox": found.outbox,
            "inbox": found.inbox,
            "statements": found.postings,
            "mailboxes": [_mailbox(each) for each in found.mailboxes],
            "gaps": [
                {"sender": gap.sender, "channel": gap.channel, "low": gap.low, "high": gap.high, "seen_at": gap.seen_at}
                for gap in found.gaps
            ],
            "closed": [render.closed(each) for each in found.closed],
            "transfers": [transfer(each) for each in await gateway.saving.under_way(_TRANSFERS)],
            "alarms": [render.alarm(each) for each in found.alarms],
            "tasks": {"open": found.duties.open, "overdue": found.duties.overdue},
            "corrections": await corrections.summary(request),
            "breaches": await breaches.summary(request),
            "clocks": await clocks.summary(request),
            "silent": await clocks.silent(request),
            "troubles": found.troubles,
        }
    )


async def directory(request: web.Request) -> web.Response:
    """Return the participants of the network and the agreements between them, in the language asked for."""
    gateway = request.app[SERVICES].gateway
    replica, now = gateway.network.replica, gateway.here.clock()
    catalogue = None if replica.bundle is None else replica.bundle.catalogue
    told = bases(replica.directory, catalogue, language_of(request), now)
    return respond(render.directory(replica.directory, now) | told)


async def directory_file(request: web.Request) -> web.Response:
    """Return the directory file as this node has verified it, as ``egnatia keys`` reads it."""
    raw = await request.app[SERVICES].gateway.network.replica.export()
    return web.Response(body=raw, content_type="application/octet-stream")


async def types(request: web.Request) -> web.Response:
    """Return the message types of the network with their schemas and forms, in the language asked for."""
    bundle = request.app[SERVICES].gateway.network.replica.bundle
    if bundle is None:
        raise Refusing(problem_of(Code.POLICY_UNKNOWN))
    catalogue, language = bundle.catalogue, language_of(request)
    listed = [_type(each, catalogue, language) for _, each in sorted(catalogue.types.items())]
    return respond({"policy": bundle.digest.hex(), "types": listed})


async def people(request: web.Request) -> web.Response:
    """Return the persons of this node that can sign, by opaque id and role."""
    known = request.app[SERVICES].gateway.people
    return respond({"people": [{"person": each.hex(), "role": known[each].role} for each in sorted(known)]})


def _type(each: MessageType, catalogue: Catalogue, language: str) -> dict[str, object]:
    return {
        "id": each.id,
        "title": catalogue.text(each.title, language),
        "channels": sorted(each.channels),
        "senders": sorted(str(kind) for kind in each.sender_kinds),
        "answers": list(each.reply_to),
        "templates": [template.name for template in catalogue.templates_of(each.id)],
        "identity": each.identity_schema is not None,
        "schema": dict(each.body_schema.schema),
    }


def _mailbox(each: Mailbox) -> dict[str, object]:
    return {
        "channel": each.channel,
        "taken": each.taken,
        "total": each.total,
        "fetched_at": each.fetched_at,
        "key_weeks_ahead": each.key_weeks_ahead,
    }


ROUTES: Final = (
    get("/status", status, Status),
    get("/directory", directory, Directory),
    get(
        "/directory/file",
        directory_file,
        Raw("application/octet-stream", "the directory file, as `egnatia keys` reads it"),
    ),
    get("/types", types, Types),
    get("/people", people, People),
)
