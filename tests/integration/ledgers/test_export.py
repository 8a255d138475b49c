"""The export of relationships: what is in the file is what lists show, and no cell of it is a formula."""

import asyncio
import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from events import CustomerLinked, Event, RecognitionRemembered, TeamShiftStarted
from services.insight.exports import api, table
from services.insight.exports.columns import COLUMNS
from services.insight.exports.table import text
from services.runtime.database import Pool
from services.runtime.settings import DEPLOY
from tests.integration.as_of.telling import Journal
from tests.stack import Teller

FILE = "/v1/exports/relationships.csv"

NUMBERS = ("health", "recognition", "responsiveness", "trend")


def remembered(name: str, times: int = 1) -> list[Event]:
    """A customer of whom so many things were remembered."""
    told = Teller(name)
    return [told.tell(RecognitionRemembered(what="the dog"), ago=60 + n) for n in range(times)]


async def rows(client: httpx.AsyncClient, **query: Any) -> list[dict[str, str]]:
    """The rows of the file, as any reader of RFC 4180 has them."""
    answer = await client.get(FILE, params=query)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))


def restored(cell: str) -> str:
    """What was published, by the rule that the documentation gives."""
    return cell.removeprefix("'")


async def test_the_file_holds_what_the_lists_show(client: httpx.AsyncClient, journal: Journal) -> None:
    """Every relationship of `/v1/relationships` is a row, in the same order and with the same numbers."""
    await journal.tell(*remembered("ben", 9), *remembered("anna", 12))
    await journal.tell(Teller("agent:eve").tell(TeamShiftStarted()))
    listed = (await client.get("/v1/relationships")).json()["relationships"]
    found = await rows(client)
    assert [row["customer"] for row in found] == ["anna", "ben"]
    for row, one in zip(found, listed, strict=True):
        assert {name: float(row[name]) for name in (*NUMBERS, "confidence")} == {
            name: one[name] for name in (*NUMBERS, "confidence")
        }
        for name in ("customer", "band", "taken_at", "changed_at", "strategy"):
            assert row[name] == one[name]
        assert int(row["revision"]) == one["revision"]


async def test_who_is_not_known_well_enough_has_no_numbers(
    client: httpx.AsyncClient, journal: Journal
) -> None:
    """Under the confidence floor the band is `unknown`, the scores are empty, and the confidence is said."""
    await journal.tell(*remembered("anna"))
    [row] = await rows(client)
    assert row["band"] == "unknown"
    assert [row[name] for name in NUMBERS] == ["", "", "", ""]
    assert 0 < float(row["confidence"]) < 0.25


async def test_the_filters_are_those_of_the_lists(client: httpx.AsyncClient, journal: Journal) -> None:
    """Bands, a least confidence and a change since an instant choose the rows."""
    await journal.tell(*remembered("anna"), *remembered("ben", 12))
    assert [row["customer"] for row in await rows(client, band="unknown")] == ["anna"]
    assert [row["customer"] for row in await rows(client, band=["unknown", "steady"])] == ["anna", "ben"]
    assert [row["customer"] for row in await rows(client, min_confidence="0.25")] == ["ben"]
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert await rows(client, changed_since=later) == []


@pytest.mark.parametrize(
    "query",
    [{"band": "gold"}, {"min_confidence": "2"}, {"changed_since": "yesterday"}, {"aliases": "perhaps"}],
)
async def test_a_filter_that_means_nothing_is_refused(
    client: httpx.AsyncClient, query: dict[str, str]
) -> None:
    """A wrong filter is a problem that names it, and never a file of everybody."""
    answer = await client.get(FILE, params=query)
    assert answer.status_code == 400
    assert next(iter(query)) in answer.json()["detail"]


async def test_a_person_is_one_row_or_one_for_each_id(client: httpx.AsyncClient, journal: Journal) -> None:
    """Ids that are linked are one row under the least of them; with `aliases`, each has one that names it."""
    await journal.tell(*remembered("visitor:7", 12), *remembered("crm:7"))
    await journal.tell(Teller("crm:7").tell(CustomerLinked(alias="visitor:7"), id="link"))
    assert [row["customer"] for row in await rows(client)] == ["crm:7"]
    first, second = await rows(client, aliases="true")
    assert (first["customer"], second["customer"]) == ("crm:7", "visitor:7")
    assert first["canonical"] == second["canonical"] == "crm:7"
    assert first["health"] == second["health"] != ""


async def test_a_file_of_many_pages_has_every_row_once(
    client: httpx.AsyncClient, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the rows fill pages to the last place or not, none is lost and none comes twice."""
    names = sorted(f"c{number:03}" for number in range(12))
    await journal.tell(*(one for name in names for one in remembered(name)))
    for page in (1, 5, 6, 12, 13):
        monkeypatch.setattr(api, "_PAGE", page)
        assert [row["customer"] for row in await rows(client)] == names


HOSTILE = ['=HYPERLINK("http://x","y")', "+1", "-1", "@cmd", "'=1", "＝1", 'a"b', "a;=1", "a,b", " =1"]


async def test_no_id_is_a_formula_and_each_comes_back(client: httpx.AsyncClient, journal: Journal) -> None:
    """Ids that a spreadsheet would run arrive as text, and are what was published without the apostrophe."""
    await journal.tell(*(one for name in HOSTILE for one in remembered(name)))
    found = await rows(client)
    assert sorted(restored(row["customer"]) for row in found) == sorted(HOSTILE)
    assert not any(row["customer"].lstrip().startswith(("=", "+", "-", "@", "＝")) for row in found)


@given(st.text(st.characters(codec="utf-8")))
@example("'")
@example("''=")
def test_any_word_comes_back_from_its_cell(word: str) -> None:
    """Read by RFC 4180 and without one apostrophe in front, a cell is the word; and it is no formula."""
    [[cell, after]] = csv.reader(io.StringIO(text(word) + ",x\r\n", newline=""), strict=True)
    assert after == "x"
    assert restored(cell) == word
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))


async def test_the_file_says_what_it_is_and_where_its_columns_are_described(
    client: httpx.AsyncClient, journal: Journal
) -> None:
    """It is UTF-8 with lines that end as RFC 4180 has it, and its `Link` leads to the CSVW dictionary."""
    await journal.tell(*remembered("zoé"))
    answer = await client.get(FILE)
    assert answer.headers["content-type"] == "text/csv; header=present; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.content.count(b"\n") == answer.content.count(b"\r\n") == 2
    assert "zoé".encode() in answer.content
    target = answer.headers["link"].partition(">")[0].removeprefix("<")
    described = await client.get(str(httpx.URL(f"http://egard{FILE}").join(target)))
    assert described.headers["content-type"].startswith("application/csvm+json")
    columns = described.json()["tableSchema"]["columns"]
    assert [one["name"] for one in columns] == answer.text.partition("\r\n")[0].split(",")
    assert all(one["dc:description"] for one in columns)


async def test_a_database_that_is_away_is_said_before_a_file_begins(
    client: httpx.AsyncClient, pool: Pool
) -> None:
    """Nothing was sent yet, so the answer is 503 and not half a file."""
    await pool.close()
    assert (await client.get(FILE)).status_code == 503


async def test_a_database_that_goes_away_meanwhile_is_waited_for(
    client: httpx.AsyncClient,
    journal: Journal,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Sessions that the server ends in the midst of a file cost it no row."""
    names = sorted(f"c{number:03}" for number in range(12))
    await journal.tell(*(one for name in names for one in remembered(name)))
    monkeypatch.setattr(api, "_PAGE", 3)
    made = table.lines

    def interrupted(rows: Any) -> str:
        # In a thread that is waited for: the pool notices nothing before it asks for the next page.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, end_others(database_url)).result()
        return made(rows)

    monkeypatch.setattr(api, "lines", interrupted)
    assert [row["customer"] for row in await rows(client)] == names


async def end_others(url: str) -> None:
    """Ends all sessions of a database but its own, as a server that is stopped does."""
    connection = await asyncpg.connect(url)
    await connection.execute(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()"
    )
    await connection.close()


async def test_the_page_leads_to_the_file_of_what_was_chosen(
    client: httpx.AsyncClient, journal: Journal
) -> None:
    """The link on `/insight` is the export with the band and the confidence of the form."""
    await journal.tell(*remembered("anna"), *remembered("ben", 12))
    page = (await client.get("/insight", params={"band": "steady", "min_confidence": "0.2"})).text
    link = page.partition(FILE)[2].partition('"')[0].replace("&amp;", "&")
    assert link == "?band=steady&min_confidence=0.2"


def test_the_documentation_names_every_column() -> None:
    """`docs/exports.md` has a row for each column, in the order of the file, and for no other."""
    said = (DEPLOY.parent / "docs" / "exports.md").read_text(encoding="utf-8")
    named = [line.split("`")[1] for line in said.splitlines() if line.startswith("| `")]
    assert named == [column.name for column in COLUMNS]
