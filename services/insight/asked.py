"""What the routes of insight share: whom a path names, and where the next page is."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from litestar.exceptions import NotFoundException

from services.insight.archive import Unheard, customer_in
from services.runtime.web import name_in

_T = TypeVar("_T")


async def of_customer(segment: str, work: Callable[[str], Awaitable[_T]]) -> _T:
    """Work for the customer that a path names; 404 where nobody of that name has been heard of."""
    try:
        return await work(customer_in(segment))
    except Unheard as unheard:
        raise NotFoundException(f"No customer called {str(unheard)!r} has been heard of.") from None


def path_of(segment: str, view: str) -> str:
    """The path of a view of the customer that a path names."""
    return f"/v1/customers/{quote(name_in(segment), safe='')}/{view}"


def next_page(path: str, asked: dict[str, Any]) -> dict[str, str]:
    """The `Link` header (RFC 8288) to the next page of what was asked."""
    query = urlencode({name: value for name, value in asked.items() if value is not None}, doseq=True)
    return {"Link": f'<{path}?{query}>; rel="next"'}
