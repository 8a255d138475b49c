"""Who asks, as far as we know: the key they hold."""

from collections.abc import Callable
from typing import NamedTuple

from services.runtime.access.bucket import Bucket
from services.runtime.access.keys import Scope


def _always() -> bool:
    return True


class Holder(NamedTuple):
    """The holder of a key, as handlers find it in `request.auth`. It holds nothing secret."""

    prefix: str | None
    """The part of the key that may be seen; None where nobody is asked for a key."""
    scopes: frozenset[Scope]
    bucket: Bucket | None = None
    """How fast it may publish; None where there is no limit."""
    lives: Callable[[], bool] = _always
    """Whether the key is still neither revoked nor expired: for answers that go on for long."""

    def may(self, scope: Scope) -> bool:
        """Whether the key has a scope; `admin` has all."""
        return scope in self.scopes or "admin" in self.scopes


ADMINISTRATOR = Holder(None, frozenset({"admin"}))
"""Who asks where nobody is asked for a key."""
