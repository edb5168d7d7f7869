from __future__ import annotations

from stripe.params import AccountRetrieveCurrentParams, AccountRetrieveParams

from sandbox.accounts import PLATFORM
from sandbox.api.access import no_access
from sandbox.api.call import Call
from sandbox.api.routes import endpoint
from sandbox.shapes import Json


@endpoint("GET", "/v1/account", AccountRetrieveCurrentParams)
def retrieve_current(call: Call) -> Json:
    return call.world.account(call.account)


@endpoint("GET", "/v1/accounts/<id>", AccountRetrieveParams)
def retrieve(call: Call) -> Json:
    """The platform sees every account connected to it; an account sees itself."""
    asked = call.ids["id"]
    allowed = call.account == asked or (call.account == PLATFORM and call.world.scope_of(asked))
    if not allowed:
        raise no_access(call.world, asked)
    return call.world.account(asked)
