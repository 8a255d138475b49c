"""What a key looks like: `egard_<prefix>_<secret>`. The prefix may be seen, the secret may not."""

import hashlib
import re
import secrets
import string
from typing import Literal, NamedTuple, get_args

Scope = Literal["publish", "read", "act", "admin"]
"""What a key may do: publish events, read relationships, act on prompts; `admin` is all of it."""

SCOPES: tuple[Scope, ...] = get_args(Scope)

_PREFIX_LENGTH = 10
_SECRET_BYTES = 32
_LETTERS = string.ascii_lowercase + string.digits
_KEY = re.compile(r"egard_([a-z0-9]{8,16})_([A-Za-z0-9_-]{43,128})")


class NewKey(NamedTuple):
    """A key that was just drawn: `text` is for its owner alone, prefix and hash are what we keep."""

    text: str
    prefix: str
    hash: bytes


def new_key() -> NewKey:
    """Draws a key: 256 bits from the system's source of randomness."""
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(_PREFIX_LENGTH))
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    return NewKey(f"egard_{prefix}_{secret}", prefix, digest(secret))


def parts(text: str) -> tuple[str, str] | None:
    """Prefix and secret of what may be a key; None for what cannot be one."""
    found = _KEY.fullmatch(text)
    return None if found is None else (found[1], found[2])


def digest(secret: str) -> bytes:
    """The hash that is kept of a secret; 256 random bits cannot be guessed, so it need not be a slow one."""
    return hashlib.sha256(secret.encode()).digest()
