"""What happens in Stripe Settings: the account is connected, asked for more, and pays out."""

from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from demo.cast import BUSINESS
from demo.stage import Stage, outside
from models.stripe_account import StripeAccount
from tasks import accounts, payouts, transaction
from tasks.connect import begin_connect, finish_connect


@outside
def connect(stage: Stage) -> None:
    admin, sign_in = stage.people["admin"], "demo"
    answer = stage.sandbox.consent(begin_connect(admin, sign_in), BUSINESS)
    given = {name: values[0] for name, values in parse_qs(urlsplit(answer).query).items()}
    stage.account_id = finish_connect(admin, sign_in, given["state"], given["code"], "")
    with transaction() as session:
        stage.account = session.get_one(StripeAccount, stage.account_id).stripe_id


@outside
def require(stage: Stage, what: str, deadline: datetime) -> None:
    """Stripe wants to know more about the account."""
    until = int(deadline.timestamp())
    stage.sandbox.control(f"accounts/{stage.account}/requirements", currently_due=[what], current_deadline=until)
    accounts.look_at_account(stage.account_id)


@outside
def pay_out(stage: Stage) -> list[str]:
    made = stage.sandbox.control(f"accounts/{stage.account}/payout")
    ids = [str(payout["id"]) for payout in made]
    _look(stage, ids)
    return ids


@outside
def hear_of_payouts(stage: Stage, ids: list[str]) -> None:
    """They have arrived at the bank meanwhile."""
    _look(stage, ids)


def _look(stage: Stage, ids: list[str]) -> None:
    for payout_id in ids:
        payouts.look_at_payout(stage.account, payout_id)
