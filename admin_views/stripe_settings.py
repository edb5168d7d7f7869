"""Settings → Integrations → Stripe Connect: the account, what Stripe still requires, connecting and disconnecting."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, ClassVar

from babel.lists import format_list
from flask import flash, redirect, request
from flask_admin import expose
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from admin_views.base import Rows
from admin_views.policy import may, me, sign_in_token
from admin_views.stripe_links import dashboard_url
from models.base import db
from models.clock import now
from models.dispute import CLOSED, Dispute
from models.invoice import Invoice
from models.language import gettext, marked, ngettext, reader_locale
from models.money import Money
from models.payment import Payment
from models.people import hash_token
from models.refund import UNDERWAY, Refund
from models.refusal import NotAllowed, OutsideError, Refused
from models.stripe_account import Payout, StripeAccount, active_account
from tasks import connect, later
from tasks.accounts import look_at_account
from tasks.payouts import look_at_payouts
from tasks.reconcile import catch_up_account

RECENT = 10
FRESH = timedelta(minutes=1)
ONLINE = marked("Your customers can pay online now.")
NOT_YET = marked("Customers can pay online once Stripe has enabled charges: see below what it requires.")
BOTH = ("integrations.connect", "integrations.configure")


class StripeSettings(Rows):
    """Its list are the accounts of the organization, of which the active one is the page."""

    view_permission = "integrations.view"
    can_view_details = False
    list_template = "admin/stripe/list.html"
    column_list = ("name", "stripe_id", "state")
    column_sortable_list: ClassVar[Any] = ()
    column_default_sort: ClassVar[Any] = ("connected_at", True)
    route_permissions: ClassVar[dict[str, tuple[str, ...]]] = {
        "connect": BOTH,
        "callback": BOTH,
        "disconnect": BOTH,
    }

    def __init__(self, name: str, category: str) -> None:
        super().__init__(StripeAccount, db, name, category, endpoint="stripe")

    def is_visible(self) -> bool:
        """Not in the sidebar: it is found in the catalog of integrations."""
        return False

    @expose("/")
    def index_view(self) -> Any:
        """Opens from what we know at once; a look at Stripe is asked for, and its news come by themselves."""
        account = active_account(db.session)
        if account and not account.was_looked_at_since(now() - FRESH):
            later(look_at_account, account.id)
            later(look_at_payouts, account.id)
        self._template_args.update(
            account=account,
            payments=_payments() if may("payments.view") else [],
            payouts=_payouts() if may("payments.view") else [],
            unheard=list(_unheard(account)) if account else [],
            dashboard_url=dashboard_url,
        )
        return super().index_view()

    @expose("/connect", methods=("POST",))
    def connect(self) -> Response:
        return redirect(connect.begin_connect(me(), hash_token(sign_in_token())), 303)

    @expose("/callback")
    def callback(self) -> Response:
        """Where Stripe sends the admin back to; whatever it says, the answer stands on the settings page."""
        answer = {name: request.args.get(name, "") for name in ("state", "code", "error")}
        try:
            account = db.session.get_one(
                StripeAccount, connect.finish_connect(me(), hash_token(sign_in_token()), **answer)
            )
            catch_up_account()
            flash(" ".join((gettext("Connected."), gettext(ONLINE if account.charges_enabled else NOT_YET))), "success")
        except NotAllowed:
            raise
        except Refused as error:
            flash(str(error), "danger")
        except OutsideError as error:
            why = gettext("Stripe did not connect the account: %(why)s Nothing was changed.", why=gettext(str(error)))
            flash(why, "danger")
        return redirect(self.get_url(".index_view"))

    @expose("/disconnect", methods=("POST",))
    def disconnect(self) -> Response:
        connect.disconnect(me())
        done = (
            gettext("Stripe is disconnected."),
            gettext("Existing payment records and invoice history are preserved."),
        )
        flash(" ".join(done), "success")
        return redirect(self.get_url(".index_view"), 303)


def _unheard(account: StripeAccount) -> Iterator[str]:
    """What is on its way there: nobody would tell us of its end once the account is disconnected."""
    on_its_way: tuple[tuple[Any, Any, Callable[[int, str], str]], ...] = (
        (Payment, Payment.status == "processing", _processing),
        (Refund, Refund.state.in_(UNDERWAY), _unfinished),
        (Dispute, Dispute.status.not_in(CLOSED), _undecided),
    )
    for table, which, words in on_its_way:
        query = select(table.currency, func.sum(table.amount), func.count()).group_by(table.currency)
        found = db.session.execute(query.where(table.account_id == account.id, which).order_by(table.currency)).all()
        if number := sum(count for _, _, count in found):
            amounts = [Money(int(amount), currency).format(reader_locale()) for currency, amount, _ in found]
            yield words(number, format_list(amounts, locale=reader_locale()))


def _processing(number: int, amounts: str) -> str:
    return ngettext(
        "%(num)s payment is still processing: %(amounts)s",
        "%(num)s payments are still processing: %(amounts)s",
        number,
        amounts=amounts,
    )


def _unfinished(number: int, amounts: str) -> str:
    return ngettext(
        "%(num)s refund is not finished: %(amounts)s",
        "%(num)s refunds are not finished: %(amounts)s",
        number,
        amounts=amounts,
    )


def _undecided(number: int, amounts: str) -> str:
    return ngettext(
        "%(num)s dispute is not decided: %(amounts)s",
        "%(num)s disputes are not decided: %(amounts)s",
        number,
        amounts=amounts,
    )


def _payments() -> list[Payment]:
    loading = joinedload(Payment.invoice).joinedload(Invoice.contact)
    query = select(Payment).options(loading).limit(RECENT)
    return list(db.session.scalars(query.order_by(Payment.paid_at.desc(), Payment.id.desc())))


def _payouts() -> list[Payout]:
    return list(db.session.scalars(select(Payout).order_by(Payout.created_at.desc(), Payout.id.desc()).limit(RECENT)))
