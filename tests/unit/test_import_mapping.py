"""`egard import`: maps, their mistakes, and what cells become by them."""

import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from events import decode
from projections.places import places
from services.cli.import_csv import import_csv
from services.cli.importing.mistakes import MapInvalid
from services.cli.importing.outcomes import convert_file
from tests.unit.imports import BASE, CALL, NOW, event_of, outcomes

GUIDE = Path(__file__).parents[2] / "docs" / "importing.md"


def mistakes(map_text: str, table: str = "n,who,at,x,y\n") -> list[tuple[int, str]]:
    """The mistakes of a map, each with its line."""
    with pytest.raises(MapInvalid) as invalid:
        convert_file(io.BytesIO(table.encode()), map_text, arrived=NOW)
    return [(mistake.line, mistake.sentence) for mistake in invalid.value.mistakes]


# ---------------------------------------------------------------------------------------------- the guide


def blocks() -> dict[str, str]:
    """The files that the guide shows."""
    found = re.findall(r'^```\w+ title="(.+?)"\n(.*?)^```', GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    return dict(found)


@pytest.mark.parametrize(("name", "code"), [("calls", 1), ("tickets", 0)])
def test_the_examples_of_the_guide_give_the_account_it_shows(
    name: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reader who copies an example sees what the guide promises; the exit code tells of refused rows."""
    files = blocks()
    for suffix in ("csv", "toml"):
        (tmp_path / f"{name}.{suffix}").write_text(files[f"{name}.{suffix}"])
    assert import_csv(tmp_path / f"{name}.csv", map=tmp_path / f"{name}.toml") == code
    printed = capsys.readouterr()
    assert printed.err == files[f"{name}.account"]
    promised = re.search(r"gave (\d+) events", printed.err)
    assert promised is not None
    written = [
        decode(line.encode(), arrived=datetime(2030, 1, 1, tzinfo=UTC)) for line in printed.out.splitlines()
    ]
    assert len(written) == int(promised[1])


# --------------------------------------------------------------------------------------------------- maps


def test_every_mistake_of_a_map_is_told_at_once_with_its_line() -> None:
    """Mistakes of all kinds, in tables, inline tables and arrays over several lines, stand on their lines."""
    broken = """source = "desk"
timezone = "Europe/Pariss"
tines = ["iso"]

[[counter]]
name = "who"
of = "{n}"

[[event]]
type = "egard.contact.mised"
subject = "{whom}"
time = { from = "{at}", plus = "ten days" }
id = "{n"
when = [
  { x = "1" },
  { x = true, zzz = "2" },
]

[[event]]
type = "egard.contact.missed"
subject = "{who}"
time = "{at}"
id = "{n}"
[event.data]
contact_id = "{n}"
cause = "rang"
waited_s = "{x}"
"""
    found = mistakes(broken)
    assert [line for line, _ in found] == [2, 3, 6, 10, 11, 12, 13, 16, 16, 26, 27]
    said = " ".join(sentence for _, sentence in found)
    for hint in ("`times`?", "`egard.contact.missed`?", "`who`?", "`rang_out`?", "no column `zzz`", "10d"):
        assert hint in said


def test_a_setting_that_is_missing_or_of_a_wrong_kind_hides_no_other_mistake() -> None:
    """One run tells all there is to mend, also in the same table and in the tables after it."""
    broken = """timezone = 1
otherwise = 2

[[counter]]
of = "{zzz}"

[[event]]
type = 3
subject = "{who}"
id = "{zzz}"
when = { x = { over = "much" } }

[[event]]
type = "egard.promise.made"
subject = "{who}"
time = { plus = "soon" }
data = { promise_id = "{n}", what = "a call", due = { as = "later" } }
"""
    said = mistakes(broken)
    assert [line for line, _ in said] == [1, 1, 2, 4, 5, 7, 8, 10, 11, 13, 16, 16, 17, 17]
    assert (1, "a map needs `source`.") in said
    assert (7, "`[[event]]` needs `time`.") in said


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("source = 1\nevent = []", 1),
        ("[[event]\n", 1),
        ('source = "x"\n\n\nx = [1,\n', 5),
        ("event = []\n", 1),
    ],
)
def test_a_text_that_is_no_map_is_told_with_its_line(text: str, line: int) -> None:
    """What is not even TOML, or lacks its first settings, is an answer and no crash."""
    assert mistakes(text)[0][0] == line


def test_a_field_that_the_type_does_not_have_is_a_mistake() -> None:
    """A misspelt field would be kept and ignored for years, so it is refused before the first row."""
    rule = CALL.replace('channel = "phone"', 'chanel = "phone"')
    assert [sentence.partition(";")[0] for _, sentence in mistakes(BASE + rule)] == [
        "`egard.contact.attempted` needs the field `channel`.",
        "`egard.contact.attempted` has no field `chanel`",
    ]


def test_a_source_that_no_event_may_have_is_told_before_the_first_row() -> None:
    """What would refuse every row is a mistake of the map; the map's own source is told once, on its line."""
    said = mistakes('timezone = "UTC"\nsource = "service desk"\n' + CALL + CALL)
    assert said == [(2, "'service desk' is not a URI-reference; write for example /telephone.")]
    assert [line for line, _ in mistakes(BASE + CALL + 'source = "a b"\n')] == [11]


def test_what_the_language_does_not_know_is_kept_under_extra() -> None:
    """Fields of one's own go with the event, and so do types of one's own."""
    rule = (
        CALL.replace("egard.contact.attempted", "desk.called")
        + 'extra = { floor = { from = "{x}", as = "integer" } }'
    )
    event = event_of("1,ada,2026-01-01T10:00:00Z,3,", rule)
    assert event["type"] == "desk.called"
    assert event["data"]["floor"] == 3


def test_lines_are_found_in_every_kind_of_toml() -> None:
    """Texts over several lines, comments, dotted and quoted keys and nested arrays do not shift the lines."""
    text = '''a = """
[not.a.table]
x = 1 """  # comment ]
b.c = 1
"d e" = [
  # a comment with ] and "
  'x', [1,
  2],
  { f = "}" , g = 2 },
]

[[t]]
h = 1
[t.sub]
i = 2
[[t]]
[t.sub]
i = 3
'''
    found = places(text)
    assert {path: found[path].line for path in found if len(path) != 1 or path == ("a",)} == {
        ("a",): 1,
        ("b", "c"): 4,
        ("d e", 0): 7,
        ("d e", 1): 7,
        ("d e", 1, 0): 7,
        ("d e", 1, 1): 8,
        ("d e", 2): 9,
        ("d e", 2, "f"): 9,
        ("d e", 2, "g"): 9,
        ("t", 0): 12,
        ("t", 0, "h"): 13,
        ("t", 0, "sub"): 14,
        ("t", 0, "sub", "i"): 15,
        ("t", 1): 16,
        ("t", 1, "sub"): 17,
        ("t", 1, "sub", "i"): 18,
    }
    columns = [found["d e", *rest].column for rest in ((0,), (1,), (1, 1), (2, "f"), (2, "g"))]
    assert columns == [3, 8, 3, 5, 15]
    assert found["t", 1] == (16, 1)


# ------------------------------------------------------------------------------------------ times, values


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-07-01 10:00", "2026-07-01T10:00:00+02:00"),
        ("2026-01-01 10:00", "2026-01-01T10:00:00+01:00"),
        ("2025-10-26 02:30", "2025-10-26T02:30:00+02:00"),  # comes twice: the first is meant
        ("2026-03-29 02:30", "2026-03-29T02:30:00+01:00"),  # never comes: as if the clock had not changed
        ("2026-01-01T10:00:00-05:00", "2026-01-01T10:00:00-05:00"),
        ("2026-01-01", "2026-01-01T00:00:00+01:00"),
    ],
)
def test_a_time_without_an_offset_is_meant_in_the_zone_of_the_map(written: str, read: str) -> None:
    """The wall clock of the zone at that date; a time that states its offset keeps it."""
    assert event_of(f"1,ada,{written},,", CALL)["time"] == read


def test_a_time_without_an_offset_is_refused_where_the_map_names_no_zone() -> None:
    """Nobody guesses where a clock hangs."""
    assert outcomes("n,who,at\n1,ada,2026-01-01 10:00\n", 'source = "desk"' + CALL) == ["unreadable"]


@pytest.mark.parametrize(
    ("amount", "moved"),
    [
        ("2d", "2026-03-30T10:00:00+02:00"),
        ("48h", "2026-03-30T11:00:00+02:00"),
        ("1d 30m", "2026-03-29T10:30:00+02:00"),
        ("{x}", "2026-03-28T10:01:30+01:00"),
        ("{x}h", "2026-04-01T05:00:00+02:00"),
    ],
)
def test_days_keep_the_hour_when_clocks_change_and_hours_do_not(amount: str, moved: str) -> None:
    """«Within two days» is a matter of the calendar; hours and seconds pass as they pass."""
    rule = CALL.replace('"{at}"', f'{{ from = "{{at}}", plus = "{amount}" }}')
    assert event_of("1,ada,2026-03-28 10:00,90,", rule)["time"] == moved


@pytest.mark.parametrize(
    ("value", "cell", "made"),
    [
        ('{ from = "{x}", as = "seconds" }', "1:30", 90.0),
        ('{ from = "{x}", as = "seconds" }', "00:01:30", 90.0),
        ('{ from = "{x}", as = "seconds" }', "1h 30m", 5400.0),
        ('{ from = "{x}", as = "number" }', "2.5e1", 25.0),
        ('{ from = "{x}", as = "integer" }', "7.0", 7),
        ('{ from = "{x}", as = "boolean" }', "Yes", True),
        ('{ from = "{x}", map = { S = true, N = false } }', "N", False),
        ('{ from = "{x}", map = { S = true }, otherwise = false }', "?", False),
        ('{ from = "{x}", default = 0 }', "", 0),
        ('{ from = "{x}", as = "instant", formats = ["%d/%m/%Y"] }', "2/1/2026", "2026-01-02T00:00:00+01:00"),
        ('"{{{x}}} 100%"', "a", "{a} 100%"),
        ("3", "a", 3),
    ],
)
def test_cells_become_values_as_the_map_says(value: str, cell: str, made: object) -> None:
    """Conversions, look-ups, stand-ins, formats, templates and constants."""
    event = event_of(f"1,ada,2026-01-01,{cell},", CALL + f"extra = {{ v = {value} }}")
    assert event["data"]["v"] == made


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ('{ from = "{x}", as = "seconds" }', "soon"),
        ('{ from = "{x}", as = "number" }', "nan"),
        ('{ from = "{x}", as = "number" }', "1_000"),
        ('{ from = "{x}", as = "integer" }', "1.5"),
        ('{ from = "{x}", as = "boolean" }', "perhaps"),
        ('{ from = "{x}", map = { S = true } }', "N"),
        ('{ from = "{x}", as = "instant" }', "31/31/2026"),
        ('{ from = "{x}", as = "instant", plus = "9999999d" }', "2026-01-01"),
    ],
)
def test_a_cell_that_cannot_be_read_refuses_its_row(value: str, cell: str) -> None:
    """A wrong cell is never passed over in silence, and never becomes something else."""
    table = f"n,who,at,x,y\n1,ada,2026-01-01,{cell},\n"
    assert outcomes(table, BASE + CALL + f"extra = {{ v = {value} }}") == ["unreadable"]


def test_numbers_may_have_a_decimal_comma() -> None:
    """What half of Europe writes is a number, in values and in conditions."""
    rule = CALL + 'when = { x = { over = 2 } }\nextra = { v = { from = "{x}", as = "number" } }'
    table = "n;who;at;x\n1;ada;2026-01-01;2,5\n2;ada;2026-01-01;1,5\n"
    top = BASE + 'otherwise = "small"\n[file]\ndelimiter = ";"\ndecimal = ","\n'
    ((event,), small) = outcomes(table, top + rule)
    assert event["data"]["v"] == 2.5
    assert small == "small"
