"""A real log, rough as real logs are: the order in which its events arrive changes no reading."""

import csv
import gzip
import io
import random
from datetime import UTC, datetime
from pathlib import Path

import cyclopts
import pytest

from events import Event, decode
from projections.whole import read_person
from services.cli.importing.outcomes import convert_file
from services.cli.score import score
from tests.unit.histories import SAME, SHIPPED

DATA = Path(__file__).parents[3] / "shared" / "data" / "it_incidents.csv.gz"
MAP = Path(__file__).with_name("it_incidents.map.toml")
NOW = datetime(2026, 11, 22, tzinfo=UTC)
TIMES = ("2016-03-15T12:00:00Z", "2016-05-02T08:00:00Z", "2016-06-20T00:00:00Z", "2017-03-01T00:00:00Z")

Answer = dict[str, str]


@pytest.fixture(scope="module")
def log() -> list[bytes]:
    """The log's events, in the order of its rows, of which one in six is out of the order of time."""
    if not DATA.is_file():
        pytest.skip("it_incidents.csv.gz is not here: the shared data lies outside the repository.")
    with gzip.open(DATA) as table:
        rows = convert_file(table, MAP.read_text(encoding="utf-8"), arrived=NOW)
        return [event.line for row in rows if isinstance(row.result, list) for event in row.result]


def answers(lines: list[bytes], folder: Path, capsys: pytest.CaptureFixture[str]) -> list[Answer]:
    """What `egard score` answers about everybody in the log at some times."""
    subjects = sorted({decode(line, arrived=NOW).subject for line in lines})
    asked, file = folder / "asked.csv", folder / "log.ndjson"
    with asked.open("w", newline="") as table:
        csv.writer(table).writerows(
            [("customer", "time"), *((subject, time) for time in TIMES for subject in subjects)]
        )
    file.write_bytes(b"\n".join(lines))
    app = cyclopts.App(result_action="return_value")
    app.default(score)
    assert app([str(file), "--at", str(asked)]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def test_order_and_repetition_change_no_reading(
    log: list[bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the log's own order, and shuffled with a tenth delivered twice, every answer is the same."""
    lots = random.Random(7)
    shuffled = [*log, *lots.sample(log, len(log) // 10)]
    lots.shuffle(shuffled)
    in_order = answers(log, tmp_path, capsys)
    assert answers(shuffled, tmp_path, capsys) == in_order
    assert len({row["band"] for row in in_order}) >= 4


def test_answers_are_those_of_all_events_at_once(
    log: list[bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For every fiftieth caller, and the busiest, reading what was known then gives the same figures."""
    histories: dict[str, list[Event]] = {}
    for line in log:
        event = decode(line, arrived=NOW)
        histories.setdefault(event.subject, []).append(event)
    chosen = {*sorted(histories)[::50], max(histories, key=lambda subject: len(histories[subject]))}
    for row in answers(log, tmp_path, capsys):
        if row["customer"] in chosen:
            at = datetime.fromisoformat(row["time"]).timestamp()
            read = read_person(histories[row["customer"]], SHIPPED, at)
            for name in ("health", "recognition", "responsiveness", "confidence"):
                assert abs(float(row[name]) - getattr(read, name)) <= SAME
