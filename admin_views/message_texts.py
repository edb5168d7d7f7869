"""Settings → Texts: what messages say, in each language, and how that looks with a real invoice."""

import re
from typing import Any

from flask import flash, redirect, request
from flask_admin import expose
from flask_wtf import FlaskForm
from markupsafe import escape
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import Field, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from admin_views.base import Page
from admin_views.fields import AsWritten
from admin_views.letter_frame import SAID, framed, refused_in_frame
from admin_views.policy import me
from admin_views.refused_press import saying_refusals
from models.base import db
from models.language import LANGUAGES, gettext, lazy_gettext
from models.mail import KIND_WORDS
from models.message_examples import example
from models.message_text import (
    FIELD_WORDS,
    FIELDS,
    LONGEST_INTRODUCTION,
    LONGEST_SUBJECT,
    MessageText,
    checked,
    default_words,
    refuse_odd_fields,
    refuse_unknown,
)
from models.refusal import Refused
from tasks.letters import preview_text
from tasks.message_texts import change_text, own_text, reset_text


class TextForm(AsWritten, FlaskForm):
    subject = StringField(
        lazy_gettext("Subject"), [DataRequired(lazy_gettext("Write a subject.")), Length(max=LONGEST_SUBJECT)]
    )
    introduction = TextAreaField(
        lazy_gettext("Introduction"),
        [DataRequired(lazy_gettext("Write an introduction.")), Length(max=LONGEST_INTRODUCTION)],
    )
    invoice = StringField(
        lazy_gettext("Show it with invoice"),
        [Length(max=40)],
        description=lazy_gettext("Its number; empty for the newest."),
    )
    kind = ""

    def validate_subject(self, field: Field) -> None:
        try:
            refuse_odd_fields(self.kind, field.data or "")
        except Refused as error:
            raise ValidationError(str(error)) from error

    validate_introduction = validate_subject


class MessageTexts(Page):
    view_permission = "settings.edit"

    @expose("/")
    def index(self) -> str:
        own = {(row.kind, row.language): row for row in db.session.scalars(select(MessageText))}
        return self.render("admin/settings/texts.html", own=own, kinds=KIND_WORDS, fields=FIELDS, languages=LANGUAGES)

    @expose("/edit/", methods=("GET", "POST"))
    def edit(self) -> Response | str | tuple[str, int]:
        kind, language = _asked()
        words = _present(kind, language)
        form = TextForm(data={"subject": words.subject, "introduction": words.introduction})
        form.kind = kind
        if not form.is_submitted():
            return self._page(form, kind, language)
        if not form.validate():
            return self._page(form, kind, language), 400
        try:
            change_text(me(), kind, language, form.subject.data or "", form.introduction.data or "")
        except Refused as error:
            flash(str(error), "danger")
            return self._page(form, kind, language), 400
        flash(gettext("The text is saved. Messages say it from now on."), "success")
        return redirect(self.get_url(".edit", kind=kind, language=language), 303)

    @expose("/reset/", methods=("POST",))
    def reset(self) -> Response:
        kind, language = _asked()
        with saying_refusals():
            reset_text(me(), kind, language)
            flash(gettext("Messages say the default text again."), "success")
        return redirect(self.get_url(".edit", kind=kind, language=language), 303)

    @expose("/letter/", methods=("GET", "POST"))
    def letter(self) -> Response:
        """The message with the words that are written so far, or why it cannot be sent so."""
        kind, language = _asked()
        typed = request.form
        try:
            mail = example(db.session, kind, typed.get("invoice", "").strip())
            words = checked(kind, language, typed["subject"], typed["introduction"]) if "subject" in typed else None
            shown = preview_text(db.session, mail, language, words)
        except Refused as error:
            return refused_in_frame(error)
        head = SAID.format(f"<b>{escape(shown.subject)}</b>")
        return framed(re.sub(r"<body[^>]*>", lambda body: body[0] + head, shown.html, count=1))

    def _page(self, form: TextForm, kind: str, language: str) -> str:
        shown: dict[str, Any] = {"form": form, "kind": kind, "code": language, "kinds": KIND_WORDS}
        named = {"fields": FIELDS[kind], "field_words": FIELD_WORDS, "languages": LANGUAGES}
        return self.render("admin/settings/text.html", own=own_text(db.session, kind, language), **shown, **named)


def _asked() -> tuple[str, str]:
    """Kind and language of the address; 404 for what there is not."""
    kind, language = request.values.get("kind", ""), request.values.get("language", "")
    refuse_unknown(kind, language)
    return kind, language


def _present(kind: str, language: str) -> Any:
    text = own_text(db.session, kind, language)
    return text.words if text else default_words(kind, language)
