"""The node's API under ``/api/v1``: routes, doors, and the one place where a failure becomes a problem document."""

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from nodes.api import (
    approvals,
    attachments,
    breaches,
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
    lookups,
    messages,
    reports,
    screening,
    uses,
)
from nodes.api.doors import Throttle, bearer, local_only
from nodes.api.problems import Refusing, bad_request, not_found, problem_of, respond_problem
from nodes.api.services import SERVICES, Services
from nodes.casework.breach_book import BreachBook
from nodes.casework.clocks import Clocks
from nodes.casework.correction_book import CorrectionBook
from nodes.config import ApiSettings
from nodes.gateway.gateway import Gateway
from nodes.gateway.watch import Watch
from protocol.errors import Code, Fault
from runtime.http import HTTP_SETTINGS, LIFECYCLE, LOG, refuse_encoded, route_of
from runtime.lifecycle import Lifecycle
from runtime.log import Log
from runtime.operator import OperatorError

PREFIX = "/api/v1"
_DETAILED = frozenset({Code.NO_VALID_KEY})  # their detail names nodes of the directory, nothing else


def build_api(gateway: Gateway, watch: Watch, settings: ApiSettings, token: str, log: Log) -> web.Application:
    """Return the application; it listens wherever its server does, which is the loopback."""
    throttle = Throttle(settings.wrong_tokens_per_minute, gateway.here.clock)
    middlewares = [problems(), local_only(), bearer(token, throttle), _encoded()]
    app = web.Application(middlewares=middlewares, client_max_size=1)
    app[LIFECYCLE] = Lifecycle()
    app[HTTP_SETTINGS] = settings.settings()
    app[LOG] = log
    app[SERVICES] = Services(gateway, watch, settings)
    app[breaches.BREACHES] = BreachBook(gateway)
    app[corrections.BOOK] = CorrectionBook(gateway)
    app[clocks.CLOCKS] = Clocks(gateway.here, gateway.store, gateway.network.replica)
    add_routes(app)
    return app


def add_routes(app: web.Application) -> None:
    """Add every route of the API."""
    app.router.add_routes(
        [
            web.post(f"{PREFIX}/messages", messages.post),
            web.get(f"{PREFIX}/messages", messages.index),
            web.get(f"{PREFIX}/messages/{{id}}", messages.show),
            web.post(f"{PREFIX}/messages/{{id}}/release", messages.release),
            web.post(f"{PREFIX}/messages/{{id}}/return", messages.give_back),
            web.get(f"{PREFIX}/messages/{{id}}/why", messages.why),
            web.get(f"{PREFIX}/messages/{{id}}/thread", messages.thread),
            web.get(f"{PREFIX}/messages/{{id}}/attachments", attachments.index),
            web.get(f"{PREFIX}/messages/{{id}}/attachments/{{name}}", attachments.give),
            web.post(f"{PREFIX}/attachments", attachments.take),
            web.get(f"{PREFIX}/evidence/{{id}}", messages.evidence),
            web.post(f"{PREFIX}/messages/{{id}}/disclosures", disclosures.post),
            web.get(f"{PREFIX}/messages/{{id}}/disclosures", disclosures.index),
            web.post(f"{PREFIX}/disclosures/verify", disclosures.verify),
            web.post(f"{PREFIX}/messages/{{id}}/reports", reports.post),
            web.post(f"{PREFIX}/reports/verify", reports.verify),
            web.get(f"{PREFIX}/references/{{reference}}", disclosures.find),
            web.get(f"{PREFIX}/permissions", uses.permissions),
            web.post(f"{PREFIX}/messages/{{id}}/exports", uses.export),
            web.post(f"{PREFIX}/messages/{{id}}/forwards", forwards.post),
            web.post(f"{PREFIX}/messages/{{id}}/letter", letters.draft),
            *consents.routes(PREFIX),
            *consent_ends.routes(PREFIX),
            web.get(f"{PREFIX}/tasks", duties.index),
            web.post(f"{PREFIX}/tasks/{{number}}/done", duties.settle),
            web.post(f"{PREFIX}/approvals", approvals.give),
            web.post(f"{PREFIX}/approvals/{{reference}}/withdraw", approvals.withdraw),
            web.post(f"{PREFIX}/keys/identity", keys.change_identity),
            web.post(f"{PREFIX}/keys/tls", keys.change_tls),
            web.get(f"{PREFIX}/holdings", screening.lists),
            web.post(f"{PREFIX}/holdings", screening.put),
            web.post(f"{PREFIX}/holdings/{{name}}/remove", screening.drop),
            web.get(f"{PREFIX}/breaches", breaches.index),
            web.post(f"{PREFIX}/breaches", breaches.record),
            web.get(f"{PREFIX}/breaches/one", breaches.show),
            web.post(f"{PREFIX}/breaches/note", breaches.note),
            web.get(f"{PREFIX}/held", holds.index),
            web.get(f"{PREFIX}/corrections", corrections.index),
            web.post(f"{PREFIX}/corrections", corrections.raise_),
            web.get(f"{PREFIX}/corrections/{{id}}", corrections.show),
            web.post(f"{PREFIX}/corrections/{{id}}/confirm", corrections.confirm),
            web.post(f"{PREFIX}/corrections/{{id}}/apply", corrections.apply),
            web.post(f"{PREFIX}/corrections/{{id}}/pass-on", corrections.pass_on),
            web.post(f"{PREFIX}/corrections/{{id}}/verify", corrections.verify),
            web.post(f"{PREFIX}/messages/{{id}}/read-restricted", corrections.read_restricted),
            web.get(f"{PREFIX}/clocks", clocks.index),
            web.get(f"{PREFIX}/status", lookups.status),
            web.get(f"{PREFIX}/directory", lookups.directory),
            web.get(f"{PREFIX}/directory/file", lookups.directory_file),
            web.get(f"{PREFIX}/types", lookups.types),
            web.get(f"{PREFIX}/types/{{name}}", forms.one_type),
            web.get(f"{PREFIX}/types/{{name}}/answers", forms.answers),
            web.post(f"{PREFIX}/forms", forms.filled),
            web.get(f"{PREFIX}/people", lookups.people),
        ]
    )


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
