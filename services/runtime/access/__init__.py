"""Who may do what: API keys, their scopes, the one guard of every route, and how fast a key may publish."""

from services.runtime.access.guard import (
    CHALLENGES,
    Denied,
    TooFast,
    allows,
    charge,
    check_scopes,
    guard,
    while_admitted,
)
from services.runtime.access.holder import ADMINISTRATOR, Holder
from services.runtime.access.keyring import Keyring
from services.runtime.access.keys import SCOPES, NewKey, Scope, new_key
from services.runtime.access.modes import CLOSED, OPEN, Access, Keyed, access_of

__all__ = [
    "ADMINISTRATOR",
    "CHALLENGES",
    "CLOSED",
    "OPEN",
    "SCOPES",
    "Access",
    "Denied",
    "Holder",
    "Keyed",
    "Keyring",
    "NewKey",
    "Scope",
    "TooFast",
    "access_of",
    "allows",
    "charge",
    "check_scopes",
    "guard",
    "new_key",
    "while_admitted",
]
