from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.errors import no_such
from sandbox.shapes import Json

if TYPE_CHECKING:
    from sandbox.world import World


@dataclass
class Call:
    """One request to the API, authenticated. `given` are its parameters as they came, `params` the checked ones."""

    world: World
    account: str
    path: str
    given: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def find(self, kind: str, param: str = "id") -> Json:
        """The object that the path names, if it belongs to the account."""
        body = self.world.store.find(self.ids["id"], kind, self.account)
        if body is None:
            raise no_such(kind, self.ids["id"], param)
        return body
