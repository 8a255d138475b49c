"""`egard import`: what becomes of rows, one by one and in view of those before."""

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import decode
from services.cli.import_csv import import_csv
from services.cli.importing.outcomes import convert_file
from services.cli.importing.recipes import Skipped
from services.cli.importing.rows import NoHeader, RowRefused
from tests.unit.imports import BASE, CALL, NOW, outcomes


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


def test_a_file_that_is_not_there_is_one_plain_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no row was read, none is spoken of."""
    (tmp_path / "map").write_text(BASE + CALL)
    assert import_csv(tmp_path / "none", map=tmp_path / "map") == 2
    assert capsys.readouterr().err == f"{tmp_path / 'none'} cannot be read: No such file or directory.\n"


def test_a_map_of_another_file_is_told_the_columns_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each column that is not there has its line, and those that are there are listed at the end."""
    (tmp_path / "map").write_text(BASE + CALL)
    (tmp_path / "calls").write_text("ticket,customer,opened\n1,ada,2026-01-01\n")
    assert import_csv(tmp_path / "calls", map=tmp_path / "map") == 2
    *mistakes, last = capsys.readouterr().err.splitlines()
    assert len(mistakes) >= 3
    assert all("ticket" not in mistake for mistake in mistakes)
    assert last == "The columns of the file are: ticket, customer, opened."


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
