"""Behind proxies of the deployment's own, the client is who they say; what anybody can send is not believed."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix


def init_app(app: Flask) -> None:
    """Each proxy adds an address to X-Forwarded-For; the scheme is what the nearest one says."""
    if proxies := app.config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=1)  # type: ignore[method-assign]
