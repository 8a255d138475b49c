"""A few of the malformed inputs that `make fuzz` sends by the hundred thousand."""

from tests.fuzz.run import fuzz
from tests.kafka.place import Place

_ENOUGH = 1_000


async def test_every_input_is_journalled_a_dead_letter_or_refused_with_a_problem(place: Place) -> None:
    """Among malformed requests and records no neighbour is lost, nothing crashes, and the counts add up."""
    ledger, totals = await fuzz(place, count=_ENOUGH, seed=7, progress=lambda _: None)
    assert ledger.violations == []
    assert ledger.malformed >= _ENOUGH
    assert min(totals.values()) > 0, totals
