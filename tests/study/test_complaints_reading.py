"""The readings of complaints know nothing of the verdicts that they are compared with."""

from itertools import islice

import pytest

from projections.duration import DAY
from projections.strategy import parse
from tests.study import complaints
from tests.study.complaints import NAME, VERDICT, readings_of, unlabelled, verdicts
from tests.study.shared import HERE, AbsentError, rows, table_of

ROWS = 3000


def _some() -> list[dict[str, str]]:
    try:
        return list(islice(rows(NAME), ROWS))
    except AbsentError as absent:
        pytest.skip(str(absent))


def test_readings_are_the_same_whatever_the_verdicts_say() -> None:
    """With the verdicts as they are, emptied, or turned round, every reading is the same to the last bit."""
    table = _some()
    turned = [
        {**row, "avaliada": "N", "resolvida": "1", "nota": "5" if row["nota"] == "1" else "1"}
        for row in table
    ]
    bare = [{name: value for name, value in row.items() if name not in VERDICT} for row in table]
    emptied = dict(readings_of(table_of(bare, empty=VERDICT)))
    assert len(emptied) == ROWS
    assert dict(readings_of(table_of(turned))) == emptied
    assert dict(readings_of(table_of(table))) == emptied


def test_the_settings_of_the_domain_are_a_strategy() -> None:
    """Also where the data are absent: every event type has its signal or its sentence."""
    settings = parse((HERE / f"{NAME}.strategy.toml").read_bytes())
    assert settings.contact.expected["form"] == 5 * DAY


def test_what_is_read_has_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows that the study reads from have lost these columns, before anything is made of them."""
    _some()
    monkeypatch.setattr(complaints, "rows", lambda name: islice(rows(name), 10))
    assert not set(VERDICT) & {name for row in unlabelled() for name in row}


def test_a_verdict_is_bad_from_two_downwards() -> None:
    """Who did not rate has none."""
    table = _some()
    found = verdicts()
    assert {row["complaint"] for row in table if not row["nota"]}.isdisjoint(found)
    assert all(found[row["complaint"]] == (row["nota"] in ("1.0", "2.0")) for row in table if row["nota"])
