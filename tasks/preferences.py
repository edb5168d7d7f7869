"""What each person decides for themselves alone: widgets of the dashboard, news by email."""

from collections.abc import Mapping

from models.base import BESIDE_REFERENCES
from models.people import User
from tasks import once_more, transaction


@once_more
def switch_widgets(by: User, wanted: Mapping[str, bool]) -> None:
    """Show or hide these widgets on one's own dashboard; the others stay as they are."""
    with transaction() as session:
        person = session.get_one(User, by.id, with_for_update={"of": User, **BESIDE_REFERENCES})
        hidden = {*person.hidden_widgets, *(name for name, is_shown in wanted.items() if not is_shown)}
        person.hidden_widgets = sorted(hidden - {name for name, is_shown in wanted.items() if is_shown})
