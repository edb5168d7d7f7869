"""Others' doors: customers, Stripe, machines, and whoever types the bare address."""

from flask import Flask

from public_views import front, health, pay, webhooks


def init_app(app: Flask) -> None:
    for room in (pay, webhooks, health, front):
        app.register_blueprint(room.door)
