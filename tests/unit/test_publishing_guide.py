"""docs/publishing.md: what it shows is accepted, and what its tables say is so."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest

from events import MAX_AHEAD, MAX_BODY_BYTES, MAX_NAME_BYTES, TYPES, decode
from events.refused import Reason
from projections.outreach.moment import spans_of
from services.gateway.modes import MAX_EVENTS
from services.gateway.room import MAX_REQUEST_BYTES
from tests.guide import blocks, rows, section

ARCHITECTURE = Path(__file__).parents[2] / "docs" / "architecture.md"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
BY_EGARD = {name for name in TYPES if name.startswith("egard.outreach.")} - {
    "egard.outreach.made",
    "egard.outreach.declined",
    "egard.outreach.reacted",
}
"""What Égard itself publishes, and nobody else needs to."""


def events() -> list[dict[str, Any]]:
    """Every event that the guide shows as JSON."""
    shown = [json.loads(block) for block in blocks("json")]
    return [event for block in shown for event in (block if isinstance(block, list) else [block])]


def table() -> dict[str, list[str]]:
    """The fields of each type as the guide lists them, the required ones bold."""
    return {
        f"egard.{row[1]}": [field for field in row[2].split(", ") if field]
        for row in rows("What to send when")
        if re.fullmatch(r"[a-z]+\.[a-z_]+", row[1])
    }


def test_every_event_that_the_guide_shows_is_accepted() -> None:
    """Who copies an event from the guide is not refused."""
    assert len(events()) >= 7
    for event in events():
        assert decode(json.dumps(event).encode(), arrived=NOW).data is not None


def test_the_corrections_that_the_guide_shows_are_about_events_that_it_shows() -> None:
    """A reader who publishes the whole guide sees each correction take effect."""
    known = {(event["source"], event["id"]) for event in events()}
    retracted = [event["data"] for event in events() if event["type"] == "egard.event.retracted"]
    assert retracted
    assert all((data["source"], data["id"]) in known for data in retracted)


def test_the_table_names_every_type_that_a_backend_may_send_and_no_other() -> None:
    """A type that is added or renamed cannot be forgotten in the guide."""
    assert set(table()) == set(TYPES) - BY_EGARD


@pytest.mark.parametrize("name", sorted(set(TYPES) - BY_EGARD))
def test_the_table_lists_the_fields_of_a_type_with_the_required_ones_bold(name: str) -> None:
    """What the guide calls required is required, and nothing else is."""
    fields = msgspec.structs.fields(TYPES[name])
    assert table()[name] == [f"**{one.name}**" if one.required else one.name for one in fields]


def test_the_words_that_fields_take_are_those_of_the_language() -> None:
    """Each closed list of words is in the guide, whole and in order."""
    said = {tuple(re.findall(r"`(\w+)`", row[1])) for row in rows("What to send when") if len(row) == 2}
    for name in set(TYPES) - BY_EGARD:
        for field, hint in get_type_hints(TYPES[name]).items():
            for part in (hint, *get_args(hint)):
                if get_origin(part) is Literal:
                    assert get_args(part) in said, (name, field)


def test_hours_as_the_guide_writes_them_are_understood() -> None:
    """Who writes hours as the guide does is not reached outside them."""
    said = re.search(r"^- `hours`.*?: spans .*?\.$", section("What to send when"), re.DOTALL | re.MULTILINE)
    assert said is not None
    shown = re.findall(r"like `(.+?)` or `(.+?)`", said[0])
    assert shown
    assert all(spans_of(text) for text in shown[0])


def test_the_architecture_lists_every_field_of_every_type() -> None:
    """Who looks a type up there sees all that it may hold, with the required fields bold."""
    text = ARCHITECTURE.read_text().partition("## The language")[2].partition("\n## ")[0]
    listed = {
        f"egard.{name}": [field for field in fields.split(", ") if field]
        for name, fields in re.findall(r"`([a-z]+\.[a-z_]+)`(?: \(([^)]*)\))?", text)
    }
    for name, kind in TYPES.items():
        fields = msgspec.structs.fields(kind)
        assert listed[name] == [f"**{one.name}**" if one.required else one.name for one in fields], name


def test_the_reasons_of_refusals_are_all_explained() -> None:
    """Whoever meets a reason finds it in the guide."""
    explained = set(re.findall(r"`(\w+)`", " ".join(row[0] for row in rows("Answers"))))
    assert explained == set(get_args(Reason))


def test_the_limits_are_those_of_the_code() -> None:
    """A limit that moves moves in the guide as well."""
    limits = section("Limits")
    assert f"{MAX_NAME_BYTES} bytes" in limits
    assert f"{MAX_BODY_BYTES // 1024} KB" in limits
    assert f"{MAX_REQUEST_BYTES // 1024 // 1024} MB" in limits
    assert f"{MAX_EVENTS:,} events" in limits
    assert f"{MAX_AHEAD.seconds // 60} minutes ahead" in limits
