"""What insight says of uplift: as JSON, as a page and as a file."""

import csv
import io
from datetime import timedelta
from typing import Any

import httpx
import pytest

from projections.strategy import Strategy
from services.insight.uplift.table import COLUMNS
from services.runtime.database import Pool
from services.runtime.settings import DEPLOY
from tests.integration.as_of.telling import insight
from tests.integration.identity.told import NOW
from tests.integration.uplift.conftest import Lots

_MEASURED = """
    update prompts
    set measured_at = $2, horizon = 2592000, health_then = 60, health_since = $3,
        complaints = $4, renewals = 0
    where prompt_id = $1
"""


class Told:
    """Customers on whom the lot fell, and what became of them."""

    def __init__(self, pool: Pool, lots: Lots) -> None:
        self._pool = pool
        self._lots = lots
        self._next = 0

    async def customers(self, arm: str, changes: list[float], **more: Any) -> None:
        """A customer for each change of health, by which the complaints are those told of `complaints`."""
        complaints = more.pop("complaints", 0)
        for place, change in enumerate(changes):
            self._next += 1
            await self.prompt(
                f"c{self._next}", arm, change, complaints=int(place < complaints), days=40, **more
            )

    async def prompt(
        self, customer: str, arm: str, change: float, *, complaints: int = 0, days: int, **more: Any
    ) -> None:
        """A prompt that is measured."""
        name = f"{customer}-{days}"
        await self._lots.drawn(customer, name, arm, NOW - timedelta(days=days), **more)
        await self._pool.execute(_MEASURED, name, NOW, 60.0 + change, complaints)


@pytest.fixture
def told(pool: Pool, lots: Lots) -> Told:
    """Somebody who tells of customers."""
    return Told(pool, lots)


async def _asked(client: httpx.AsyncClient, **query: Any) -> Any:
    answer = await client.get("/v1/uplift", params=query)
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer.json()


def _outcome(found: Any, name: str, trigger: int = 0) -> Any:
    return next(one for one in found["triggers"][trigger]["outcomes"] if one["outcome"] == name)


async def test_an_effect_is_said_where_its_interval_excludes_zero(
    client: httpx.AsyncClient, told: Told
) -> None:
    """Given forty who rose and twelve held out who did not, then it says by how much, with the interval."""
    await told.customers("given", [4.0, 6.0] * 20)
    await told.customers("held_out", [-1.0, 1.0] * 6)
    found = await _asked(client)
    [trigger] = found["triggers"]
    assert (trigger["trigger"], trigger["given"], trigger["held_out"]) == ("silence", 40, 12)
    health = _outcome(found, "health")
    assert health["difference"] == pytest.approx(5.0)
    assert health["shown"]
    assert health["says"].startswith("Health is higher with a prompt, by 5.0 points (95% interval: +4.")


async def test_none_is_said_where_it_holds_zero(client: httpx.AsyncClient, told: Told) -> None:
    """Given two arms alike, then no effect is shown, and it says how many more would show one."""
    await told.customers("given", [-8.0, 8.0] * 20)
    await told.customers("held_out", [-8.0, 8.0] * 6)
    found = await _asked(client, points="2", percent="10")
    health, complaints = _outcome(found, "health"), _outcome(found, "complaints")
    assert not health["shown"]
    assert "No effect on later health is shown" in health["says"]
    assert (health["worth"], complaints["worth"]) == (2.0, 0.1)
    assert health["more"] > _outcome(await _asked(client, points="10"), "health")["more"]
    assert "higher" not in health["says"]


async def test_too_few_are_said_to_be_too_few(client: httpx.AsyncClient, told: Told) -> None:
    """Given nine held out, then nothing is said of an effect, however large the difference."""
    await told.customers("given", [30.0, 31.0] * 20)
    await told.customers("held_out", [-30.0] * 9)
    health = _outcome(await _asked(client), "health")
    assert (health["low"], health["shown"]) == (None, False)
    sentence = "Too few customers to say anything: 40 given and 9 held out"
    assert health["says"].startswith(sentence)
    assert (await client.get("/insight/uplift")).text.count(sentence) == 1


async def test_each_customer_counts_once_with_the_first_prompt(client: httpx.AsyncClient, told: Told) -> None:
    """Given somebody held out first and prompted later, then they are among those held out alone."""
    await told.prompt("anna", "held_out", 1.0, days=60)
    await told.prompt("anna", "given", 30.0, days=40)
    await told.prompt("bob", "given", 2.0, days=50)
    found = await _asked(client)
    [trigger] = found["triggers"]
    assert (trigger["given"], trigger["held_out"]) == (1, 1)
    assert _outcome(found, "health")["difference"] == pytest.approx(1.0)


async def test_harm_is_a_fall_or_not_being_welcome(client: httpx.AsyncClient, told: Told) -> None:
    """Given a fall of eleven points, one of nine, and one unwelcome, then two of three came to harm."""
    await told.prompt("anna", "given", -11.0, days=40)
    await told.prompt("bob", "given", -9.0, days=40)
    await told.prompt("carl", "given", 5.0, days=40, reaction="unwelcome")
    assert _outcome(await _asked(client), "harm")["given"] == pytest.approx(2 / 3)


async def test_triggers_are_told_apart_and_those_waited_for_are_counted(
    client: httpx.AsyncClient, told: Told, lots: Lots
) -> None:
    """Given two triggers, one with nobody measured, then each stands for itself."""
    await told.prompt("anna", "given", 1.0, days=40)
    await lots.drawn("bob", "b", "given", NOW)
    await lots.drawn("bob", "m", "held_out", NOW, trigger="milestone")
    milestone, silence = (await _asked(client))["triggers"]
    assert (milestone["trigger"], milestone["horizon_days"], milestone["held_out_waiting"]) == (
        "milestone",
        None,
        1,
    )
    assert (silence["given"], silence["given_waiting"], silence["horizon_days"]) == (1, 1, 30.0)
    page = (await client.get("/insight/uplift")).text
    assert "nobody is measured yet; still to come: 1" in page


async def test_who_was_held_out_is_listed_the_latest_first(client: httpx.AsyncClient, lots: Lots) -> None:
    """Given three held out and one given, then pages of two show the three, and the page links to each."""
    for days, customer in enumerate(("anna", "bob", "carl")):
        await lots.drawn(customer, customer, "held_out", NOW - timedelta(days=days))
    await lots.drawn("dora", "dora", "given", NOW)
    first = await client.get("/v1/uplift/held-out", params={"limit": "2"})
    assert [one["customer"] for one in first.json()["held_out"]] == ["anna", "bob"]
    assert 'rel="next"' in first.headers["Link"]
    rest = await client.get("/v1/uplift/held-out", params={"page_token": first.json()["next_page_token"]})
    assert [one["customer"] for one in rest.json()["held_out"]] == ["carl"]
    page = (await client.get("/insight/uplift")).text
    assert '<a href="/customers/carl">carl</a>' in page
    assert "dora" not in page


async def test_the_file_holds_all_that_the_figures_rest_on(client: httpx.AsyncClient, told: Told) -> None:
    """Given one who was drawn twice, then both stand in the file, and which of them counts."""
    await told.prompt("anna", "held_out", 1.5, days=60)
    await told.prompt("anna", "given", 30.0, days=40)
    answer = await client.get("/v1/exports/uplift.csv")
    rows = {row["arm"]: row for row in csv.DictReader(io.StringIO(answer.text))}
    assert (rows["held_out"]["counts"], rows["given"]["counts"]) == ("true", "false")
    assert float(rows["held_out"]["health_since"]) - float(rows["held_out"]["health_then"]) == 1.5
    assert rows["held_out"]["horizon_days"] == "30.0"


async def test_the_page_says_what_the_figures_allow_in_french_too(
    pool: Pool, strategy: Strategy, told: Told
) -> None:
    """Given an effect, then the page in French has the sentence, and what it does not say."""
    await told.customers("given", [4.0, 6.0] * 20)
    await told.customers("held_out", [-1.0, 1.0] * 6)
    async with insight(pool, strategy, "fr") as client:
        page = (await client.get("/insight/uplift")).text
    assert "La santé est plus haute avec une demande" in page
    assert "Chaque intervalle vaut pour un seul regard." in page
    assert "Aucun effet sur les réclamations n’est démontré" in page


async def test_a_size_that_is_none_gets_a_sentence(client: httpx.AsyncClient) -> None:
    """An effect of nothing is not worth seeing: 400, and what would do."""
    answer = await client.get("/v1/uplift", params={"percent": "0"})
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert "from 1 to 50" in answer.json()["detail"]


def test_the_documentation_names_every_column_of_the_file() -> None:
    """`docs/uplift.md` names each column, in the order of the file, and no other."""
    said = (DEPLOY.parent / "docs" / "uplift.md").read_text(encoding="utf-8")
    table = said[said.index("| column | holds |") :].splitlines()
    named = [
        name for line in table for name in line.split(" | ")[0].split("`")[1::2] if line.startswith("| `")
    ]
    assert named == list(COLUMNS)
