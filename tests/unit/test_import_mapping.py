"""`egard import`: maps, their mistakes, and what becomes of rows."""

import gzip
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import decode
from services.cli.import_csv import import_csv
from services.cli.importing.mistakes import MapInvalid
from services.cli.importing.outcomes import convert_file
from services.cli.importing.places import places
from services.cli.importing.recipes import Skipped
from services.cli.importing.rows import NoHeader, RowRefused

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GUIDE = Path(__file__).parents[2] / "docs" / "importing.md"

BASE = """
source = "desk"
timezone = "Europe/Paris"
"""
CALL = """
[[event]]
type = "egard.contact.attempted"
subject = "{who}"
time = "{at}"
id = "{n}"
data = { contact_id = "{n}", channel = "phone" }
"""


def outcomes(table: str | bytes, map_text: str) -> list[Any]:
    """What became of each row: its events as dicts, or the reason why there are none."""
    raw = table.encode() if isinstance(table, str) else table
    return [
        [json.loads(event.line) for event in one.result]
        if isinstance(one.result, list)
        else one.result.reason
        for one in convert_file(io.BytesIO(raw), map_text, arrived=NOW)
    ]


def event_of(cells: str, rule: str, *, top: str = BASE, header: str = "n,who,at,x,y") -> dict[str, Any]:
    """The only event of the only row."""
    ((event,),) = outcomes(f"{header}\n{cells}\n", top + rule)
    assert isinstance(event, dict)
    return event


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
    lines = places(text)
    assert {path: lines[path] for path in lines if len(path) != 1 or path == ("a",)} == {
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


# ------------------------------------------------------------------------------------------ times, values


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-07-01 10:00", "2026-07-01T10:00:00+02:00"),
        ("2026-01-01 10:00", "2026-01-01T10:00:00+01:00"),
        ("2025-10-26 02:30", "2025-10-26T02:30:00+02:00"),  # comes twice: the first is meant
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


# --------------------------------------------------------------------------------------------------- rows


@pytest.mark.parametrize(
    ("condition", "taken"),
    [
        ('"a"', [True, False, False, False]),
        ('["a", "b"]', [True, True, False, False]),
        ("2", [False, False, True, False]),
        ('{ not = "a" }', [False, True, True, True]),
        ("{ missing = true }", [False, False, False, True]),
        ('{ matches = "^[ab]$" }', [True, True, False, False]),
        ('{ same_as = "y" }', [False, True, False, True]),
        ('{ differs_from = "y", missing = false }', [True, False, True, False]),
    ],
)
def test_conditions_choose_rows(condition: str, taken: list[bool]) -> None:
    """Each kind of condition, on a text, another text, a number written 2.0 and a missing cell."""
    rows = "".join(
        f"{n},ada,2026-01-01,{x},{y}\n" for n, (x, y) in enumerate(["a-", "bb", ("2.0", ""), ("", "")])
    )
    found = outcomes(
        "n,who,at,x,y\n" + rows, BASE + 'otherwise = "no"\n' + CALL + f"when = {{ x = {condition} }}"
    )
    assert [one != "no" for one in found] == taken


def test_a_row_gives_all_its_events_or_none() -> None:
    """Where one of a row's events cannot be made, the others are not written either."""
    second = CALL.replace('"{n}"\ndata', '"{n}/2"\ndata').replace('time = "{at}"', 'time = "{x}"')
    table = "n,who,at,x\n1,ada,2026-01-01,2026-01-02\n2,ada,2026-01-01,never\n3,ada,2026-01-01,\n"
    both, unreadable, missing = outcomes(table, BASE + CALL + second)
    assert [event["id"] for event in both] == ["1", "1/2"]
    assert (unreadable, missing) == ("unreadable", "missing")


def test_a_field_whose_column_is_missing_is_left_out_unless_it_must_be_there() -> None:
    """`missing` lists the cells that say nothing; the language says which fields may be absent."""
    top = BASE + 'missing = ["?"]\n'
    rule = CALL.replace('"phone"', '"{y}"') + 'extra = { v = "{x}" }'
    table = "n,who,at,x,y\n1,ada,2026-01-01,?,phone\n2,ada,2026-01-01,a, ? \n"
    (event,), refused = outcomes(table, top + rule)
    assert event["data"] == {"contact_id": "1", "channel": "phone"}
    assert refused == "data_invalid"


def test_a_row_that_no_rule_takes_is_refused_unless_the_map_says_why_not() -> None:
    """A kind of row that the author did not think of cannot vanish."""
    rule = CALL + 'when = { x = "a" }'
    table = "n,who,at,x\n1,ada,2026-01-01,b\n"
    assert outcomes(table, BASE + rule) == ["no_rule"]
    assert outcomes(table, BASE + 'otherwise = "not a call"\n' + rule) == ["not a call"]


def test_an_event_that_egard_would_refuse_is_refused_here() -> None:
    """A time ahead, an id too long and a word that is none of the choices do not reach the output."""
    table = f"n,who,at,y\n1,ada,2027-01-01,phone\n{'9' * 300},ada,2026-01-01,phone\n3,ada,2026-01-01,drum\n"
    rule = CALL.replace('"phone"', '"{y}"')
    assert outcomes(table, BASE + rule) == ["time_ahead", "name_too_long", "data_invalid"]


def test_rows_that_are_no_rows_of_the_table_are_refused_and_the_others_go_on() -> None:
    """Too few cells, too many, and a field that never ends."""
    endless = '"' + "x" * 200_000 + '"'
    table = f"n,who,at\n1,ada\n2,ada,2026-01-01,x\n3,{endless},2026-01-01\n\n4,ada,2026-01-01\n"
    short, long, torn, *_, last = outcomes(table, BASE + CALL)
    assert (short, long, torn) == ("wrong_width", "wrong_width", "not_csv")
    assert last[0]["id"] == "4"


def test_only_rows_that_use_bytes_that_are_no_text_are_refused() -> None:
    """A wrong byte in a column that the map does not use harms nobody."""
    table = "n,who,at,x\n1,zoé,2026-01-01,a\n2,ada,2026-01-01,é\n3,ada,2026-01-01,a\n".encode("cp1252")
    refused, second, third = outcomes(table, BASE + CALL)
    assert refused == "encoding"
    assert (second[0]["id"], third[0]["id"]) == ("2", "3")


def test_files_with_another_encoding_a_preamble_or_no_header_are_read() -> None:
    """`[file]` says how the file is written; a byte-order mark is no part of the first column's name."""
    table = "Report of calls\n1|zoé|2026-01-01\n".encode("cp1252")
    shape = '[file]\nencoding = "cp1252"\nskip_lines = 1\ncolumns = ["n", "who", "at"]\ndelimiter = "|"\n'
    ((event,),) = outcomes(table, BASE + shape + CALL)
    assert event["subject"] == "zoé"
    ((event,),) = outcomes("\ufeffn,who,at\n1,ada,2026-01-01\n", BASE + CALL)
    assert event["id"] == "1"


def test_a_file_without_rows_or_with_doubtful_columns_has_no_header() -> None:
    """An empty file, and one that names a column twice, are told before the first row."""
    for table in ("", "n,who,at,at\n"):
        with pytest.raises(NoHeader):
            outcomes(table, BASE + CALL)


cell = st.text(alphabet=st.characters(codec="utf-8"), max_size=12) | st.sampled_from(["2026-01-01", "a", "1"])


@given(st.lists(st.tuples(cell, cell, cell, cell), max_size=5))
def test_whatever_stands_in_the_cells_every_row_has_an_outcome_and_every_event_is_accepted(
    rows: list[tuple[str, str, str, str]],
) -> None:
    """No text of other people's making can break an import or smuggle in an event that Égard refuses."""
    table = "n,who,at,x\n" + "".join(
        ",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) + "\n" for row in rows
    )
    rule = CALL + 'extra = { v = { from = "{x}", as = "number" } }'
    for one in convert_file(io.BytesIO(table.encode()), BASE + rule, arrived=NOW):
        if isinstance(one.result, list):
            assert all(decode(event.line, arrived=NOW) for event in one.result)
        else:
            assert isinstance(one.result, Skipped | RowRefused)
            assert one.result.reason


# ------------------------------------------------------------------------------------------------ counters

TURNS = """
[[counter]]
name = "turn"
of = "{who}"
when = { x = "reply" }
"""


def test_a_counter_tells_how_many_earlier_rows_met_its_condition() -> None:
    """Questions before a reply share its number, and the reply has that number too."""
    kinds = ["ask", "ask", "reply", "reply", "ask"]
    table = "n,who,at,x\n" + "".join(f"{n},ada,2026-01-01,{kind}\n" for n, kind in enumerate(kinds))
    found = outcomes(table, BASE + TURNS + CALL.replace('contact_id = "{n}"', 'contact_id = "{turn}"'))
    assert [event["data"]["contact_id"] for (event,) in found] == ["0", "0", "0", "1", "2"]


def test_a_counter_forgets_a_group_when_the_next_one_begins() -> None:
    """With `forget`, a group that comes back is counted anew: only one group is ever remembered."""
    counter = '[[counter]]\nname = "nth"\nof = "{who}"\nforget = "{x}"\n'
    rule = CALL.replace('id = "{n}"', 'id = "{who}/{x}/{nth}"')
    table = "n,who,at,x\n" + "".join(f"{n},ada,2026-01-01,{x}\n" for n, x in enumerate("aabba"))
    found = outcomes(table, BASE + counter + rule)
    assert [event["id"] for (event,) in found] == ["ada/a/0", "ada/a/1", "ada/b/0", "ada/b/1", "ada/a/0"]


def test_a_counter_can_leave_out_what_the_file_repeats() -> None:
    """`[[skip]]` and `when` use a counter like a column, and a counter an earlier counter."""
    counters = (
        '[[counter]]\nname = "nth"\nof = "{n}"\n'
        '[[counter]]\nname = "kept"\nof = "all"\nwhen = { nth = 0 }\n'
        '[[skip]]\nreason = "again"\nwhen = { nth = { over = 0 } }\n'
    )
    table = "n,who,at\n1,ada,2026-01-01\n1,ada,2026-01-01\n2,ada,2026-01-01\n"
    first, again, second = outcomes(table, BASE + counters + CALL.replace('"{n}"\ndata', '"{kept}"\ndata'))
    assert (first[0]["id"], again, second[0]["id"]) == ("0", "again", "1")


# ------------------------------------------------------------------------------------------------ command


def test_packed_files_are_read_and_a_cut_one_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Gzip is recognised by its first bytes; a file that ends too early ends the import with a sentence."""
    (tmp_path / "map").write_text(BASE + CALL)
    packed = gzip.compress(b"n,who,at\n" + b"".join(b"%d,ada,2026-01-01\n" % n for n in range(5000)))
    (tmp_path / "calls").write_bytes(packed)
    assert import_csv(tmp_path / "calls", map=tmp_path / "map") == 0
    assert len(capsys.readouterr().out.splitlines()) == 5000
    (tmp_path / "calls").write_bytes(packed[: len(packed) // 2])
    assert import_csv(tmp_path / "calls", map=tmp_path / "map") == 2
    assert "Nothing was imported after row" in capsys.readouterr().err


def test_a_map_that_cannot_be_used_ends_the_import_before_the_first_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each mistake is a line that an editor can jump to, and nothing is written."""
    (tmp_path / "map").write_text(BASE + CALL.replace("{who}", "{whom}"))
    (tmp_path / "calls").write_text("n,who,at\n1,ada,2026-01-01\n")
    assert import_csv(tmp_path / "calls", map=tmp_path / "map") == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"{tmp_path / 'map'}:7: The file has no column `whom`; did you mean `who`?")


def test_only_the_first_refused_rows_are_shown_and_all_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A million wrong rows do not flood the screen."""
    (tmp_path / "map").write_text(BASE + CALL)
    (tmp_path / "calls").write_text("n,who,at\n" + "1,ada,never\n" * 30)
    assert import_csv(tmp_path / "calls", map=tmp_path / "map", show=2) == 1
    said = capsys.readouterr().err
    assert "row 2 (line 3)" in said
    assert "row 3" not in said
    assert "          30  unreadable" in said
