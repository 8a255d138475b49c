"""Whoever goes with an erased person is taken back from readers too."""

from events import CustomerErased, CustomerLinked, CustomerUnlinked, RecognitionRemembered
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
