"""Whoever goes with an erased person is taken back from readers too."""

from collections.abc import Sequence
from typing import cast

from events import CustomerErased, CustomerLinked, CustomerUnlinked, RecognitionRemembered
from projections.strategy import Strategy
from services.projector.announcer import Announcer
from services.projector.renewed import Renewed
from services.runtime.database import Pool
from tests.integration.identity.told import Journal, told


async def test_who_had_nothing_but_words_on_an_erased_id_is_taken_back_too(
    pool: Pool, journal: Journal
) -> None:
    """A reading was announced of them, and nothing is kept of them any more."""
    first = await journal.tell(
        told("anna", 9, RecognitionRemembered(what="x")),
        told("only-named", 8, CustomerLinked(alias="anna")),
        told("only-named", 7, CustomerUnlinked(alias="anna")),
    )
    assert {one.customer for one in first.told} == {"anna", "only-named"}
    applied = await journal.tell(told("anna", 0, CustomerErased()))
    assert await pool.fetchval("select count(*) from relationships") == 0
    assert applied.gone == ["anna", "only-named"]


class _Announcer:
    def __init__(self) -> None:
        self.gone: list[str] = []

    async def announce(self, some: Sequence[object], gone: Sequence[str]) -> None:
        assert not some
        self.gone += gone


async def test_they_are_taken_back_though_the_process_died_before_it_said_so(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """Their events are gone, and so nothing else would find them: the next process takes them back."""
    await journal.tell(
        told("anna", 9, RecognitionRemembered(what="x")),
        told("only-named", 8, CustomerLinked(alias="anna")),
        told("only-named", 7, CustomerUnlinked(alias="anna")),
    )
    await journal.tell(told("anna", 0, CustomerErased()))
    announcer = _Announcer()
    await Renewed(pool, cast("Announcer", announcer), strategy).announce_some()
    assert announcer.gone == ["only-named"]
