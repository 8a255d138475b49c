"""Plans are pinned: a lost index, or a statement that begins to read whole tables, is a red test.

`make plans` writes the agreed plans anew; what it changes is looked at like any other change.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.integration.plans.conftest import Full
from tests.integration.plans.shapes import indexes_in, read_whole
from tests.integration.plans.statements import Place, agreed, files, statements

ALLOWED: Mapping[str, Mapping[str, str]] = tomllib.loads(
    Path(__file__).with_name("allowed.toml").read_text(encoding="utf-8")
)
"""Reasons: by file and name for statements that read all of a large table, and for indexes without a plan."""


@pytest.mark.parametrize("file", files())
async def test_every_plan_is_the_one_that_was_agreed_on(full: Full, file: str) -> None:
    """Node by node, table by table, index by index: for each statement of a file the shape that is kept."""
    found = {place: shape for place, shape in full.shapes.items() if place[0] == file}
    kept = {place: shape for place, shape in agreed().items() if place[0] == file}
    assert found == kept, f"If the new plans of {file} are what you want, `make plans` keeps them."


def test_every_statement_has_an_agreed_plan_and_no_other_has() -> None:
    """Whoever writes a statement, or takes one away, renews the plans."""
    assert agreed().keys() == {place for place, _ in statements()}


async def test_no_statement_reads_all_of_a_large_table_without_a_reason(full: Full) -> None:
    """By itself or by an index: what grows with all there is needs a reason, and each reason a statement."""
    whole = {
        place
        for place, shape in full.shapes.items()
        if any(full.indexes.get(name, name) in full.large for name in read_whole(shape))
    }
    reasons = {(file, name) for file in files() for name in ALLOWED.get(file, {})}
    assert whole == reasons


async def test_every_index_serves_a_statement(full: Full) -> None:
    """What no plan uses costs every write and gives nothing."""
    used = {index for shape in full.shapes.values() for index in indexes_in(shape)}
    unused = {index for index, table in full.indexes.items() if table in full.large} - used
    assert unused == ALLOWED["indexes"].keys()


def using(index: str) -> list[tuple[Place, str]]:
    """The statements whose agreed plans use an index."""
    plans = agreed()
    return [(place, text) for place, text in statements() if index in indexes_in(plans.get(place, ""))]


@pytest.mark.parametrize("index", sorted({name for shape in agreed().values() for name in indexes_in(shape)}))
async def test_a_lost_index_is_seen(full: Full, index: str) -> None:
    """Without it, every statement that used it is planned otherwise, or cannot be planned at all."""
    dropping = full.connection.transaction()
    await dropping.start()
    try:
        await _drop(full.connection, index, full.indexes[index])
        for place, text in using(index):
            assert await _shape(full, place, text) != agreed()[place]
    finally:
        await dropping.rollback()


async def _drop(connection: Any, index: str, table: str) -> None:
    try:
        async with connection.transaction():
            await connection.execute(f"drop index {index}")
    except asyncpg.DependentObjectsStillExistError:
        await connection.execute(f"alter table {table} drop constraint {index}")


async def _shape(full: Full, place: Place, text: str) -> str | None:
    try:
        async with full.connection.transaction():
            return await full.planner.shape(place, text)
    except asyncpg.InvalidColumnReferenceError:
        return None  # without it there is nothing to say `on conflict` of
