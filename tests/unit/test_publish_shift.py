"""`egard publish --shift-to`: a history moved in time, and nothing else about it changed."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import TYPES, Refused, decode, identity
from services.cli.publish import publish
from services.cli.publishing.shift import Shift, time_of

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def line(kind: str, data: dict[str, Any], **attributes: Any) -> bytes:
    """An event as it stands in a file."""
    event = {
        "specversion": "1.0",
        "id": "e1",
        "source": "test",
        "type": kind,
        "subject": "ada",
        "time": "2026-01-01T00:00:00Z",
    }
    return json.dumps({**event, **attributes, "data": data}).encode()


def moved(body: bytes, by: timedelta) -> dict[str, Any]:
    """An event moved, as a dict; it is still one that Égard accepts."""
    shifted = Shift(by).apply(body)
    decode(shifted, arrived=START + 100_000 * DAY)
    event = json.loads(shifted)
    assert isinstance(event, dict)
    return event


def test_the_time_and_the_instants_of_the_data_move_by_the_same_distance() -> None:
    """A promise is as long after the shift as before it, and each time keeps its own offset."""
    made = {"promise_id": "p", "what": "a call", "due": "2026-01-03T12:00:00+01:00"}
    event = moved(line("egard.promise.made", made), 10 * DAY)
    assert event["time"] == "2026-01-11T00:00:00Z"
    assert event["data"]["due"] == "2026-01-13T12:00:00+01:00"
    judged = {"health": 50, "agent_id": "a", "reason": "r", "until": "2026-02-01T00:00:00Z"}
    assert moved(line("egard.judgement.made", judged), -DAY)["data"]["until"] == "2026-01-31T00:00:00Z"


def test_a_moved_event_is_another_event_of_other_matters() -> None:
    """The same file moved twice, or also published unmoved, is never refused as id_reused nor merged."""
    body = line(
        "egard.contact.answered", {"contact_id": "c", "by": "human", "agent_id": "lea", "case_id": "k"}
    )
    once, twice = moved(body, DAY), moved(body, 2 * DAY)
    assert once["id"] == "e1~+86400s"
    assert once["data"] == {
        "contact_id": "c~+86400s",
        "by": "human",
        "agent_id": "lea",
        "case_id": "k~+86400s",
    }
    ids = {identity(event["source"], event["id"]) for event in (json.loads(body), once, twice)}
    assert len(ids) == 3


def test_corrections_follow_what_they_are_about() -> None:
    """What is retracted in the file is retracted after the shift; what is contested stays contested."""
    event = moved(line("egard.event.retracted", {"source": "test", "id": "e0"}), DAY)
    assert event["data"]["id"] == "e0~+86400s"
    event = moved(line("egard.record.contested", {"about": "e0", "reason": "No."}), DAY)
    assert event["data"] == {"about": "e0~+86400s", "reason": "No."}


def test_what_is_no_time_and_no_name_stays_byte_for_byte() -> None:
    """Unknown fields, extensions, odd numbers and types of one's own are nobody's to change."""
    body = line("desk.noted", {"due": "2026-01-01T00:00:00Z", "contact_id": "c"}, tenant="x")
    body = body.replace(b'"tenant": "x"', b'"tenant":  {"n": 1.50, "big": 123456789012345678901234567890}')
    shifted = Shift(DAY).apply(body)
    assert b'{"n": 1.50, "big": 123456789012345678901234567890}' in shifted
    assert json.loads(shifted)["data"] == {"due": "2026-01-01T00:00:00Z", "contact_id": "c"}


def test_no_shift_changes_nothing() -> None:
    """A file that ends where it should is published as it stands."""
    body = line("egard.contact.closed", {"contact_id": "c", "resolved": True})
    assert Shift(timedelta()).apply(body) is body


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "not_json"),
        (b'{"time": "2026-01-01T00:00:00Z"} {', "not_json"),
        (b"[]", "envelope_invalid"),
        (b"{}", "time_invalid"),
        (b'{"time": 5}', "time_invalid"),
        (b'{"time": "2026-01-01T00:00:00"}', "time_invalid"),
        (b'{"time": "9999-12-31T00:00:00Z"}', "time_invalid"),
        (line("egard.promise.kept", {}).replace(b"{}", b"7"), "envelope_invalid"),
    ],
)
def test_what_cannot_be_moved_is_refused(body: bytes, reason: str) -> None:
    """A line without a time, or moved out of all years, is an answer with a reason and no crash."""
    with pytest.raises(Refused) as refused:
        Shift(3 * DAY).apply(body)
    assert refused.value.reason == reason


def test_all_instants_of_the_language_are_known_to_the_shift() -> None:
    """A new type with a time in its data cannot be forgotten here."""
    found = {
        field.name
        for cls in TYPES.values()
        for field in msgspec.structs.fields(cls)
        if "datetime" in str(field.type)
    }
    assert found == {"due", "until"}


instants = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.lists(instants, min_size=1, max_size=8), instants)
def test_the_newest_event_lands_at_the_instant_and_all_distances_stay(
    times: list[datetime], until: datetime
) -> None:
    """To the microsecond, whatever the times and wherever they go."""
    bodies = [line("egard.team.thanked", {}, time=time.isoformat(), subject="agent:a") for time in times]
    found = [time for body in bodies if (time := time_of(body)) is not None]
    assert found == times
    shift = Shift(until - max(found))
    after = [time for body in bodies if (time := time_of(shift.apply(body))) is not None]
    assert max(after) == until
    assert [time - until for time in after] == [time - max(times) for time in times]


@pytest.mark.parametrize(
    ("file", "shift_to", "sentence"),
    [
        ("life", "yesterday", "--shift-to is"),
        ("life", "2026-01-01T00:00:00", "--shift-to is"),
        ("life", "now", "no event with a time"),
        ("/dev/zero", "now", "a pipe does not allow"),
    ],
)
def test_a_shift_that_cannot_be_told_is_a_sentence(
    file: str,
    shift_to: str,
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No instant, no time in the file, or nothing that can be read twice: nothing is published."""
    (tmp_path / "life").write_text("{}\n")
    assert publish(tmp_path / file, shift_to=shift_to) == 2
    assert sentence in capsys.readouterr().err
