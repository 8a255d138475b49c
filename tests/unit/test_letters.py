"""What refused records tell of themselves, how they are named, and when a partition stands still. Pure."""

import json
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from events import MAX_NAME_BYTES, Refused, identity
from services.cli.letters.show import readable
from services.projector.batch import prepare
from services.projector.letters import HEADER, Headers, Name, legible, named, told
from services.projector.records import Record
from services.projector.standstill import AGAIN, STILL, Behind, Standstill

NOW = int(datetime.now(UTC).timestamp() * 1000)
WHOLE = Refused("data_invalid", "It is wrong.", pointer="/data/what")


def record(value: bytes | None, headers: Headers = ()) -> Record:
    """A record that is refused."""
    return Record(0, b"k", value, headers, NOW)


@given(st.integers(0, 10**18 - 1), st.uuids())
def test_a_dead_letter_is_named_by_number_and_token(number: int, token: UUID) -> None:
    """The header that a redriven record carries is read as the dead letter that it was made for."""
    name = Name(number, str(token))
    assert named([("a", b"1"), name.header, ("b", None)]) == name


@given(st.binary() | st.none())
def test_a_header_that_names_nothing_is_passed_over(value: bytes | None) -> None:
    """Whatever bytes a publisher puts into the header, they name no dead letter and raise nothing."""
    assert named([(HEADER, value)]) is None


@given(st.text())
def test_a_text_that_can_be_stored_stays_as_it_is(text: str) -> None:
    """What is made legible is UTF-8 without U+0000; what was that already is not touched."""
    made = legible(text)
    assert "\0" not in made
    assert made.encode().decode() == made
    if "\0" not in text:
        assert made == text


@given(st.text())
def test_what_is_shown_does_nothing_to_a_terminal(text: str) -> None:
    """Whatever stands in a record, what a terminal gets of it can be seen; what can be seen stays."""
    assert readable(text).isprintable()
    assert readable("à côté") == "à côté"


def test_a_structured_record_tells_its_names() -> None:
    """Source, id and subject of a refused event are known, and so is its identity in the journal."""
    found = told(record(b'{"id":"1","source":"/crm","subject":"anna","data":7}'), WHOLE)
    assert (found.source, found.event_id, found.subject) == ("/crm", "1", "anna")
    assert found.identity == identity("/crm", "1")


def test_a_binary_record_tells_its_names_even_where_its_data_cannot_be_read() -> None:
    """Attributes in headers are known whatever the value is."""
    headers = [("ce_id", b"1"), ("ce_source", b"/crm"), ("ce_subject", b"\xff"), ("ce_time", b"now")]
    found = told(record(b"lost", headers), WHOLE)
    assert (found.source, found.event_id, found.subject) == ("/crm", "1", None)


def test_a_subject_that_was_refused_is_not_the_subject() -> None:
    """Where the subject itself is wrong, the corrected event has another."""
    value = b'{"id":"1","source":"/crm","subject":"anna"}'
    assert told(record(value), Refused("data_invalid", "No.", pointer="/subject")).subject is None


_JSON = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(
    st.binary()
    | st.none()
    | st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "source", "subject"), _JSON)).map(
        lambda value: json.dumps(value).encode()
    )
)
def test_whatever_was_refused_tells_only_what_can_be_stored(value: bytes | None) -> None:
    """Names that are no text, too long, or hold what no column holds count as not told; nothing raises."""
    found = told(record(value), WHOLE)
    for name in (found.source, found.event_id, found.subject):
        assert name is None or (name and legible(name) == name)
    assert len((found.event_id or "").encode()) <= MAX_NAME_BYTES


def test_a_header_whose_name_is_not_utf_8_is_refused_by_itself() -> None:
    """The record is refused and says why; the one after it is not."""
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "/crm",
        "type": "egard.friction.met",
        "subject": "anna",
        "time": datetime.fromtimestamp(NOW / 1000, UTC).isoformat(),
        "data": {"what": "lost"},
    }
    value = json.dumps(event).encode()
    escaped = b"A\xff".decode("utf-8", "surrogateescape")
    batch = prepare(
        0,
        0,
        [Record(0, b"k", value, [(escaped, b"1")], NOW), Record(1, b"k", value, [("à\ufffd", b"1")], NOW)],
    )
    [rejected] = batch.rejected
    assert (rejected.record.offset, rejected.refusal.reason) == (0, "not_json")
    assert rejected.refusal.detail == "The name of a header is not UTF-8: 'A\ufffd'."
    assert [one.record.offset for one in batch.received.values()] == [1]


# ----------------------------------------------------------------------------------- standing still


def test_a_partition_that_stands_still_is_told_of_once_in_a_while() -> None:
    """Behind its end and not moving, it is told of after a minute, and then again every ten minutes."""
    watch = Standstill()
    told_at = [now for now in range(0, 1500, 2) if watch.look(now, {0: (7, 9), 1: (now, now + 5)})]
    assert told_at == [STILL, STILL + AGAIN, STILL + 2 * AGAIN]


def test_what_stands_still_is_named_with_its_place() -> None:
    """The alarm says which partition, which offset is next, where the end is, and for how long."""
    watch = Standstill()
    assert watch.look(0, {3: (7, 9)}) == []
    assert watch.look(STILL, {3: (7, 12)}) == [Behind(3, 7, 12, STILL)]


def test_a_partition_at_its_end_stands_still_for_good_reason() -> None:
    """However long nothing was published, what then comes has a minute of its own."""
    watch = Standstill()
    assert not [now for now in range(0, 5000, 2) if watch.look(now, {0: (9, 9)})]
    assert watch.look(5000, {0: (9, 10)}) == []
    assert watch.look(4998 + STILL, {0: (9, 10)}) != []


def test_a_partition_that_waits_its_turn_stands_still_no_more_than_the_others() -> None:
    """Far behind, with turns of twenty seconds each, none is told of; one that is passed over is."""
    watch = Standstill()
    fair: list[Behind] = []
    places = dict.fromkeys(range(8), 0)
    for turn in range(40):
        places[turn % 8] += 1000
        fair += watch.look(20.0 * turn, {one: (next_, 10**6) for one, next_ in places.items()})
    assert fair == []
    told = []
    for turn in range(40, 80):
        places[turn % 7] += 1000
        told += watch.look(20.0 * turn, {one: (next_, 10**6) for one, next_ in places.items()})
    assert [one.partition for one in told] == [7]


def test_where_none_moves_all_are_told_of() -> None:
    """Nobody waits for a turn where nobody has one; and who is alone behind waits for nobody."""
    watch = Standstill()
    assert watch.look(0, {0: (5, 9), 1: (5, 9), 2: (5, 5)}) == []
    assert [one.partition for one in watch.look(STILL, {0: (5, 9), 1: (5, 9), 2: (5, 5)})] == [0, 1]
    watch = Standstill()
    assert watch.look(0, {0: (5, 9), 1: (5, 6)}) == []
    assert [one.partition for one in watch.look(STILL, {0: (5, 9), 1: (6, 6)})] == [0]


def test_a_partition_that_was_given_away_is_forgotten() -> None:
    """What another process did meanwhile is no standstill of ours."""
    watch = Standstill()
    watch.look(0, {0: (7, 9)})
    watch.look(30, {})
    assert watch.look(STILL, {0: (7, 9)}) == []
