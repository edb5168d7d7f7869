"""What happens to every request to the API, in Stripe's order, whatever it asks for."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, request

from sandbox.api import accounts, balance, disputes, endpoints, events, payments, refunds, sessions
from sandbox.api.access import account_of, check_key, key_of
from sandbox.api.call import Call
from sandbox.api.expand import expanded
from sandbox.api.routes import ROUTES, Route
from sandbox.errors import ApiError
from sandbox.events import caused_by
from sandbox.faults import Fault, disturb
from sandbox.idempotency import Answer, Keys, check_length
from sandbox.ids import new_id
from sandbox.params import checked, parse
from sandbox.settings import API_VERSION

if TYPE_CHECKING:
    from sandbox.world import World

RESOURCES = (accounts, balance, disputes, endpoints, events, payments, refunds, sessions)
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?")


def init_app(app: Flask, world: World) -> None:
    api = Blueprint("api", __name__)
    keys = Keys(world.store, world.clock)
    for route in ROUTES:
        name = f"{route.handler.__module__.rpartition('.')[2]}_{route.handler.__name__}"
        view = partial(_view, world, keys, route)
        api.add_url_rule(route.rule, name, view, methods=[route.method], provide_automatic_options=False)
    for rule in ("/v1/<path:rest>", "/v2/<path:rest>"):
        api.add_url_rule(rule, f"unknown{rule[:3]}", partial(_unknown, world), methods=_METHODS)
    app.register_blueprint(api)


_METHODS = ["GET", "POST", "DELETE", "PUT", "PATCH"]


def _view(world: World, keys: Keys, route: Route, **ids: str) -> Response:
    world.tick()
    exchange = Exchange(world, keys, route, ids)
    return _response(world, exchange.answer(), exchange.account)


def _unknown(world: World, rest: str) -> Response:
    words = (
        f"Unrecognized request URL ({request.method}: {request.path}). Please see https://stripe.com/docs "
        "or we can help at https://support.stripe.com/."
    )
    return _response(world, Answer(404, ApiError(404, words).envelope(), new_id("req")), None, unknown=True)


class Exchange:
    """One request and its answer."""

    def __init__(self, world: World, keys: Keys, route: Route, ids: dict[str, str]) -> None:
        self.world = world
        self.keys = keys
        self.route = route
        self.ids = ids
        self.request_id = new_id("req")
        self.account: str | None = None
        # Keys are for POST; all others are idempotent by definition.
        self.key = request.headers.get("Idempotency-Key") if request.method == "POST" else None

    def answer(self) -> Answer:
        fault = self.world.faults.take(request.method, request.path)
        try:
            call = self._call()
            if fault and fault.when == "before" and (error := fault.error()) and fault.kind != "500":
                raise error
            return self._once(call, fault)
        except ApiError as error:
            return self._refusal(error)

    def _refusal(self, error: ApiError) -> Answer:
        return Answer(error.status, error.envelope(), self.request_id)

    def _call(self) -> Call:
        """Who asks, for which account, and what, not yet checked."""
        check_key(self.world, key_of(request))
        _check_version()
        self.account = account_of(self.world, request)
        return Call(self.world, self.account, request.path, given=_parameters(), ids=self.ids)

    def _once(self, call: Call, fault: Fault | None) -> Answer:
        if self.key is None:
            return self._disturbed(call, fault)
        check_length(self.key)
        self.keys.begin(call.account, self.key)
        try:
            return self._disturbed(call, fault)
        finally:
            self.keys.end(call.account, self.key)

    def _disturbed(self, call: Call, fault: Fault | None) -> Answer:
        if fault and fault.when == "before":
            disturb(self.world.faults, fault, request.environ)
        answer = self._recalled(call) or self._execute(call, fault)
        if fault and fault.when == "after":
            disturb(self.world.faults, fault, request.environ)
        return answer

    def _recalled(self, call: Call) -> Answer | None:
        """Before the parameters are checked: what was right then, such as an `expires_at`, may be wrong now."""
        if self.key is None:
            return None
        return self.keys.recall(call.account, self.key, call.path, call.given)

    def _execute(self, call: Call, fault: Fault | None) -> Answer:
        self._check(call)
        try:
            with self.world.store.transaction(), caused_by(self.request_id, self.key):
                answer = self._work(call, fault)
                self._remember(call, answer)
        except ApiError as error:
            answer = self._refusal(error)
            # `expand` is checked by Stripe before the execution, here with the object at hand.
            if error.fields["param"] != "expand":
                self._remember(call, answer)
        return answer

    def _check(self, call: Call) -> None:
        """Everything that Stripe checks before the endpoint's execution begins."""
        call.params = checked(call.given, self.route.shape)
        for rule in self.route.rules:
            rule(call.params, self.world.clock.now())

    def _work(self, call: Call, fault: Fault | None) -> Answer:
        error = fault.error() if fault else None
        if fault and error and fault.when == "before":
            raise error
        body = expanded(self.world, self.route.handler(call), call.params.get("expand", []))
        return self._refusal(error) if error else Answer(200, body, self.request_id)

    def _remember(self, call: Call, answer: Answer) -> None:
        if self.key is not None and answer.status != 429:
            self.keys.remember(call.account, self.key, call.path, call.given, answer)


def _check_version() -> None:
    asked = request.headers.get("Stripe-Version", API_VERSION)
    if not _VERSION.fullmatch(asked):
        raise ApiError(400, f"Invalid Stripe API version: {asked}")


def _parameters() -> dict[str, Any]:
    if request.method in ("GET", "DELETE"):
        return parse(request.args.items(multi=True))
    if request.content_length and request.mimetype != "application/x-www-form-urlencoded":
        words = (
            "Invalid request (check that your POST content type is application/x-www-form-urlencoded). "
            "If you have any questions, we can help at https://support.stripe.com/."
        )
        raise ApiError(400, words)
    return parse(request.form.items(multi=True))


def _response(world: World, answer: Answer, account: str | None, unknown: bool = False) -> Response:
    request_id = new_id("req") if answer.replayed else answer.request_id
    headers = {
        "Request-Id": request_id,
        "Stripe-Version": request.headers.get("Stripe-Version", API_VERSION),
        "Cache-Control": "no-cache, no-store",
    }
    key = request.headers.get("Idempotency-Key")
    if key is not None and request.method == "POST":
        headers |= {"Idempotency-Key": key, "Original-Request": answer.request_id}
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    if answer.status == 500:
        # The SDK's _http_client.py: expected on most 500s, since a retry would only replay it.
        headers["Stripe-Should-Retry"] = "false"
    world.note_request(request.method, request.path, answer.status, request_id, account, key, unknown)
    text = json.dumps(answer.body, indent=2) + "\n"
    return Response(text, answer.status, headers, mimetype="application/json")
