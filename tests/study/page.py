"""docs/study.md: a head that is always the same, and a section for each part, written anew by its run."""

import re
from collections.abc import Sequence
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "study.md"

_HEAD = """\
# How far the score can be trusted

Written by `make study`, every table and figure by the run; one part is run anew by its name, such as
`make study ARGS=simulator`. What was going to be done, and what was known before, is in
[study-plan.md](study-plan.md); why it is done like this, and what is not claimed, in
[ADR-0026](adr/ADR-0026-what-the-score-is-shown-to-be-and-what-not.md). Brackets are 95% intervals.

Each part ends with what it allows anybody to say, and with its limits. There is no study here of a brand that
used Égard: nothing below says that acting on the score keeps customers.
"""


def written(page: str, name: str, section: str) -> str:
    """The page with a part's section put in the place of the old one, or after the others."""
    begins, ends = f"<!-- {name}: begins -->", f"<!-- {name}: ends -->"
    whole = f"{begins}\n{section.strip()}\n{ends}"
    old = re.compile(f"{re.escape(begins)}.*?{re.escape(ends)}", re.DOTALL)
    if old.search(page):
        return old.sub(lambda _: whole, page, count=1)
    return f"{page.rstrip() or _HEAD.rstrip()}\n\n{whole}\n"


def write(name: str, section: str) -> None:
    """Writes a part's section, and the page's head anew."""
    known = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    first = known.find("<!-- ")
    sections = known[first:] if first >= 0 else ""
    PAGE.write_text(written(f"{_HEAD}\n{sections}", name, section), encoding="utf-8")


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table in Markdown; figures stand to the right of their names."""
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
