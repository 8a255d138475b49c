"""Which events are the same one, and which comes first."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import (
    RANK,
    TYPES,
    ContactAnswered,
    ContactAttempted,
    Data,
    Event,
    Refused,
    check_repetition,
    identity,
    make,
    same,
)
from events.language import UNKNOWN_RANK
from tests.unit.histories import PROPERTY
from tests.unit.wire import KEPT, NOW, accepted, body

# ----------------------------------------------------------------------------------- order and identity


def _event(data: Data, *, time: datetime = NOW, id: str = "1", source: str = "crm") -> Event:  # noqa: A002
    return make(data, subject="anna", source=source, id=id, time=time)


def test_time_comes_before_everything_else() -> None:
    """An earlier event comes first, whatever its type or id."""
    early = _event(ContactAnswered(contact_id="1", by="human"), id="9")
    late = _event(ContactAttempted(contact_id="1", channel="phone"), time=NOW + timedelta(seconds=1))
    assert early.order < late.order


def test_within_an_instant_an_attempt_comes_before_its_answer() -> None:
    """Where times agree the rank of the type decides, then the id, then the source."""
    attempt = ContactAttempted(contact_id="1", channel="phone")
    ordered = [
        _event(attempt, id="2", source="a"),
        _event(attempt, id="2", source="b"),
        _event(ContactAnswered(contact_id="1", by="human"), id="1"),
    ]
    attempt_1, attempt_2, answer = ordered
    assert sorted([answer, attempt_2, attempt_1], key=lambda event: event.order) == ordered


def test_unknown_types_come_last_within_an_instant() -> None:
    """Every known type has a rank of its own, below that of unknown ones."""
    assert sorted(RANK.values()) == list(range(len(TYPES)))
    assert accepted(body(type="egard.weather.turned")).order[1] == UNKNOWN_RANK > max(RANK.values())


def test_promises_are_made_before_they_end() -> None:
    """Made comes before kept, an attempt before a miss, a complaint before its settlement."""
    for first, second in (
        ("egard.promise.made", "egard.promise.kept"),
        ("egard.contact.attempted", "egard.contact.missed"),
        ("egard.complaint.raised", "egard.complaint.settled"),
        ("egard.customer.linked", "egard.customer.unlinked"),
    ):
        assert RANK[first] < RANK[second]


@PROPERTY
@given(st.text(), st.text(min_size=1), st.text())
def test_no_two_names_run_into_each_other(source: str, middle: str, event_id: str) -> None:
    """Moving letters from the id to the source makes another identity: lengths are part of the hash."""
    assert identity(source + middle, event_id) != identity(source, middle + event_id)
    assert len(identity(source, event_id)) == 16


# ------------------------------------------------------------------------------------------ repetition


@pytest.mark.parametrize(
    "spelling",
    [
        body().replace(b": ", b":"),
        json.dumps(dict(reversed(json.loads(body()).items()))).encode(),
        body(time="2026-11-22T08:30:00Z"),
        body(time="2026-11-22T09:30:00.000+01:00"),
        body().replace(b"anna", b"\\u0061nna"),
    ],
    ids=["spaces", "order", "offset", "fraction", "escape"],
)
def test_a_repetition_may_be_spelled_otherwise(spelling: bytes) -> None:
    """Spaces, the order of keys, escapes and an equal time are no difference."""
    assert same(body(), spelling)
    check_repetition(body(), accepted(spelling))


@pytest.mark.parametrize(
    "other",
    [
        body({"promise_id": "2"}),
        body(time="2026-11-22T09:30:01+01:00"),
        body(type="egard.promise.broken"),
        body(traceparent="00-ab-cd-01"),
        body({**KEPT, "mood": "good"}),
    ],
    ids=["data", "time", "type", "an attribute", "an unknown field"],
)
def test_an_identity_that_comes_with_something_else_is_refused(other: bytes) -> None:
    """The same source and id with another time or body is `id_reused`."""
    assert not same(body(), other)
    with pytest.raises(Refused) as refusal:
        check_repetition(body(), accepted(other))
    assert refusal.value.reason == "id_reused"
