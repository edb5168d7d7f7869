from __future__ import annotations

from stripe.params.checkout import (
    SessionCreateParams,
    SessionExpireParams,
    SessionLineItemListParams,
    SessionListParams,
    SessionRetrieveParams,
)

from sandbox import rules
from sandbox.api.call import Call
from sandbox.api.expand import lines_of
from sandbox.api.lists import page
from sandbox.api.routes import endpoint
from sandbox.checkout import expire_session
from sandbox.sessions import create_session
from sandbox.shapes import Json


@endpoint("POST", "/v1/checkout/sessions", SessionCreateParams, rules.SESSION)
def create(call: Call) -> Json:
    return create_session(call.world, call.account, call.params)


@endpoint("GET", "/v1/checkout/sessions", SessionListParams)
def all_sessions(call: Call) -> Json:
    where = {}
    if "customer_details" in call.params:
        where["json_extract(body, '$.customer_details.email') = ?"] = call.params["customer_details"]["email"]
    equal = ("customer", "payment_intent", "payment_link", "status", "subscription")
    return page(call, "checkout.session", where, equal)


@endpoint("GET", "/v1/checkout/sessions/<id>", SessionRetrieveParams)
def retrieve(call: Call) -> Json:
    return call.find("checkout.session", "session")


@endpoint("POST", "/v1/checkout/sessions/<id>/expire", SessionExpireParams)
def expire(call: Call) -> Json:
    return expire_session(call.world, call.find("checkout.session", "session"))


@endpoint("GET", "/v1/checkout/sessions/<id>/line_items", SessionLineItemListParams)
def line_items(call: Call) -> Json:
    lines = lines_of(call.find("checkout.session", "session"))
    limit = call.params.get("limit", 10)
    ids = [line["id"] for line in lines["data"]]
    after = call.params.get("starting_after")
    start = ids.index(after) + 1 if after in ids else 0
    rest = lines["data"][start:]
    return {**lines, "data": rest[:limit], "has_more": len(rest) > limit}
