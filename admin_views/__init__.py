"""Staff's doors: Flask-Admin views that read nouns and call verbs."""

from flask import Flask
from flask_admin import Admin

from admin_views import policy, sign_in
from admin_views.base import Home
from models.base import db


def init_app(app: Flask) -> None:
    policy.init_app(app)
    app.register_blueprint(sign_in.door)
    admin = Admin(app, name="Paydesk", index_view=Home(name="Dashboard", url="/admin"))
    with app.app_context():
        for view in ():
            admin.add_view(view(db))
