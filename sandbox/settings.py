from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

API_VERSION = "2026-10-28.endive"
PLATFORM = "acct_1SandboxPlatform0"


@dataclass(frozen=True)
class Settings:
    secret_key: str = "sk_test_sandbox"
    client_id: str = "ca_sandbox"
    webhook_url: str = "http://127.0.0.1:8000/webhooks/stripe"
    webhook_secret: str = "whsec_sandbox"
    redirect_uris: tuple[str, ...] = ()
    base_url: str = "http://127.0.0.1:8001"
    smtp_port: int = 8025

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        allowed = environ.get("SANDBOX_REDIRECT_URI", "")
        return cls(
            secret_key=environ.get("SANDBOX_SECRET_KEY", cls.secret_key),
            client_id=environ.get("SANDBOX_CLIENT_ID", cls.client_id),
            webhook_url=environ.get("SANDBOX_WEBHOOK_URL", cls.webhook_url),
            webhook_secret=environ.get("SANDBOX_WEBHOOK_SECRET", cls.webhook_secret),
            redirect_uris=tuple(uri.strip() for uri in allowed.split(",") if uri.strip()),
            base_url=f"http://127.0.0.1:{environ.get('SANDBOX_PORT', '8001')}",
            smtp_port=int(environ.get("SANDBOX_SMTP_PORT", cls.smtp_port)),
        )
