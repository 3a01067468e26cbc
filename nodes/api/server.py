"""The node's API under ``/api/v1``: routes, doors, and the one place where a failure becomes a problem document."""

from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from nodes.api import (
    accounts,
    alerts,
    approvals,
    attachments,
    breaches,
    cases,
    clocks,
    consent_ends,
    consents,
    corrections,
    disclosures,
    duties,
    forms,
    forwards,
    holds,
    keys,
    letters,
    logs,
    lookups,
    messages,
    openapi,
    proofs,
    reports,
    retention,
    screening,
    statistics,
    tokens,
    uses,
    witness,
)
from nodes.api.doing import as_program
from nodes.api.doors import Throttle, bearer, local_only
from nodes.api.guard import ONCE, guarded
from nodes.api.once_book import ANSWERS, OnceBook
from nodes.api.problems import Refusing, bad_request, not_found, problem_of, respond_problem
from nodes.api.route import PREFIX, Route
from nodes.api.services import SERVICES, Services
from nodes.api.token_book import TokenBook
from nodes.casework.breach_book import BreachBook
from nodes.casework.clocks import Clocks
from nodes.casework.correction_book import CorrectionBook
from nodes.casework.processing_log_book import LogBook
from nodes.casework.retention_book import RetentionBook
from nodes.casework.statistics_book import StatisticsBook
from nodes.config import ApiSettings, RetentionSettings
from nodes.gateway.gateway import Gateway
from nodes.gateway.watch import Watch
from protocol.errors import Code, Fault
from runtime.http import HTTP_SETTINGS, LIFECYCLE, LOG, refuse_encoded, route_of
from runtime.lifecycle import Lifecycle
from runtime.log import Log
from runtime.operator import OperatorError

MODULES: Final = (
    *(messages, attachments, disclosures, proofs, reports, uses, forwards, letters),
    *(consents, consent_ends, duties, approvals, keys, screening, breaches, holds, corrections, clocks, cases),
    *(lookups, forms, logs, retention, statistics, accounts, alerts, tokens, witness, openapi),
)
_DETAILED = frozenset({Code.NO_VALID_KEY})  # their detail names nodes of the directory, nothing else


def build_api(gateway: Gateway, watch: Watch, settings: ApiSettings, token: str, log: Log) -> web.Application:
    """Return the application; it listens wherever its server does, which is the loopback."""
    book = TokenBook(gateway.here, gateway.store)
    throttle = Throttle(settings.wrong_tokens_per_minute, gateway.here.clock)
    middlewares = [problems(), local_only(), bearer(token, throttle, book), _encoded(), as_program()]
    app = web.Application(middlewares=middlewares, client_max_size=1)
    app[LIFECYCLE] = Lifecycle()
    app[HTTP_SETTINGS] = settings.settings()
    app[LOG] = log
    app[SERVICES] = Services(gateway, watch, settings)
    app[tokens.TOKENS] = book
    app[openapi.ROUTE_TABLE] = ROUTES
    app[ONCE] = answers = OnceBook(gateway.store, gateway.here.clock)
    watch.add(ANSWERS, answers.tidy)
    app[breaches.BREACHES] = BreachBook(gateway)
    app[corrections.BOOK] = CorrectionBook(gateway)
    app[statistics.BOOK] = StatisticsBook(gateway.here, gateway.store, gateway.network.replica)
    app[retention.RETENTION] = RetentionBook(gateway, RetentionSettings())
    app[logs.LOG_BOOK] = LogBook(gateway.here.node, gateway.here.clock, gateway.store.database, gateway.store.search)
    app[clocks.CLOCKS] = Clocks(gateway.here, gateway.store, gateway.network.replica)
    add_routes(app)
    return app


ROUTES: Final[tuple[Route, ...]] = tuple(each for module in MODULES for each in module.ROUTES)
"""Every route of the API, each described beside its handler."""


def add_routes(app: web.Application) -> None:
    """Add every route of the API behind its guard."""
    makers = {"GET": web.get, "POST": web.post}
    app.router.add_routes([makers[each.method](f"{PREFIX}{each.path}", guarded(each)) for each in ROUTES])


def problems() -> Middleware:
    """Return the outermost middleware: every failure leaves as a problem document, unforeseen ones without a detail."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refusing as refusing:
            return respond_problem(refusing.problem)
        except Fault as fault:
            extra = {"nodes": fault.detail.split(", ")} if fault.code in _DETAILED and fault.detail else {}
            return respond_problem(problem_of(fault.code, **extra))
        except web.HTTPException as err:
            if err.status < web.HTTPBadRequest.status_code:
                raise
            missing = err.status in (404, 405)
            return respond_problem(not_found() if missing else bad_request(err.reason.lower()))
        except OperatorError as err:
            request.app[LOG].unexpected(err, route_of(request))
            return respond_problem(problem_of(Code.NOT_READY, detail=err.what))
        except (ConnectionError, web.RequestPayloadError):
            raise  # the client is gone
        except Exception as err:  # noqa: BLE001 - the outermost frame of a request; the place is logged
            request.app[LOG].unexpected(err, route_of(request))
            return respond_problem(problem_of(Code.INTERNAL))

    return answer


def _encoded() -> Middleware:
    return refuse_encoded
