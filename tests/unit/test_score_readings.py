"""`egard score`, the machinery: the readings of the plain way, in memory that does not grow with the file."""

import io
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import (
    ContactAttempted,
    ContactMissed,
    CustomerErased,
    CustomerLinked,
    Data,
    Event,
    EventRetracted,
    PraiseGiven,
    PromiseKept,
    PromiseMade,
    RecordContested,
    Refused,
    encode,
    make,
)
from projections.corrections import names, standing
from projections.evidence import merge, no_sums
from projections.fold import fold
from projections.judgement import as_judged, in_force_at
from projections.knots.weighing import read_with
from projections.links import canonical, edges, word_of
from projections.reading import Reader, Reading
from projections.whole import open_tangles, read_person
from services.cli.scoring.journal import Journal
from services.cli.scoring.lines import lines
from services.cli.scoring.queries import Query
from services.cli.scoring.questions import Questions
from services.cli.scoring.readings import take_readings
from services.cli.scoring.scratch import scratch
from tests.unit.histories import (
    MONDAY,
    PROPERTY,
    SAME,
    SHIPPED,
    accepted,
    histories,
    streams,
    times,
    told,
)
from tests.unit.knots.lives import lives

ROOT = Path(__file__).parents[2]
COLUMNS = ["customer", "time", "health", "recognition", "responsiveness", "confidence", "band"]
FIGURES = ("health", "recognition", "responsiveness", "confidence")

Row = dict[str, str]


# ------------------------------------------------------------------------------- beside the plain way


def plain_reading(journal: Sequence[Event], customer: str, at: float) -> Reading:
    """A reading by the plain way: links, erasures and retractions looked up in the whole of what is known."""

    def known(until: float) -> dict[str, list[Event]]:
        subjects: dict[str, list[Event]] = {}
        for event in journal:
            if event.at <= until:
                subjects.setdefault(event.subject, []).append(event)
        return subjects

    def persons(until: float) -> dict[str, str]:
        left = [event for some in known(until).values() for event in standing(some)]
        words = [word for event in sorted(left, key=lambda event: event.order) if (word := word_of(event))]
        return canonical(edges(words))

    erased = {
        alias
        for event in journal
        if isinstance(event.data, CustomerErased) and event.at <= at
        for then in [persons(event.at)]
        for alias in {event.subject, *then}
        if then.get(alias, alias) == then.get(event.subject, event.subject)
    }
    now = persons(at)
    sums, told = no_sums(), list[Event]()
    for subject, events in known(at).items():
        if now.get(subject, subject) == now.get(customer, customer) and subject not in erased:
            merge(sums, fold(events, SHIPPED).sums_at(SHIPPED, at))
            told += events
    tangles = open_tangles(told, SHIPPED, at)
    reading = read_with(sums, tangles, Reader(SHIPPED), at)
    return as_judged(reading, in_force_at(told, at), SHIPPED)


def scored(stream: Iterable[Event], queries: Sequence[Query]) -> list[Row]:
    """The answers of the machinery behind the command."""
    with closing(scratch(None)) as database:
        journal, questions = Journal(database, SHIPPED), Questions(database)
        for number, event in enumerate(stream, start=1):
            with suppress(Refused):
                journal.accept(event, number)
        journal.seal()
        questions.ask(queries)
        questions.sort()
        list(take_readings(journal, questions, SHIPPED))
        return [dict(zip(COLUMNS, map(str, answer), strict=True)) for answer in questions.answers()]


def assert_answers(row: Row, reading: Reading) -> None:
    for name in FIGURES:
        assert abs(float(row[name]) - getattr(reading, name)) <= SAME, (name, row, reading)
    assert (row["band"] == "knotted") == (reading.band == "knotted")


@PROPERTY
@given(life=lives(), link=times, instants=st.lists(times, min_size=1, max_size=4))
def test_knots_are_those_of_the_plain_way(
    life: list[Event], link: datetime, instants: list[datetime]
) -> None:
    """Of a life full of knots, under two ids that are linked at some time, readings are as by all events."""
    [linked] = told((link, CustomerLinked(alias="visitor:7")), first=1000)
    events = [*life, linked]
    rows = scored(events, [Query("anna", when.isoformat(), when.timestamp()) for when in instants])
    for row, when in zip(rows, instants, strict=True):
        assert_answers(row, plain_reading(accepted(events), "anna", when.timestamp()))


def test_of_a_long_story_the_latest_events_tie_knots() -> None:
    """However much happened before, what is looked at is bounded; matters that began before are whole."""
    hour = timedelta(hours=1)
    events = told(
        *((MONDAY + n * hour, ContactAttempted(contact_id=f"c{n}", channel="phone")) for n in range(700)),
        *((MONDAY + n * hour, ContactMissed(contact_id=f"c{n}", cause="rang_out")) for n in range(690, 700)),
    )
    when = MONDAY + 800 * hour
    [row] = scored(events, [Query("anna", when.isoformat(), when.timestamp())])
    reading = read_person(events, SHIPPED, when.timestamp())
    assert reading.band == "knotted"
    assert_answers(row, reading)


_instants = st.one_of(times, times.map(lambda when: when + timedelta(days=200)))
_queries = st.lists(
    st.tuples(st.sampled_from(["anna", "bob", "visitor:7", "nobody"]), _instants), max_size=12
)


@PROPERTY
@given(streams(), _queries)
def test_scoring_is_folding(stream: list[Event], asked: list[tuple[str, datetime]]) -> None:
    """Whatever is delivered and asked, the answer is that of folding what was known then, and reading."""
    journal = accepted(stream)
    queries = [Query(customer, when.isoformat(), when.timestamp()) for customer, when in asked]
    answers = scored(stream, queries)
    assert [(row["customer"], row["time"]) for row in answers] == [query[:2] for query in queries]
    for row, query in zip(answers, queries, strict=True):
        assert_answers(row, plain_reading(journal, query.customer, query.at))


@PROPERTY
@given(st.data())
def test_what_is_contested_comes_and_goes(data: st.DataObject) -> None:
    """Through contests that stand for a while, apart or overlapping, each instant has the reading of then."""
    history = data.draw(histories())
    start = min(event.time for event in history)
    corrections: list[Event] = []
    for number in range(data.draw(st.integers(1, 4))):
        about = data.draw(st.sampled_from(sorted(names(data.draw(st.sampled_from(history))))))
        day, length = data.draw(st.integers(0, 70)), data.draw(st.integers(0, 30))
        contest, back = RecordContested(about=about), EventRetracted(source="desk", id=f"contest{number}")
        corrections += [
            make(one, subject="anna", source="desk", id=f"{name}{number}", time=start + timedelta(days=since))
            for one, name, since in ((contest, "contest", day), (back, "back", day + length))
        ]
    journal = data.draw(st.permutations([*history, *corrections]))
    moments = {event.time for event in journal}
    queries = [Query("anna", moment.isoformat(), moment.timestamp()) for moment in sorted(moments)]
    for row, query in zip(scored(journal, queries), queries, strict=True):
        assert_answers(row, read_person(journal, SHIPPED, query.at))


@PROPERTY
@given(st.data())
def test_the_order_of_the_file_does_not_matter(data: st.DataObject) -> None:
    """The same events in another order, some of them repeated, give the same answers to the last digit."""
    journal = accepted(data.draw(streams()))
    again = data.draw(st.lists(st.sampled_from(journal), max_size=5)) if journal else []
    queries = [
        Query(name, "", MONDAY.timestamp() + days * 86400) for days in (-40, 9) for name in ("anna", "bob")
    ]
    assert scored(data.draw(st.permutations([*journal, *again])), queries) == scored(journal, queries)


def test_many_instants_at_once_are_read_like_each_alone() -> None:
    """A customer asked about at thousands of times gets the answer of each time by itself."""
    due = MONDAY + timedelta(days=5)
    story = told(
        (MONDAY, ContactAttempted(contact_id="1", channel="phone")),
        (MONDAY + timedelta(hours=1), PromiseMade(promise_id="1", what="call", due=due)),
        (due + timedelta(days=20), PromiseKept(promise_id="1")),
    )
    instants = [MONDAY.timestamp() + minutes * 1800 for minutes in range(2500)]
    answers = scored(story, [Query("anna", str(at), at) for at in reversed(instants)])
    assert len(answers) == len(instants)
    for row in answers[::97]:
        assert_answers(row, read_person(story, SHIPPED, float(row["time"])))


# ------------------------------------------------------------------------------------------- the parts


def test_lines_are_numbered_as_an_editor_numbers_them() -> None:
    """Blank lines count, line ends of either kind do not, and a line without an end is one."""
    text = b"\xef\xbb\xbfone\r\n\n  two \n" + b"x" * 99_999 + b"\nlast"
    found = list(lines(io.BytesIO(text)))
    assert [(number, body[:4]) for number, body in found] == [
        (1, b"one"),
        (3, b"two"),
        (4, b"xxxx"),
        (5, b"last"),
    ]
    assert len(found[2][1]) > 32 * 1024


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are listed only where Linux is")
def test_temporary_files_lie_where_they_are_told_to_and_have_no_name(tmp_path: Path) -> None:
    """What does not fit in memory goes to the working directory, in files that end with the process."""
    with closing(scratch(tmp_path)) as database:
        database.execute("create table filled (with_bytes blob)")
        database.executemany("insert into filled values (randomblob(4000))", [()] * 2000)
        targets = [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        assert any(target.parent == tmp_path for target in targets)
        assert list(tmp_path.iterdir()) == []


# --------------------------------------------------------------------------------------------- memory

# Not getrusage where there is a choice: on Linux a child's peak begins with what its parent held.
_MEASURED = """
import pathlib, re, resource, sys
import cyclopts
from services.cli.score import score
app = cyclopts.App(result_action="return_value")
app.default(score)
code = app(sys.argv[1:])
status = pathlib.Path("/proc/self/status")
peak = re.search(r"VmHWM:\\s+(\\d+)", status.read_text()) if status.exists() else None
print(peak[1] if peak else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def _peak(file: Path) -> int:
    """The peak resident memory of scoring a file, in the system's units."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(file), "--at", "2026-10-01T00:00:00Z"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.count("\n") > 1
    return int(done.stderr.split()[-1])


def _many(path: Path, count: int, customers: int) -> Path:
    """Events of a few customers: young open contacts, open promises and praise, each matter its own."""
    start = datetime(2026, 9, 20, tzinfo=UTC)

    def data(number: int) -> Data:
        name = str(number)
        match number % 4:
            case 0:
                return ContactAttempted(contact_id=name, channel="phone")
            case 1:
                return PromiseMade(promise_id=name, what="call", due=start + timedelta(days=90))
            case 2:
                return PromiseKept(promise_id=name)
            case _:
                return PraiseGiven()

    with path.open("wb") as file:
        for number in range(count):
            when = start + timedelta(seconds=number % 800_000)
            who = f"c{number // 4 % customers}"
            file.write(encode(data(number), subject=who, source="s", id=str(number), time=when) + b"\n")
    return path


@pytest.mark.parametrize("customers", [10, 1], ids=["ten customers", "one customer"])
def test_memory_does_not_grow_with_the_history(customers: int, tmp_path: Path) -> None:
    """Ten times the events and matters per customer take at most a tenth more memory."""
    few = _peak(_many(tmp_path / "few.ndjson", 5_000, customers))
    many = _peak(_many(tmp_path / "many.ndjson", 50_000, customers))
    assert many <= 1.1 * few
