"""The guide for publishers, docs/publishing.md, taken apart for the tests that hold it to its word."""

import re
from pathlib import Path

GUIDE = Path(__file__).parents[1] / "docs" / "publishing.md"


def blocks(language: str) -> list[str]:
    """The code blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)


def section(title: str) -> str:
    """The text under a heading, up to the next one of its rank."""
    found = re.search(
        rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", GUIDE.read_text(), re.MULTILINE | re.DOTALL
    )
    assert found is not None, title
    return found[1]


def rows(title: str) -> list[list[str]]:
    """The cells of all rows of the tables under a heading, those that name the columns included."""
    lines = [line for line in section(title).splitlines() if line.startswith("|") and "|---" not in line]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
