from __future__ import annotations

from stripe.params import RefundCreateParams, RefundListParams, RefundRetrieveParams

from sandbox import rules
from sandbox.api.call import Call
from sandbox.api.lists import page
from sandbox.api.routes import endpoint
from sandbox.refunds import create_refund
from sandbox.shapes import Json


@endpoint("POST", "/v1/refunds", RefundCreateParams, rules.REFUND)
def create(call: Call) -> Json:
    return create_refund(call.world, call.account, call.params)


@endpoint("GET", "/v1/refunds", RefundListParams)
def all_refunds(call: Call) -> Json:
    return page(call, "refund", equal=("charge", "payment_intent"))


@endpoint("GET", "/v1/refunds/<id>", RefundRetrieveParams)
def retrieve(call: Call) -> Json:
    return call.find("refund")
