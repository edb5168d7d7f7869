"""What a press has led to, said on the page that comes next, with the steps that may follow."""

from dataclasses import dataclass
from typing import Any

from flask import flash, url_for

from admin_views.policy import may

# A message travels in a cookie, which holds four kilobytes.
MOST_STEPS = 3


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody may do next: a page to go to or, where `sends` is given, a press of its own."""

    label: str
    href: str
    permission: str
    sends: dict[str, Any] | None = None


def way(label: str, permission: str, endpoint: str, **values: Any) -> Step:
    """A page, for those who hold the permission; `show` names the dialog that it opens."""
    return Step(label, url_for(endpoint, **values), permission)


def press(label: str, permission: str, endpoint: str, **fields: Any) -> Step:
    """A button that sends these fields, for what needs no question: it asks for nothing and can be taken back."""
    return Step(label, url_for(endpoint), permission, fields)


def say(text: str, category: str, *steps: Step) -> None:
    """Say it above the next page, with the first three of the steps that this person may take."""
    open_steps = [step for step in steps if may(step.permission)][:MOST_STEPS]
    drawn = [{"label": step.label, "href": step.href, "sends": step.sends} for step in open_steps]
    flash({"text": text, "steps": drawn} if drawn else text, category)  # type: ignore[arg-type]
