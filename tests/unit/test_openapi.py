"""The HTTP contract: a valid OpenAPI document whose examples are true, of every route there is."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator
from litestar import Litestar
from litestar.routes import HTTPRoute
from openapi_spec_validator import OpenAPIV31SpecValidator

from events import TYPES, decode
from events.schemas import event_schema
from services.cli.contracts import openapi_document, unconnected
from services.cli.operate import SERVICES
from services.runtime.web import application

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest_asyncio.fixture(scope="module")
async def document() -> Any:
    """The document of all services together."""
    return await openapi_document()


@pytest_asyncio.fixture(scope="module")
async def app() -> Litestar:
    """All services together."""
    context = unconnected()
    return application([kind(context) for kind in SERVICES.values()])


def operations(document: Any) -> dict[str, Any]:
    """The operations of a document, by method and path."""
    return {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def fits(document: Any, schema: Any, value: Any) -> list[str]:
    """What keeps a value from fitting a schema of a document."""
    whole = {**schema, "components": document["components"]}
    return [error.message for error in Draft202012Validator(whole).iter_errors(value)]


def test_the_document_is_openapi(document: Any) -> None:
    """OpenAPI's own schema finds nothing wrong, and every example of a schema is checked with it."""
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    assert document["openapi"].startswith("3.1")


def test_every_route_is_in_the_document_unless_it_is_a_page(document: Any, app: Litestar) -> None:
    """Whatever answers programs is described; pages, their assets and the contracts themselves are not."""
    served = {
        f"{method} {route.path_format}"
        for route in app.routes
        for handler in (route.route_handlers if isinstance(route, HTTPRoute) else [route.route_handler])
        for method in handler.opt.get("described_by", handler).http_methods
        if method != "OPTIONS"
    }
    pages = {"GET /desk", "GET /insight", "GET /customers/{customer}", "GET /assets/{name}"}
    ledgers = ("promises", "tellings", "waiting", "recognition")
    of_insight = (*ledgers, "calibration", "declines", "team", "undone", "uplift")
    pages |= {f"GET /insight/{name}" for name in of_insight}
    pages |= {"GET /customers/{customer}/ledgers"}
    contracts = {"GET /openapi.json", "GET /asyncapi.json"}
    assert served - operations(document).keys() == pages | contracts
    assert operations(document).keys() <= served


def test_a_route_that_needs_a_key_says_so(document: Any, app: Litestar) -> None:
    """Each operation names the scope that the guard enforces, and the two ways to bring a key."""
    for route in app.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            for method in handler.http_methods:
                operation = operations(document).get(f"{method} {route.path_format}")
                if operation is None:
                    continue
                scope = handler.opt["scope"]
                assert operation.get("x-scope", "public") == scope
                assert ("security" in operation) == (scope != "public")
                assert {"401", "403"} <= operation["responses"].keys() or scope == "public"
    assert document["components"]["securitySchemes"].keys() == {"bearer", "basic"}


def test_every_response_has_a_true_example(document: Any) -> None:
    """Each response with JSON shows an example, and the example fits the schema beside it."""
    for name, operation in operations(document).items():
        for status, response in operation["responses"].items():
            for media_type, content in response.get("content", {}).items():
                examples = [one["value"] for one in content.get("examples", {}).values()]
                assert examples or media_type == "text/plain", (name, status)
                for example in examples:
                    assert fits(document, content["schema"], example) == [], (name, status)
                    if media_type == "application/problem+json":
                        assert str(example["status"]) == status, name


def test_every_request_has_a_true_example(document: Any) -> None:
    """Each request body shows examples that fit the schema beside them."""
    for name, operation in operations(document).items():
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            assert content["examples"], (name, media_type)
            for example in content["examples"].values():
                assert fits(document, content["schema"], example["value"]) == [], (name, media_type)


def test_the_examples_of_publishing_are_events(document: Any) -> None:
    """What is shown as an event decodes: one of every type, in each mode."""
    operation = document["paths"]["/v1/events"]["post"]
    bodies = operation["requestBody"]["content"]
    single = {name: one["value"] for name, one in bodies["application/cloudevents+json"]["examples"].items()}
    assert single.keys() == TYPES.keys()
    (batch,) = (one["value"] for one in bodies["application/cloudevents-batch+json"]["examples"].values())
    (data,) = (one["value"] for one in bodies["application/json"]["examples"].values())
    headers = {
        one["name"].removeprefix("ce-"): one["example"]
        for one in operation["parameters"]
        if one["in"] == "header"
    }
    for event in (*single.values(), *batch, {**headers, "data": data}):
        assert decode(json.dumps(event).encode(), arrived=NOW).data is not None


@pytest.mark.parametrize("name", sorted(TYPES))
def test_the_components_say_what_the_schemas_say(document: Any, name: str) -> None:
    """An event type's component takes and refuses the same events as the schema of that type."""
    schema = Draft202012Validator(event_schema(name))
    (example,) = event_schema(name)["examples"]
    component = {"$ref": f"#/components/schemas/{name}"}
    for event in (
        example,
        {**example, "data": {**example["data"], "more": [1]}, "ext": 1},
        {**example, "data": "x"},
        {**example, "time": "yesterday"},
        {**example, "type": "egard.of.nobody"},
        {key: value for key, value in example.items() if key != "data"},
        {key: value for key, value in example.items() if key != "id"},
    ):
        assert (fits(document, component, event) == []) == schema.is_valid(event), event


def test_parameters_have_bounds(document: Any) -> None:
    """Numbers in queries say from where to where they go, and every parameter says what it means."""
    for name, operation in operations(document).items():
        for parameter in operation.get("parameters", ()):
            schema = parameter["schema"]
            assert parameter.get("description"), (name, parameter["name"])
            assert "oneOf" not in schema, (name, parameter["name"])
            if schema["type"] in ("integer", "number"):
                assert {"minimum", "maximum"} <= schema.keys(), (name, parameter["name"])
