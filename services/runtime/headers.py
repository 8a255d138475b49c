"""Headers of a request as they were sent: to look one up costs less than to make a mapping of them all."""

from collections.abc import Iterable

Headers = Iterable[tuple[bytes, bytes]]
"""Names in lower case, and values, as ASGI has them."""


def header(headers: Headers, wanted: bytes) -> str:
    """The first header of a name, as text; empty where there is none."""
    for name, value in headers:
        if name == wanted:
            return value.decode("latin-1").strip()
    return ""
