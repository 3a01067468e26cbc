"""The desk as one application: every part put together, ready for its server."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from nodes.casework.alert_round import Alerts, build_alerts
from nodes.casework.case_approvals import ApprovalBook
from nodes.casework.case_book import CaseBook
from nodes.casework.case_standins import opened_to
from nodes.casework.case_sync import CaseSync
from nodes.casework.counted_reports import CountedReports
from nodes.casework.processing_log_book import LogBook
from nodes.casework.proof_book import ProofBook
from nodes.casework.retention_book import RetentionBook
from nodes.casework.statistics_book import StatisticsBook
from nodes.config import AlertSettings, DeskSettings, RetentionSettings
from nodes.desk.assets import load_assets
from nodes.desk.cookies import Cookies
from nodes.desk.doors import Doors, addressed_to
from nodes.desk.errors import failures
from nodes.desk.flash import Flash
from nodes.desk.frame import Framer
from nodes.desk.headers import put_headers
from nodes.desk.leaving import finish
from nodes.desk.page import Page
from nodes.desk.place import place_of, practises, server_settings
from nodes.desk.render import Renderer
from nodes.desk.routes import PAGES, add_routes
from nodes.desk.seal import Seal
from nodes.desk.services import DeskServices, persons_of
from nodes.desk.texts import load_texts
from nodes.desk.training import PAGES as TRAINING_PAGES
from nodes.desk.visit import Stage
from nodes.gateway.gateway import Gateway
from nodes.people.factors import Site
from runtime.http import HTTP_SETTINGS, LIFECYCLE, LOG, HttpServer, hide_server, refuse_encoded
from runtime.lifecycle import Lifecycle
from runtime.log import Log

_FAR_S: Final = 3_600.0
_NAME: Final = "Egnatia"
_SEAL: Final = ("desk\0seal\0one", "desk\0seal\0two")  # no word of a message holds a zero byte


@dataclass(frozen=True, slots=True)
class Desk:
    """The application with its services."""

    app: web.Application
    services: DeskServices

    async def turn(self) -> float:
        """Tell every open page that something has changed; return the seconds until the next round."""
        self.services.changes.tell()
        return _FAR_S

    def server(self) -> HttpServer:
        """Return the server at the place that the settings name."""
        settings = self.services.settings
        return HttpServer(self.app, server_settings(settings), place_of(settings).tls())


def build_services(gateway: Gateway, settings: DeskSettings, log: Log, alerts: Alerts | None = None) -> DeskServices:
    """Return what the pages work with; without ``alerts`` of the node, alerts with no channel."""
    origin = place_of(settings).origin
    search = gateway.store.search
    persons = persons_of(gateway, settings, Site(origin, _NAME))
    key = b"".join(search.tag(each) for each in _SEAL)
    opened, here = opened_to(gateway, persons.book), gateway.here
    return DeskServices(
        gateway=gateway,
        settings=settings,
        origin=origin,
        log=log,
        persons=persons,
        cases=CaseBook(gateway, CaseSync(gateway), opened),
        approvals=ApprovalBook(gateway, opened),
        texts=load_texts(),
        assets=load_assets(),
        seal=Seal(key, gateway.here.clock, gateway.here.entropy),
        log_book=LogBook(gateway.here.node, gateway.here.clock, gateway.store.database, gateway.store.search),
        proofs=ProofBook(gateway.here, gateway.store, gateway.network.replica),
        reports=CountedReports(StatisticsBook(here, gateway.store, gateway.network.replica), here.clock),
        retention=RetentionBook(gateway, RetentionSettings()),
        alerts=alerts or build_alerts(gateway, persons.book, AlertSettings(), log),
    )


def build_desk(services: DeskServices, pages: Sequence[Page] = PAGES) -> Desk:
    """Return the application over its services; ``pages`` are all there are, besides those of a desk that trains."""
    if practises(services.settings, services.gateway.network.replica.directory.charter):
        pages = (*pages, *TRAINING_PAGES)
    replica = services.gateway.network.replica
    renderer = Renderer(lambda: replica.bundle, services.assets.path)
    cookies = Cookies.of(services.origin)
    flash = Flash(cookies.said, services.seal)
    doors = Doors(Stage(services, renderer, Framer(services, pages), flash, cookies))
    secure = place_of(services.settings).is_secure
    inner = [failures(doors, services.log), finish, refuse_encoded]  # a page that cannot be drawn is a failure too
    middlewares = [addressed_to(services.origin), doors.greeting(), finish, *inner]
    app = web.Application(middlewares=middlewares, client_max_size=0)
    app[LIFECYCLE] = Lifecycle()
    app[HTTP_SETTINGS] = server_settings(services.settings)
    app[LOG] = services.log
    app.on_shutdown.append(lambda _: services.reports.stop())
    app.on_response_prepare.append(hide_server)
    app.on_response_prepare.append(put_headers(tls=secure))
    add_routes(app, pages, doors, services.assets)
    return Desk(app, services)
