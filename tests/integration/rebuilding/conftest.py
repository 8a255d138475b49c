"""A journal to tell events to, and a strategy that reads them otherwise."""

import pytest

from projections.strategy import Strategy, parse
from services.projector.positions import load
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from services.runtime.settings import DEPLOY
from tests.integration.identity.told import Journal


@pytest.fixture
async def journal(pool: Pool, strategy: Strategy) -> Journal:
    """An empty database, and the projector's engine on it."""
    await load(pool, INTERACTIONS, [0])
    return Journal(pool, strategy)


@pytest.fixture(scope="session")
def sterner() -> Strategy:
    """A strategy to which a broken promise weighs more, and that is the shipped one otherwise."""
    text = (DEPLOY / "strategy.toml").read_text()
    assert "weight = 1.5                   # a promise" in text
    changed = text.replace("weight = 1.5                   # a promise", "weight = 3.0 # a promise")
    return parse(changed.replace('version = "', 'version = "sterner-').encode())


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rebuild that reads, writes and remembers so little at once that few events make many steps."""
    for place, value in {
        "part._FETCH": 3,
        "part._SLICE": 5,
        "again._FETCH": 3,
        "run._SPEAKERS": 1,
        "run._CUSTOMERS": 2,
    }.items():
        monkeypatch.setattr(f"services.cli.rebuilding.{place}", value)
