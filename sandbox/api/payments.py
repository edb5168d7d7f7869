from __future__ import annotations

from stripe.params import (
    ChargeListParams,
    ChargeRetrieveParams,
    PaymentIntentListParams,
    PaymentIntentRetrieveParams,
)

from sandbox.api.call import Call
from sandbox.api.lists import page
from sandbox.api.routes import endpoint
from sandbox.shapes import Json


@endpoint("GET", "/v1/payment_intents", PaymentIntentListParams)
def all_intents(call: Call) -> Json:
    return page(call, "payment_intent", equal=("customer", "customer_account"))


@endpoint("GET", "/v1/payment_intents/<id>", PaymentIntentRetrieveParams)
def retrieve_intent(call: Call) -> Json:
    return call.find("payment_intent", "intent")


@endpoint("GET", "/v1/charges", ChargeListParams)
def all_charges(call: Call) -> Json:
    return page(call, "charge", equal=("customer", "payment_intent", "transfer_group"))


@endpoint("GET", "/v1/charges/<id>", ChargeRetrieveParams)
def retrieve_charge(call: Call) -> Json:
    return call.find("charge")
