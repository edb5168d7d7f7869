"""The only place that imports stripe: calls become small frozen records, errors become GatewayError."""

from tasks.stripe_gateway.client import GatewayError, init_app

__all__ = ["GatewayError", "init_app"]
