"""What `make run` says once everything is running: where to look, who may sign in, what to know."""

from collections.abc import Iterator

from demo import database, keys
from demo.plan import Plan


def summary(plan: Plan, one_time_password: str) -> str:
    holds_demo = not database.addresses(plan.database_url).isdisjoint(keys.DEMO_PEOPLE)
    people = keys.demo_sign_ins() if holds_demo and keys.SIGN_INS.exists() else {}
    if one_time_password:
        people = {plan.admin: f"{one_time_password}  (for the first time; shown only now)"}
    lines = ["", "Paydesk is running; Ctrl-C stops it.", "", *_places(plan)]
    if people:
        lines += ["", "  Sign in as                    with the password"]
        lines += [f"  {email:<28}  {password}" for email, password in people.items()]
    notes = [f"  {note}" for note in (*_own_stripe(plan), *_demo_in_the_way(plan, holds_demo))]
    return "\n".join([*lines, *([""] if notes else []), *notes, ""])


def _places(plan: Plan) -> Iterator[str]:
    yield f"  Panel    {plan.web}/admin/"
    if plan.uses_sandbox:
        yield f"  Mailbox  {plan.sandbox}/mailbox"
        yield f"  Sandbox  {plan.sandbox}/"


def _own_stripe(plan: Plan) -> Iterator[str]:
    if plan.uses_sandbox:
        return
    yield "Your own Stripe settings are used, so no sandbox and no mailbox run here."
    lacking = plan.not_set()
    yield (f"Not set: {', '.join(lacking)}. " if lacking else "") + "`make doctor` checks each step."


def _demo_in_the_way(plan: Plan, holds_demo: bool) -> Iterator[str]:
    if holds_demo and not plan.uses_sandbox:
        yield f"These are the demo's data, which your Stripe account does not know: {_over(plan)}."
    elif holds_demo and plan.declines_demo:
        yield f"There is data already; DEMO=0 only matters for an empty database: {_over(plan)}."


def _over(plan: Plan) -> str:
    if plan.has_own_database:
        return "empty the database at DATABASE_URL and run `make demo-reset` to start over"
    return "`make demo-reset` starts over"
