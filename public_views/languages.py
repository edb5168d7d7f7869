"""In which language a request is answered: in ours, unless its door says otherwise."""

from flask import Flask, request
from werkzeug.datastructures import LanguageAccept

from models.language import LANGUAGES, speak
from models.organization import Organization


def init_app(app: Flask) -> None:
    @app.before_request
    def begin_in_ours() -> None:
        speak(None)


def of_browser() -> str | None:
    """The one of ours that the browser likes best; None: it names none of them."""
    named = [(language, liked) for language, liked in request.accept_languages if language != "*"]
    return LanguageAccept(named).best_match(LANGUAGES)


def speak_to_customer(chosen: str | None, organization: Organization) -> None:
    """From here on in the language that is chosen for the contact, else the browser's, else the organization's."""
    speak(chosen or of_browser() or organization.language)
