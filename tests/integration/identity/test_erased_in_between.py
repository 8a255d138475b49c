"""Erasure takes those who are one person when it is asked for, wherever a batch begins and ends."""

from collections.abc import Sequence

import pytest

from events import (
    CustomerErased,
    CustomerLinked,
    CustomerUnlinked,
    Event,
    EventRetracted,
    RecognitionRemembered,
)
from services.runtime.database import Pool
from tests.integration.identity.told import Journal, assert_verified, told

KNOWN = [
    told("anna", 50, RecognitionRemembered(what="her dog")),
    told("annas-new-id", 40, RecognitionRemembered(what="her cat")),
    told("friend", 30, RecognitionRemembered(what="his boat")),
]
LINKED = told("anna", 20, CustomerLinked(alias="friend"), "mistaken")
ERASED = told("anna", 0, CustomerErased())


@pytest.mark.parametrize(
    ("tale", "stay"),
    [
        pytest.param(
            [ERASED, told("annas-new-id", 0, CustomerLinked(alias="anna"))],
            {"annas-new-id", "friend"},
            id="linked-by-others",
        ),
        pytest.param(
            [ERASED, told("anna", 0, CustomerLinked(alias="annas-new-id"))],
            {"annas-new-id", "friend"},
            id="linked",
        ),
        pytest.param(
            [LINKED, ERASED, told("anna", 0, CustomerUnlinked(alias="friend"))],
            {"annas-new-id"},
            id="unlinked",
        ),
        pytest.param(
            [LINKED, ERASED, told("anna", 0, EventRetracted(source="/test", id="mistaken"))],
            {"annas-new-id"},
            id="retracted",
        ),
    ],
)
async def test_what_comes_after_an_erasure_in_its_batch_has_no_part_in_it(
    pool: Pool, journal: Journal, database_url: str, tale: Sequence[Event], stay: set[str]
) -> None:
    """Who is linked with an erased id later is not erased, and who is unlinked later is."""
    await journal.tell(*KNOWN)
    applied = await journal.tell(*tale)
    rows = await pool.fetch("select customer from relationships")
    assert {row["customer"] for row in rows} == stay
    assert set(applied.gone) == {"anna", "annas-new-id", "friend"} - stay
    await assert_verified(database_url)
