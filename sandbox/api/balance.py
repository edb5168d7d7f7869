from __future__ import annotations

from stripe.params import (
    BalanceRetrieveParams,
    BalanceTransactionListParams,
    BalanceTransactionRetrieveParams,
    PayoutListParams,
    PayoutRetrieveParams,
)

from sandbox.api.call import Call
from sandbox.api.lists import page
from sandbox.api.routes import endpoint
from sandbox.balance import summary
from sandbox.shapes import Json


@endpoint("GET", "/v1/balance", BalanceRetrieveParams)
def retrieve_balance(call: Call) -> Json:
    return summary(call.world, call.account)


@endpoint("GET", "/v1/balance_transactions", BalanceTransactionListParams)
def all_transactions(call: Call) -> Json:
    where = {"parent = ?": call.params["payout"]} if "payout" in call.params else {}
    return page(call, "balance_transaction", where, equal=("currency", "source", "type"))


@endpoint("GET", "/v1/balance_transactions/<id>", BalanceTransactionRetrieveParams)
def retrieve_transaction(call: Call) -> Json:
    return call.find("balance_transaction")


@endpoint("GET", "/v1/payouts", PayoutListParams)
def all_payouts(call: Call) -> Json:
    return page(call, "payout", equal=("destination", "status"))


@endpoint("GET", "/v1/payouts/<id>", PayoutRetrieveParams)
def retrieve_payout(call: Call) -> Json:
    return call.find("payout", "payout")
