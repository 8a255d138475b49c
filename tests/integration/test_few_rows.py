"""Small batches are written without staging tables; what they leave is the same."""

import pytest

from events import (
    ComplaintRaised,
    ComplaintSettled,
    ContactAnswered,
    ContactAttempted,
    Event,
    PromiseKept,
    PromiseMade,
    RecognitionOverlooked,
)
from projections.strategy import Strategy
from services.projector import sql
from services.projector.positions import load
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from tests.integration.identity.told import NOW, Journal, assert_verified, told

NAMES = ("anna", "bob", "carl")


@pytest.fixture(params=[0, sql.FEW], ids=["through staging tables", "row by row"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways in which a batch is written."""
    monkeypatch.setattr(sql, "FEW", request.param)


def _opened(name: str) -> list[Event]:
    return [
        told(name, 9, ContactAttempted(contact_id="c", channel="phone"), f"{name}-attempted"),
        told(name, 8, PromiseMade(promise_id="p", what="a call", due=NOW), f"{name}-made"),
        told(name, 7, ComplaintRaised(complaint_id="x"), f"{name}-raised"),
        told(name, 6, RecognitionOverlooked(how="cold"), f"{name}-cold"),
    ]


def _settled(name: str) -> list[Event]:
    return [
        told(name, 5, ContactAnswered(contact_id="c", by="human"), f"{name}-answered"),
        told(name, 4, PromiseKept(promise_id="p"), f"{name}-kept"),
        told(name, 3, ComplaintSettled(complaint_id="x", accepted=True), f"{name}-settled"),
    ]


@pytest.mark.usefixtures("way")
async def test_either_way_what_is_stored_is_what_the_journal_amounts_to(
    pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """Matters are opened and settled, events come again, and one comes with another content."""
    await load(pool, INTERACTIONS, [0])
    journal = Journal(pool, strategy)
    opened = [event for name in NAMES for event in _opened(name)]
    applied = await journal.tell(*opened)
    assert (applied.accepted, applied.repeated, applied.refused) == (12, 0, 0)
    settled = [event for name in NAMES for event in _settled(name)]
    other = told("bob", 1, RecognitionOverlooked(how="misnamed"), "bob-cold")
    applied = await journal.tell(*settled, opened[0], opened[7], other)
    assert (applied.accepted, applied.repeated, applied.refused) == (9, 2, 1)
    rows = await pool.fetch("select customer, events, revision, unsettled from relationships order by 1")
    assert [tuple(row) for row in rows] == [(name, 7, 2, 0) for name in NAMES]
    assert await pool.fetchval("select count(*) from contacts where (answered).at <= now()") == len(NAMES)
    assert await pool.fetchval("select count(*) from promises where (kept).at <= now()") == len(NAMES)
    assert await pool.fetchval("select count(*) from complaints where (accepted).at <= now()") == len(NAMES)
    assert await pool.fetchval("select reason from dead_letters") == "id_reused"
    await assert_verified(database_url)
