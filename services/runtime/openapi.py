"""The HTTP contract: OpenAPI 3.1 from the routes themselves, with what their signatures cannot say.

A route says more by its `opt`. `operation` holds parts of its OpenAPI operation: responses and parameters
are added to the generated ones, or change them, one by one; `example` and `headers` are those of the answer
when all goes well; the rest stands as it is. `components` holds the schemas that all this refers to. From the
`scope` of a route follow its security, and some of its problems.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import msgspec
from litestar import Litestar, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.response import Response
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from events.described import json_schema

PROBLEM_TYPE = "application/problem+json"

Document = dict[str, Any]

_TITLE = "Égard"
_ABOUT = (
    "What happens between a brand and each customer goes in as CloudEvents; how healthy each relationship "
    "is, and whom to reach out to, comes out. What is refused is told as a problem (RFC 9457)."
)

_WHEN = {
    400: "The request cannot be read.",
    401: "There is no API key, or one that is unknown, expired or revoked.",
    403: "The API key lacks the scope that this route needs.",
    404: "There is nothing of that name.",
    408: "The request did not come in time.",
    409: "It is not for this agent to move now; the detail says why.",
    413: "The request, or the event, is too long.",
    415: "The content type is none that is taken.",
    422: "The event is not accepted; the problem says where and why.",
    429: "The API key has used up its rate.",
    503: "What this needs is away; try again after the seconds in `Retry-After`.",
}


class Problem(msgspec.Struct, kw_only=True):
    """What is wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


def schema_of(kind: Any) -> Document:
    """The JSON Schema of what msgspec encodes or decodes."""
    return json_schema(kind)


def said(**schema: Any) -> Document:
    """For `schema_extra` of a parameter that is read as text and means more: its schema."""
    return {"oneOf": None, **schema}


def body_of(kind: Any, example: Any) -> Document:
    """A JSON request body."""
    content = {"schema": schema_of(kind), "examples": {"example": {"value": example}}}
    return {"required": True, "content": {"application/json": content}}


def answer(
    description: str, schema: Document, example: Any, media_type: str = "application/json"
) -> Document:
    """A response with its schema and an example."""
    content = {"schema": schema, "examples": {"example": {"value": _plain(example)}}}
    return {"description": description, "content": {media_type: content}}


def link() -> dict[str, Document]:
    """The header of an answer that is a page, for `headers`."""
    return {"Link": _header("Where the next page is (RFC 8288); not there on the last page.", "string")}


def problems(*statuses: int, **more: Any) -> dict[str, Document]:
    """Responses that are problems, by status; `more` describes further members of the 413 and the 422."""
    return {str(status): _problem(status, **(more if status in (413, 422) else {})) for status in statuses}


def _problem(status: int, schema: Document | None = None, example: Document | None = None) -> Document:
    plain = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _WHEN[status],
    }
    found = answer(
        _WHEN[status],
        schema or {"$ref": "#/components/schemas/Problem"},
        {**(example or plain), "status": status},
        PROBLEM_TYPE,
    )
    if status == HTTPStatus.UNAUTHORIZED:
        found["headers"] = {"WWW-Authenticate": _header("How to bring a key: Bearer, or Basic.", "string")}
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        found["headers"] = {"Retry-After": _header("Seconds until trying again makes sense.", "integer")}
    return found


def _header(description: str, kind: str) -> Document:
    return {"description": description, "schema": {"type": kind}}


# ------------------------------------------------------------------------------------- the document


def document(handlers: Sequence[ControllerRouterHandler]) -> Document:
    """The OpenAPI document of some routes. Nothing is connected to, and no handler is called."""
    config = OpenAPIConfig(
        title=_TITLE,
        version=version("egard"),
        description=_ABOUT,
        use_handler_docstrings=True,
        operation_id_creator=lambda handler, *_: handler.handler_name,
    )
    app = Litestar(
        route_handlers=[_description(one) for one in handlers], openapi_config=config, logging_config=None
    )
    found: Document = deepcopy(app.openapi_schema.to_schema())
    components = found.setdefault("components", {})
    schemas = {**components.get("schemas", {}), "Problem": schema_of(Problem)}
    _strip(schemas)
    for operation, handler in _operations(app, found):
        _complete(operation, handler)
        schemas.update(deepcopy(handler.opt.get("components", {})))
    components["schemas"] = dict(sorted(schemas.items()))
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer <key>`"},
        "basic": {
            "type": "http",
            "scheme": "basic",
            "description": "The key as the password, with any user name: for browsers.",
        },
    }
    found["paths"] = dict(sorted(found["paths"].items()))
    return found


def _description(handler: ControllerRouterHandler) -> ControllerRouterHandler:
    """What describes a route: itself, or where it is plain ASGI the handler that its `opt` names."""
    opt: Mapping[str, Any] = getattr(handler, "opt", {})
    described: ControllerRouterHandler = opt.get("described_by", handler)
    return described


def route(handlers: Sequence[ControllerRouterHandler]) -> HTTPRouteHandler:
    """`GET /openapi.json`, for some routes; made when it is first asked for."""
    made: list[bytes] = []

    @get("/openapi.json", include_in_schema=False, opt={"scope": "public"}, sync_to_thread=True)
    def openapi() -> Response[bytes]:
        if not made:
            made.append(msgspec.json.encode(document(handlers)))
        return Response(made[0], media_type="application/json", headers={"Cache-Control": "max-age=300"})

    return openapi


def _operations(app: Litestar, found: Document) -> Iterator[tuple[Document, HTTPRouteHandler]]:
    for one in app.routes:
        for handler in one.route_handlers if isinstance(one, HTTPRoute) else ():
            operations = found["paths"].get(one.path_format, {})
            for method in handler.http_methods:
                if operation := operations.get(method.lower()):
                    yield operation, handler


def _complete(operation: Document, handler: HTTPRouteHandler) -> None:
    """Adds to a generated operation what the route's `opt` says, and what follows from its scope."""
    scope = handler.opt.get("scope", "public")
    more = deepcopy(handler.opt.get("operation", {}))
    operation["summary"] = more.pop("summary", None) or operation.pop("description", handler.handler_name)
    _strip(operation)
    parameters = {(one["in"], one["name"]): one for one in operation.get("parameters", ())}
    for one in more.pop("parameters", ()):
        parameters.setdefault((one["in"], one["name"]), {}).update(one)
    if parameters:
        operation["parameters"] = list(parameters.values())
    told = more.pop("responses", {})
    well = {key: value for key, value in operation["responses"].items() if key.startswith("2")}
    responses: Document = {} if any(key.startswith("2") for key in told) else well
    for answered in responses.values():
        answered["description"] = operation["summary"]
        _illustrate(answered, more.pop("example", None), more.pop("headers", None))
    if "requestBody" in more or any(where != "path" for where, _ in parameters):
        responses |= problems(400)
    if scope != "public":
        # Whatever a route takes, it may be told of a parameter that it does not have.
        responses |= problems(400, 401, 403, 503)
        operation["security"] = [{"bearer": []}, {"basic": []}]
        operation["x-scope"] = scope
    operation["responses"] = dict(sorted({**responses, **told}.items()))
    operation.update(more)


def _illustrate(response: Document, example: object, headers: Document | None) -> None:
    if headers is not None:
        response["headers"] = headers
    if example is not None:
        for content in response["content"].values():
            content["examples"] = {"example": {"value": _plain(example)}}


def _plain(value: object) -> Any:
    """As it goes over the wire."""
    return msgspec.json.decode(msgspec.json.encode(value))


def _strip(value: Any) -> None:
    """Takes out what says nothing: `false` for what nobody supposes, no headers, null in a query."""
    for one in _parts(value):
        for key in ("deprecated", "allowEmptyValue", "allowReserved"):
            if one.get(key) is False:
                del one[key]
        if one.get("headers") == {}:
            del one["headers"]
        if one.get("in") == "query":
            one["schema"] = _without_null(one["schema"])


def _without_null(schema: Mapping[str, Any]) -> Document:
    choices = [one for one in schema.get("oneOf", ()) if one != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key != "description"}
    if len(choices) == 1:
        del rest["oneOf"]
        return {**choices[0], **rest}
    return rest


def _parts(value: Any) -> Iterator[Document]:
    parts: Iterable[Any] = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    )
    if isinstance(value, dict):
        yield value
    for part in parts:
        yield from _parts(part)
