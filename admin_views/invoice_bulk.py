"""What is done to many invoices of the list at once: one is done at once, many are a run that nobody waits for."""

from collections.abc import Callable
from typing import Any, ClassVar

from flask import abort, redirect, request
from flask_admin.actions import action
from werkzeug.wrappers import Response

from admin_views import invoice_actions
from admin_views.fields import row_id
from admin_views.invoice_list import Listing
from admin_views.policy import me
from admin_views.said import Step
from models.base import db
from models.bulk_run import KINDS, MOST_INVOICES, begun_by, fingerprint
from models.invoice import Invoice
from models.language import lazy_gettext, lazy_pgettext, ngettext
from models.people import User
from models.refusal import Conflict
from tasks.bulk_runs import begin_bulk


class Bulk(Listing):
    # Offered for all that fit the list as well as for those that are ticked.
    wide_actions: ClassVar[Any] = tuple(KINDS)
    most_at_once = MOST_INVOICES

    @action(
        "send",
        lazy_gettext("Send Invoice"),
        lazy_gettext("Each selected invoice is emailed to its contact with its pay link."),
    )
    def action_send(self, ids: list[str]) -> Response | None:
        return self._act("send", ids, invoice_actions.send, invoice_actions.to_pay_link)

    @action(
        "remind",
        lazy_pgettext("verb", "Remind"),
        lazy_gettext("Each contact is emailed what is still due, with the pay link, at most once a day."),
    )
    def action_remind(self, ids: list[str]) -> Response | None:
        return self._act("remind", ids, invoice_actions.remind)

    @action(
        "void",
        lazy_pgettext("verb", "Void"),
        lazy_gettext(
            "Their pay links take no payment any more. This cannot be undone. Drafts, and invoices for which money is "
            "held or on its way, stay as they are."
        ),
    )
    def action_void(self, ids: list[str]) -> Response | None:
        return self._act("void", ids, invoice_actions.void)

    def get_actions_list(self) -> tuple[list[Any], dict[Any, Any]]:
        """In the order of their permissions above: Flask-Admin sorts them by the names of functions."""
        actions, confirmations = super().get_actions_list()
        return sorted(actions, key=lambda each: list(self.action_permissions).index(each[0])), confirmations

    def handle_action(self, return_view: str | None = None) -> Any:
        """What is for ticked rows only is not done to some of those that were meant."""
        if request.form.get("all") and request.form.get("action") not in self.wide_actions:
            abort(400)
        return super().handle_action(return_view)

    def _act(
        self,
        kind: str,
        ids: list[str],
        press: Callable[[Invoice, User], str],
        then: Callable[[Invoice], Step] | None = None,
    ) -> Response | None:
        if confirmed := request.form.get("all"):
            return self._to_run(self._all(kind, confirmed))
        chosen = [known for known in map(row_id, ids) if known]
        if len(chosen) == 1:
            invoice_actions.for_each(db.session, map(str, chosen), lambda invoice: press(invoice, me()), then)
            return None
        return self._to_run(begin_bulk(kind, chosen, me(), invoice_actions.operation(), invoice_actions.shown_at()))

    def _all(self, kind: str, confirmed: str) -> int:
        """The run of all that fit, which a second press finds. Refuses when they are others than were confirmed."""
        # Looked up in this order: what a run has changed fits no longer once it is there.
        fitting, operation = self.fitting(), invoice_actions.operation()
        if run := begun_by(db.session, operation):
            run.refuse_other(db.session, kind, confirmed)
            return run.id
        if fingerprint(fitting) != confirmed:
            raise Conflict(
                ngettext(
                    "What fits has changed meanwhile: it is %(num)s invoice now. Nothing is done: look again.",
                    "What fits has changed meanwhile: it is %(num)s invoices now. Nothing is done: look again.",
                    len(fitting),
                )
            )
        return begin_bulk(kind, fitting, me(), operation, invoice_actions.shown_at())

    def _to_run(self, run_id: int) -> Response:
        return redirect(self.get_url("bulk_run.details_view", id=run_id), 303)
