"""docs/promises.md names the test of every promise; here it is held to that."""

import re
from functools import reduce
from importlib import import_module
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "promises.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+)\.py::([\w:]+)`", PAGE)))


def test_the_page_has_all_ten_promises() -> None:
    """The engine makes ten promises, and each has a chapter."""
    assert re.findall(r"^## (\d+)\. ", PAGE, re.MULTILINE) == [str(number) for number in range(1, 11)]


@pytest.mark.parametrize("row", [one for one in PAGE.splitlines() if one.startswith("| ")])
def test_every_promise_has_a_test(row: str) -> None:
    """A line that promises and names no test would be a mere claim."""
    assert "::test_" in row or row.startswith("| promise |")


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_every_test_that_the_page_names_exists(file: str, name: str) -> None:
    """A test that was renamed or removed is missed here, and not years later."""
    module = import_module("tests." + file.replace("/", "."))
    assert name.split("::")[-1].startswith("test_")
    assert callable(reduce(getattr, name.split("::"), module))
