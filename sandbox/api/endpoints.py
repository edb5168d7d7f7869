from __future__ import annotations

from stripe.params import WebhookEndpointListParams

from sandbox.accounts import PLATFORM
from sandbox.api.call import Call
from sandbox.api.routes import endpoint
from sandbox.settings import API_VERSION
from sandbox.shapes import Json, shaped


@endpoint("GET", "/v1/webhook_endpoints", WebhookEndpointListParams)
def all_endpoints(call: Call) -> Json:
    """The one endpoint that the settings name, made for connected accounts; its secret is shown to nobody."""
    settings = call.world.settings
    own = shaped(
        "webhook_endpoint",
        id="we_1SandboxConnectEndpoint0",
        api_version=API_VERSION,
        # Only endpoints with `connect=true` name the application.
        application=settings.client_id,
        created=call.world.account(PLATFORM)["created"],
        description=None,
        enabled_events=["*"],
        status="enabled",
        url=settings.webhook_url,
    )
    data = [own] if call.account == PLATFORM else []
    return {"object": "list", "data": data, "has_more": False, "url": call.path}
