"""An erased id is found in refused records, however their publisher writes JSON."""

import json

import pytest

from events import CustomerErased
from services.projector.records import Record
from services.runtime.database import Pool
from tests.integration.identity.told import NOW, Journal, told

NAME = "crm/zoé<7>\U0001f415"


def _php(text: str) -> str:
    return json.dumps(text).replace("/", "\\/")


SPELLINGS = {
    "as it is": json.dumps(NAME, ensure_ascii=False),
    "python": json.dumps(NAME),
    "php": _php(NAME),
    "php, unicode as it is": json.dumps(NAME, ensure_ascii=False).replace("/", "\\/"),
    "go": json.dumps(NAME, ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e"),
    "jackson": json.dumps(NAME)
    .replace("\\ud83d", "\\uD83D")
    .replace("\\udc15", "\\uDC15")
    .replace("00e9", "00E9"),
}


@pytest.mark.parametrize("spelled", SPELLINGS.values(), ids=SPELLINGS)
async def test_a_dead_letter_that_names_an_erased_id_goes_in_whatever_spelling(
    pool: Pool, journal: Journal, spelled: str
) -> None:
    """One that links somebody else with an id in a broken event, or is no JSON as a whole, is not left."""
    broken = [
        f'{{"data": {{"alias": {spelled}}}, "subject": "friend"}}',
        f'{{"subject": {spelled}, and so on',
        '{"subject": "friend", "id": "another\\n"}',
    ]
    arrived = int(NOW.timestamp() * 1000)
    await journal.tell_records([Record(n, b"k", one.encode(), [], arrived) for n, one in enumerate(broken)])
    assert await pool.fetchval("select count(*) from dead_letters") == 3
    await journal.tell(told(NAME, 0, CustomerErased()))
    rows = await pool.fetch("select value from dead_letters")
    assert [row["value"].decode() for row in rows] == broken[2:]
