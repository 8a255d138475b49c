"""Query parameters that a route does not have: who asks `?att=` for `?at=` would be told of now."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from litestar import Litestar, Request
from litestar.exceptions import ClientException
from litestar.routes import HTTPRoute

_SHOWN = 64
"""How many characters to show of a name that is none of ours."""

Known = Mapping[Any, Mapping[str, bool]]
"""By route of the API: the names of its query parameters, and whether each may be said more than once."""


def known(app: Litestar) -> Known:
    """The query parameters of all routes of the API, as Litestar looks for them.

    Pages and what is public are not among these: others add parameters of their own to addresses that people
    pass on, and to those that they probe.
    """
    return {
        handler: {one.field_alias: one.is_sequence for one in model.expected_query_params}
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler, model in route.route_handler_map.values()
        if handler.resolve_include_in_schema() and handler.opt.get("scope") != "public"
    }


def check(request: Request[Any, Any, Any], routes: Known) -> None:
    """Raises `ClientException` for what a route has no parameter for, and for what is said of one twice."""
    has = routes.get(request.route_handler)
    if has is None:
        return
    for name, times in Counter(name for name, _ in request.query_params.multi_items()).items():
        if name not in has:
            others = ", ".join(f"`{one}`" for one in sorted(has))
            more = f" It has: {others}." if others else ""
            raise ClientException(f"`{name[:_SHOWN]}` is not a parameter of this route.{more}")
        if times > 1 and not has[name]:
            raise ClientException(f"`{name}` is said more than once.")
