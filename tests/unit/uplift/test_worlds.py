"""The worlds in which the study has agents act on prompts."""

import pytest

from services.simulator import World
from tests.study import outreach_worlds


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A brand that is played in a moment."""
    monkeypatch.setattr(outreach_worlds, "CUSTOMERS", 100)
    monkeypatch.setattr(outreach_worlds, "DAYS", 55)


def test_a_world_is_the_same_for_a_seed() -> None:
    """Given a seed, then playing it again finds the same, trigger by trigger."""
    once = outreach_worlds.seen(3, True)
    assert repr(outreach_worlds.seen(3, True)) == repr(once)
    assert [one.trigger for one in once] == list(outreach_worlds.TRIGGERS)


def test_only_where_outreach_helps_does_the_world_hear_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a world in which it does nothing, then no bond is lifted; in the other some are."""
    lifted: list[str] = []

    def lift(world: World, customer: str, amount: float) -> None:
        lifted.append(customer)

    monkeypatch.setattr(World, "lift", lift)
    outreach_worlds.seen(4, False)
    assert not lifted
    outreach_worlds.seen(4, True)
    assert lifted
