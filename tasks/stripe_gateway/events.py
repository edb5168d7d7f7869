"""Events that Stripe still knows (docs.stripe.com/api/events): those of the last 30 days."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from tasks.stripe_gateway.client import PAGE, calling, moment, options

MOST_PAGES = 20


def last_of_each(account: str, types: Sequence[str], since: datetime) -> dict[str, datetime]:
    """When one of these last happened to each object since then, as far as the newest 2,000 of them tell."""
    asked: Any = {"types": list(types), "created": {"gte": int(since.timestamp())}, "limit": PAGE}
    found: dict[str, datetime] = {}
    with calling() as client:
        listed = client.v1.events.list(asked, options(account))
        for event in islice(listed.auto_paging_iter(), MOST_PAGES * PAGE):
            found.setdefault(event.data.object["id"], moment(event.created))
    return found
