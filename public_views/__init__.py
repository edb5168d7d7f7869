"""Others' doors: customers, Stripe, machines, and whoever types the bare address."""

from flask import Flask

from public_views import brand, front, health, pay, pay_documents, pay_door, pay_errors, pay_news, webhooks  # noqa: F401  (what is behind the door of customers)


def init_app(app: Flask) -> None:
    for room in (pay_door, brand, webhooks, health, front):
        app.register_blueprint(room.door)
