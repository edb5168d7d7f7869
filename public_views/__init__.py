"""Others' doors: customers, Stripe, machines."""

from flask import Flask

from public_views import health, pay, webhooks


def init_app(app: Flask) -> None:
    for room in (pay, webhooks, health):
        app.register_blueprint(room.door)
