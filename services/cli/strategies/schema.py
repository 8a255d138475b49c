"""The JSON Schema of the strategy file, for editors that complete and check TOML."""

from collections.abc import Iterator
from typing import Any

import msgspec

from events.schemas import DIALECT
from projections.duration import Duration
from projections.strategy import StrategyFile
from projections.table import Table
from services.cli.strategies.fields import described

Schema = dict[str, Any]


def strategy_schema() -> Schema:
    """What a strategy file holds. What goes beyond kinds and bounds, `egard strategy check` says."""
    _, parts = msgspec.json.schema_components(
        [StrategyFile], schema_hook=_written, ref_template="#/$defs/{name}"
    )
    tables = {cls.__name__: cls for cls in _derived(Table)}
    whole: Schema = {name: _explained(_said(part), tables[name]) for name, part in parts.items()}
    top = whole.pop(StrategyFile.__name__)
    return {
        "$schema": DIALECT,
        "title": "Strategy",
        "description": "How Égard reads events, and when it prompts a person.",
        **{key: value for key, value in top.items() if key not in ("title", "description")},
        "$defs": whole,
    }


def _derived(cls: type[Table]) -> Iterator[type[Table]]:
    for one in cls.__subclasses__():
        yield one
        yield from _derived(one)


def _explained(schema: Schema, table: type[Table]) -> Schema:
    """A schema of a table whose fields say what they mean; what stands below a field goes before its kind."""
    said = described(table)
    fields = {
        name: {"description": said[name], **of} if name in said else of
        for name, of in schema["properties"].items()
    }
    return {**schema, "properties": fields}


def _written(kind: type) -> Schema:
    if kind is Duration:
        return Duration.schema()
    raise NotImplementedError(f"no schema for {kind}")


def _said(schema: Any) -> Any:
    """A schema for a file without null, with descriptions on one line."""
    if isinstance(schema, list):
        return [_said(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _said(value) for key, value in schema.items() if (key, value) != ("default", None)}
    if isinstance(found.get("description"), str):
        found["description"] = " ".join(found["description"].split())
    if "anyOf" in found:
        choices = [one for one in found.pop("anyOf") if one != {"type": "null"}]
        found |= choices[0] if len(choices) == 1 else {"anyOf": choices}
    return found
