"""In which language a request is answered: in ours, unless its door says otherwise."""

from flask import Flask

from models.language import speak


def init_app(app: Flask) -> None:
    @app.before_request
    def begin_in_ours() -> None:
        speak(None)
