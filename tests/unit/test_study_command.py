"""`make study` as a command: parts by name, data that may be absent, a page of sections."""

from pathlib import Path

import pytest

from tests.study import __main__ as command
from tests.study import page
from tests.study.shared import AbsentError


def _absent() -> str:
    raise AbsentError("complaints.csv.gz is not here.")


@pytest.fixture(autouse=True)
def parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Parts that take no time, and a page of their own."""
    monkeypatch.setattr(command, "PARTS", {"quick": lambda: "## Quick", "absent": _absent})
    monkeypatch.setattr(page, "PAGE", tmp_path / "study.md")


def _run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["study", *words])
    return command.main()


def test_a_part_whose_data_are_absent_is_skipped_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others are run, what the page said of it stays, and nothing has failed."""
    page.write("absent", "## As it was found where the data are")
    assert _run(monkeypatch) == 0
    assert "'absent' is skipped, and its section stays as it is: complaints.csv.gz" in capsys.readouterr().err
    text = page.PAGE.read_text()
    assert "## As it was found where the data are" in text
    assert "## Quick" in text


def test_a_part_that_there_is_not_gets_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that is not known ends the command before anything runs."""
    assert _run(monkeypatch, "quick", "fast") == 2
    assert capsys.readouterr().err == "The study has no part 'fast'; it has quick, absent.\n"
    assert not page.PAGE.exists()


def test_a_section_takes_the_place_of_the_old_one() -> None:
    """Others stay as they are, in their order, under one head."""
    page.write("one", "## First")
    page.write("two", "## Second")
    page.write("one", "## First, anew, with a \\1 in it")
    text = page.PAGE.read_text()
    assert text.count("# How far the score can be trusted") == 1
    assert "## First\n" not in text
    assert text.index("## First, anew, with a \\1 in it") < text.index("## Second")


def test_a_run_that_finds_the_same_changes_nothing() -> None:
    """The page is the same to the last byte, so that a difference is always a finding."""
    page.write("one", "## First")
    page.write("two", "## Second")
    before = page.PAGE.read_bytes()
    page.write("one", "## First")
    page.write("two", "## Second")
    assert page.PAGE.read_bytes() == before
