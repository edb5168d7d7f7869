from __future__ import annotations

from stripe.params import (
    WebhookEndpointCreateParams,
    WebhookEndpointDeleteParams,
    WebhookEndpointListParams,
    WebhookEndpointRetrieveParams,
    WebhookEndpointUpdateParams,
)

from sandbox.accounts import PLATFORM
from sandbox.api.call import Call
from sandbox.api.lists import page
from sandbox.api.routes import endpoint
from sandbox.endpoints import create_endpoint, delete_endpoint, update_endpoint
from sandbox.errors import ApiError, no_such
from sandbox.rules import metadata
from sandbox.shapes import Json


@endpoint("POST", "/v1/webhook_endpoints", WebhookEndpointCreateParams, (metadata,))
def create(call: Call) -> Json:
    _own_account(call)
    return create_endpoint(call.world, call.params)


@endpoint("GET", "/v1/webhook_endpoints", WebhookEndpointListParams)
def all_endpoints(call: Call) -> Json:
    return page(call, "webhook_endpoint")


@endpoint("GET", "/v1/webhook_endpoints/<id>", WebhookEndpointRetrieveParams)
def retrieve(call: Call) -> Json:
    return _endpoint(call)


@endpoint("POST", "/v1/webhook_endpoints/<id>", WebhookEndpointUpdateParams, (metadata,))
def update(call: Call) -> Json:
    _own_account(call)
    return update_endpoint(call.world, _endpoint(call), call.params, call.given)


@endpoint("DELETE", "/v1/webhook_endpoints/<id>", WebhookEndpointDeleteParams)
def delete(call: Call) -> Json:
    _own_account(call)
    return delete_endpoint(call.world, _endpoint(call))


def _endpoint(call: Call) -> Json:
    body = call.world.store.find(call.ids["id"], "webhook_endpoint", call.account)
    if body is None:
        raise no_such("webhook endpoint", call.ids["id"], "webhook_endpoint")
    return body


def _own_account(call: Call) -> None:
    """Wording: stripe/stripe-php#541."""
    if call.account != PLATFORM:
        words = (
            f"This application does not have the required permissions for this endpoint on account '{call.account}'. "
            "The required permissions are not available for use by Connect applications."
        )
        raise ApiError(403, words)
