from __future__ import annotations

from stripe.params import DisputeListParams, DisputeRetrieveParams

from sandbox.api.call import Call
from sandbox.api.lists import page
from sandbox.api.routes import endpoint
from sandbox.shapes import Json


@endpoint("GET", "/v1/disputes", DisputeListParams)
def all_disputes(call: Call) -> Json:
    return page(call, "dispute", equal=("charge", "payment_intent"))


@endpoint("GET", "/v1/disputes/<id>", DisputeRetrieveParams)
def retrieve(call: Call) -> Json:
    return call.find("dispute", "dispute")
