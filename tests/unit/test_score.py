"""`egard score`, the command: what it reads and prints, and what it says of what it cannot use."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cyclopts
import pytest

from events import (
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
    encode,
    make,
)
from services.cli.score import score
from tests.unit.histories import MONDAY, SAME, SHIPPED, reading_of, told

ROOT = Path(__file__).parents[2]
COLUMNS = ["customer", "time", "health", "recognition", "responsiveness", "confidence", "band"]
NOON = "2026-06-10T12:00:00Z"

Row = dict[str, str]
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
    read = reading_of(story, SHIPPED, at)
    for name in COLUMNS[2:6]:
        assert abs(float(rows[0][name]) - getattr(read, name)) <= SAME


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


def test_a_strategy_that_cannot_be_used_is_named(command: Command, history: Path, tmp_path: Path) -> None:
    """A mistake in a draft is told with the name of its file, and the exit code is 1."""
    draft = tmp_path / "draft.toml"
    draft.write_text("version = 5\n", encoding="utf-8")
    code, _, err = command(history, "--at", NOON, "--strategy", draft)
    assert code == 1
    assert f"{draft}: " in " ".join(err.split())


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
