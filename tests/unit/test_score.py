"""`egard score`: readings from a file, the same as by the plain way, in memory that does not grow."""

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cyclopts
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import (
    ContactAttempted,
    CustomerErased,
    CustomerLinked,
    CustomerUnlinked,
    Data,
    Event,
    EventRetracted,
    PraiseGiven,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    Refused,
    encode,
    make,
)
from projections.evidence import merge, no_sums
from projections.fold import fold, standing
from projections.links import canonical, edges, word_of
from projections.reading import Reading, read
from services.cli.score import score
from services.cli.scoring.journal import Journal
from services.cli.scoring.lines import lines
from services.cli.scoring.queries import Query
from services.cli.scoring.questions import Questions
from services.cli.scoring.readings import take_readings
from services.cli.scoring.scratch import scratch
from tests.unit.histories import MONDAY, PROPERTY, SAME, SHIPPED, accepted, reading_of, streams, times, told

ROOT = Path(__file__).parents[2]
COLUMNS = ["customer", "time", "health", "recognition", "responsiveness", "confidence", "band"]
FIGURES = ("health", "recognition", "responsiveness", "confidence")
NOON = "2026-06-10T12:00:00Z"

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
    sums = no_sums()
    for subject, events in known(at).items():
        if now.get(subject, subject) == now.get(customer, customer) and subject not in erased:
            merge(sums, fold(events, SHIPPED).sums_at(SHIPPED, at))
    return read(sums, SHIPPED, at)


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
        assert_answers(row, reading_of(story, SHIPPED, float(row["time"])))


# --------------------------------------------------------------------------------------- the command

Command = Callable[..., tuple[int, list[Row], str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `egard score` with arguments; gives the exit code, the rows and what standard error says."""
    monkeypatch.setenv("COLUMNS", "200")
    app = cyclopts.App(result_action="return_value")
    app.default(score)

    def run(*arguments: object) -> tuple[int, list[Row], str]:
        code = app([str(one) for one in arguments])
        out, err = capsys.readouterr()
        rows = list(csv.DictReader(io.StringIO(out)))
        assert not rows or list(rows[0]) == COLUMNS
        return code, rows, err

    return run


def written(path: Path, events: Iterable[Event | bytes]) -> Path:
    """A file with an event per line."""
    path.write_bytes(b"".join((one if isinstance(one, bytes) else one.body) + b"\n" for one in events))
    return path


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Two customers and an agent, each with something to read."""
    return written(
        tmp_path / "history.ndjson",
        [
            *told((MONDAY, PraiseGiven()), (MONDAY + timedelta(days=1), PromiseBroken(promise_id="1"))),
            *told((MONDAY + timedelta(days=2), PraiseGiven()), subject="bob"),
            *told((MONDAY, PromiseKept(promise_id="1")), subject="agent:eve"),
        ],
    )


def test_everyone_is_read_at_one_time(command: Command, history: Path) -> None:
    """`--at TIME` gives a line for each customer, in the order of their ids; agents are no customers."""
    code, rows, _ = command(history, "--at", NOON)
    assert code == 0
    assert [(row["customer"], row["time"]) for row in rows] == [("anna", NOON), ("bob", NOON)]
    assert rows[0]["band"] == "unknown" or float(rows[0]["confidence"]) >= SHIPPED.confidence_floor


def test_a_reading_uses_what_was_known_then(command: Command, history: Path, tmp_path: Path) -> None:
    """Earlier questions do not know later events; whoever came later is not listed with everyone."""
    _, rows, _ = command(history, "--at", (MONDAY + timedelta(hours=1)).isoformat())
    assert [row["customer"] for row in rows] == ["anna"]
    only_first = written(tmp_path / "first.ndjson", told((MONDAY, PraiseGiven())))
    _, alone, _ = command(only_first, "--at", (MONDAY + timedelta(hours=1)).isoformat())
    assert rows == alone


def test_an_event_counts_from_its_own_instant_on(command: Command, history: Path, tmp_path: Path) -> None:
    """At the very time of an event it is known; a microsecond earlier it is not."""
    asked = tmp_path / "asked.csv"
    before = MONDAY - timedelta(microseconds=1)
    asked.write_text(f"customer,time\nanna,{before.isoformat()}\nanna,{MONDAY.isoformat()}\n")
    _, (earlier, then), _ = command(history, "--at", asked)
    assert float(earlier["confidence"]) == 0
    assert float(then["confidence"]) > 0


def test_questions_are_answered_in_their_order(command: Command, history: Path, tmp_path: Path) -> None:
    """Each line of the questions has its answer, repeated ones and strangers too; times are as asked."""
    asked = tmp_path / "asked.csv"
    asked.write_text(
        "note;,Time,CUSTOMER\n"
        f"x,{NOON},bob\n"
        "\n"
        "x,2026-06-10T14:00:00+02:00,anna\n"
        f'"a, b",{NOON},"stranger"\n'
        f"x,{NOON},bob\n"
    )
    code, rows, _ = command(history, "--at", asked)
    assert code == 0
    assert [(row["customer"], row["time"]) for row in rows] == [
        ("bob", NOON),
        ("anna", "2026-06-10T14:00:00+02:00"),
        ("stranger", NOON),
        ("bob", NOON),
    ]
    assert rows[0] == rows[3]
    assert (rows[2]["confidence"], rows[2]["band"]) == ("0.0000000000", "unknown")


def test_figures_have_more_digits_than_make_a_difference(command: Command, history: Path) -> None:
    """What is printed lies within 1e-9 of what was read."""
    _, rows, _ = command(history, "--at", NOON)
    at = datetime.fromisoformat(NOON).timestamp()
    story = told((MONDAY, PraiseGiven()), (MONDAY + timedelta(days=1), PromiseBroken(promise_id="1")))
    assert_answers(rows[0], reading_of(story, SHIPPED, at))


def test_a_repetition_counts_once(command: Command, history: Path) -> None:
    """Delivered twice, spelled otherwise or not, an event is folded once, and that is said."""
    _, rows, _ = command(history, "--at", NOON)
    first, *others = history.read_bytes().splitlines()
    respelled = json.dumps(json.loads(first), indent=None).encode()
    written(history, [first, respelled, *others, first])
    _, again, err = command(history, "--at", NOON)
    assert rows == again
    assert "4 events were folded; 2 more were repetitions." in err


def test_of_two_events_with_one_identity_the_first_holds(command: Command, tmp_path: Path) -> None:
    """A reused id is refused with the line it stands on; what came first in the file stays."""
    praise, broken = (
        make(data, subject="anna", source="crm", id="1", time=MONDAY)
        for data in (PraiseGiven(), PromiseBroken(promise_id="1"))
    )
    file = written(tmp_path / "reused.ndjson", [praise, broken])
    code, rows, err = command(file, "--at", NOON)
    assert code == 0
    assert float(rows[0]["health"]) > 60
    assert "1 of 2 lines were refused" in err
    assert "1 × id_reused, first on line 2: The id '1' of source 'crm'" in err


def test_one_id_under_two_customers_is_two_events(command: Command, tmp_path: Path) -> None:
    """Identity holds within a subject."""
    both = [make(PraiseGiven(), subject=who, source="crm", id="1", time=MONDAY) for who in ("anna", "bob")]
    _, rows, err = command(written(tmp_path / "both.ndjson", both), "--at", NOON)
    assert len(rows) == 2
    assert "refused" not in err


def test_what_is_refused_is_counted_by_reason_and_the_rest_goes_on(command: Command, history: Path) -> None:
    """The summary names each reason, how often it occurred and where first; blank lines are nothing."""
    ahead = encode(
        PraiseGiven(), subject="anna", source="crm", id="9", time=datetime.now(UTC) + timedelta(hours=1)
    )
    good = history.read_bytes().splitlines()
    written(history, [b"hello", b"", good[0], ahead, b"{", *good[1:], b"x" * 100_000])
    code, rows, err = command(history, "--at", NOON)
    assert code == 0
    assert len(rows) == 2
    assert "2 × not_json, first on line 1: The event is not JSON" in err
    assert "1 × time_ahead, first on line 4: " in err
    assert "1 × body_too_large, first on line 9: " in err


def test_a_file_may_be_packed(command: Command, history: Path) -> None:
    """A gzip file is read as what it holds."""
    _, rows, _ = command(history, "--at", NOON)
    packed = history.with_suffix(".gz")
    packed.write_bytes(gzip.compress(history.read_bytes()))
    assert command(packed, "--at", NOON)[1] == rows


def test_the_strategy_may_be_another(
    command: Command, history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--strategy` beats EGARD_STRATEGY, which beats the strategy that the project ships."""
    _, shipped, _ = command(history, "--at", NOON)
    text = (ROOT / "deploy" / "strategy.toml").read_text(encoding="utf-8")
    flat = tmp_path / "flat.toml"
    flat.write_text(text.replace("confidence_floor = ", "confidence_floor = 0.0 # "), encoding="utf-8")
    monkeypatch.setenv("EGARD_STRATEGY", str(flat))
    _, other, _ = command(history, "--at", NOON)
    assert "unknown" in {row["band"] for row in shipped}
    assert "unknown" not in {row["band"] for row in other}
    monkeypatch.setenv("EGARD_STRATEGY", "nowhere.toml")
    assert command(history, "--at", NOON, "--strategy", flat)[1] == other


def test_what_is_linked_is_read_as_one(command: Command, tmp_path: Path) -> None:
    """While two subjects are linked both have the reading of the person; unlinked, each has its own again."""
    day = timedelta(days=1)
    file = written(
        tmp_path / "linked.ndjson",
        [
            *told(
                (MONDAY, PraiseGiven()),
                (MONDAY + 2 * day, CustomerLinked(alias="visitor:7")),
                (MONDAY + 4 * day, CustomerUnlinked(alias="visitor:7")),
            ),
            *told((MONDAY, PromiseBroken(promise_id="1")), subject="visitor:7"),
        ],
    )
    readings = {}
    for days in (1, 3, 5):
        _, rows, _ = command(file, "--at", (MONDAY + days * day).isoformat())
        readings[days] = [float(row["health"]) for row in rows]
    assert readings[1][0] > readings[3][0] == readings[3][1] > readings[1][1]
    assert readings[5][0] > readings[5][1]


@pytest.mark.parametrize("mistake", [PraiseGiven(), PromiseBroken(promise_id="1")], ids=["signal", "matter"])
def test_what_is_retracted_counts_until_then(mistake: Data, command: Command, tmp_path: Path) -> None:
    """A mistaken event weighs on readings until its first retraction, and leaves nothing after it."""
    mistaken, later, retraction = told(
        (MONDAY, mistake),
        (MONDAY + timedelta(days=4), EventRetracted(source="story", id="1")),
        (MONDAY + timedelta(days=2), EventRetracted(source="story", id="1")),
    )
    file = written(tmp_path / "retracted.ndjson", [later, retraction, mistaken])
    (before,), (after,) = (
        command(file, "--at", (MONDAY + timedelta(days=days)).isoformat())[1] for days in (1, 3)
    )
    assert float(before["confidence"]) > 0
    assert float(after["confidence"]) == 0


def test_the_rest_of_a_matter_outlives_a_retraction(command: Command, tmp_path: Path) -> None:
    """Taken back, a fulfilment leaves its promise as it was before: overdue."""
    due = MONDAY + timedelta(days=1)
    made, kept, retraction = told(
        (MONDAY, PromiseMade(promise_id="1", what="call", due=due)),
        (MONDAY, PromiseKept(promise_id="1")),
        (MONDAY + timedelta(days=4), EventRetracted(source="story", id="2")),
    )
    after = (MONDAY + timedelta(days=5)).isoformat()
    (without,) = command(written(tmp_path / "made.ndjson", [made]), "--at", after)[1]
    (retracted,) = command(written(tmp_path / "all.ndjson", [retraction, kept, made]), "--at", after)[1]
    assert retracted == without


def test_who_was_erased_is_nobody_any_more(command: Command, tmp_path: Path) -> None:
    """From the erasure on nothing is known, whatever arrives; with everyone, the customer is not listed."""
    file = written(
        tmp_path / "erased.ndjson",
        told(
            (MONDAY, PraiseGiven()),
            (MONDAY + timedelta(days=20), CustomerErased()),
            (MONDAY + timedelta(days=2), CustomerErased()),
            (MONDAY + timedelta(days=3), PraiseGiven()),
        ),
    )
    assert command(file, "--at", NOON)[1] == []
    asked = tmp_path / "asked.csv"
    asked.write_text(f"customer,time\nanna,{NOON}\n")
    (row,) = command(file, "--at", asked)[1]
    assert (float(row["confidence"]), row["band"]) == (0, "unknown")


# ------------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        ("nowhere.csv", "nowhere.csv is neither a file of questions nor a time"),
        ("2026-06-10T12:00:00", "is neither a file of questions nor a time (RFC 3339, with its offset"),
    ],
)
def test_what_is_asked_must_be_a_time_or_a_file(
    command: Command, history: Path, at: str, sentence: str
) -> None:
    """Anything else is told in one sentence, and nothing is printed."""
    code, rows, err = command(history, "--at", at)
    assert (code, rows) == (1, [])
    assert sentence in err


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "does not begin with a line that names `customer` and `time`."),
        ("who,when\nanna,2026-06-10T12:00:00Z\n", "does not begin with a line that names"),
        ("customer,time\nanna\n", "line 2: a column is missing."),
        ("customer,time\nanna,yesterday\n", "line 2: 'yesterday' is not an RFC 3339 time with an offset"),
        ("customer,time\nanna,2026-06-10\n", "line 2: '2026-06-10' is not an RFC 3339 time with an offset"),
    ],
)
def test_questions_that_cannot_be_understood_are_told_by_their_line(
    command: Command, history: Path, tmp_path: Path, text: str, sentence: str
) -> None:
    """A mistake among the questions is told before any event is read."""
    asked = tmp_path / "asked.csv"
    asked.write_text(text)
    code, rows, err = command(history, "--at", asked)
    assert (code, rows) == (1, [])
    assert sentence in err


def test_a_file_that_is_not_there_is_told(command: Command, tmp_path: Path) -> None:
    """A missing file, and a missing strategy, end in one sentence and exit code 1."""
    code, _, err = command(tmp_path / "nowhere.ndjson", "--at", NOON)
    assert code == 1
    assert err.strip().endswith("nowhere.ndjson cannot be read: No such file or directory.")
    code, _, err = command(tmp_path, "--at", NOON, "--strategy", tmp_path / "nowhere.toml")
    assert code == 1
    assert "nowhere.toml" in err


@pytest.mark.parametrize("content", [[], [b"hello"]], ids=["empty", "rubbish"])
def test_a_file_without_any_usable_event_gives_no_readings(
    command: Command, tmp_path: Path, content: list[Event | bytes]
) -> None:
    """There is nothing to read from nothing: one sentence, exit code 1, no header."""
    code, rows, err = command(written(tmp_path / "empty.ndjson", content), "--at", NOON)
    assert (code, rows) == (1, [])
    assert "holds no event that can be used." in err


def test_temporary_files_need_a_place(command: Command, history: Path, tmp_path: Path) -> None:
    """A working directory that does not exist is told; one that does is left empty."""
    code, _, err = command(history, "--at", NOON, "--work-dir", tmp_path / "nowhere")
    assert code == 1
    assert "Nothing can be written in" in err
    work = tmp_path / "work"
    work.mkdir()
    assert command(history, "--at", NOON, "--work-dir", work)[0] == 0
    assert list(work.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are listed only where Linux is")
def test_temporary_files_lie_where_they_are_told_to_and_have_no_name(tmp_path: Path) -> None:
    """What does not fit in memory goes to the working directory, in files that end with the process."""
    with closing(scratch(tmp_path)) as database:
        database.execute("create table filled (with_bytes blob)")
        database.executemany("insert into filled values (randomblob(4000))", [()] * 2000)
        targets = [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        assert any(target.parent == tmp_path for target in targets)
        assert list(tmp_path.iterdir()) == []


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


# --------------------------------------------------------------------------------------------- memory

_MEASURED = """
import resource, sys
import cyclopts
from services.cli.score import score
app = cyclopts.App(result_action="return_value")
app.default(score)
code = app(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
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
