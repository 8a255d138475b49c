"""All named statements of the services, by the files that they stand in, and the plans agreed on for them."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from services.runtime.queries import Queries

ROOT = Path(__file__).parents[3]

Place = tuple[str, str]
"""A statement: its file, from the top of the project, and its name."""


def files() -> list[str]:
    """The files, from the top of the project."""
    return sorted(str(file.relative_to(ROOT)) for file in (ROOT / "services").rglob("*.sql"))


def statements() -> Iterator[tuple[Place, str]]:
    """Every statement that has a plan, with its place."""
    return ((place, text) for place, text in _all() if not any(mark in text for mark in _UNPLANNED))


def staging() -> Iterator[str]:
    """What makes the tables of a session that others of its statements use."""
    return (text for _, text in _all() if _MAKES in text)


_MAKES = "create temporary table"

_UNPLANNED = (_MAKES, "rebuilding.", "drop schema", "lock table", "pg_inherits", "'pg_class'")
"""What stands in statements that are not looked at: they make tables, or ask the catalogue, or ask for the
tables of a rebuild, which are there only while there is one and are like the others."""


def _all() -> Iterator[tuple[Place, str]]:
    for file in files():
        queries = Queries(ROOT / file)
        for name in queries:
            yield (file, name), queries[name]


GOLDEN = Path(__file__).with_name("golden")


def golden_file(file: str) -> Path:
    """Where the agreed plans of a file's statements stand."""
    return (GOLDEN / Path(file).relative_to("services")).with_suffix(".txt")


def agreed() -> dict[Place, str]:
    """The shape of every plan that was agreed on."""
    found = {}
    for file in sorted(GOLDEN.rglob("*.txt")):
        source = str(Path("services") / file.relative_to(GOLDEN).with_suffix(".sql"))
        plans = Queries(file)
        found.update({(source, name): plans[name] for name in plans})
    return found


def agree(shapes: Mapping[Place, str]) -> None:
    """Writes the shapes of all plans in the place of those that were agreed on."""
    shutil.rmtree(GOLDEN, ignore_errors=True)
    for file in files():
        golden = golden_file(file)
        golden.parent.mkdir(parents=True, exist_ok=True)
        plans = [f"-- name: {name}\n{shape}\n" for (of, name), shape in shapes.items() if of == file]
        golden.write_text(f"Plans of {file}. `make plans` writes them anew.\n\n" + "\n".join(plans))
