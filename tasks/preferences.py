"""What each person decides for themselves alone: widgets of the dashboard, news by email."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from models.base import BESIDE_REFERENCES
from models.language import gettext
from models.people import NEWS_BY_MAIL, User
from models.refusal import Refused
from tasks import once_more, transaction


@once_more
def switch_widgets(by: User, wanted: Mapping[str, bool]) -> None:
    """Show or hide these widgets on one's own dashboard; the others stay as they are."""
    with transaction() as session:
        person = _myself(session, by)
        hidden = {*person.hidden_widgets, *(name for name, is_shown in wanted.items() if not is_shown)}
        person.hidden_widgets = sorted(hidden - {name for name, is_shown in wanted.items() if is_shown})


@once_more
def choose_news(by: User, when: str) -> None:
    """When one's own news come by email: *at_once*, *daily* or *never*. Refuses anything else."""
    if when not in NEWS_BY_MAIL:
        raise Refused(gettext("News can come by email at once, once a day, or never."))
    with transaction() as session:
        _myself(session, by).news_by_mail = when


def _myself(session: Session, by: User) -> User:
    return session.get_one(User, by.id, with_for_update={"of": User, **BESIDE_REFERENCES})
