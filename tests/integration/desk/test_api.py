"""The desk's routes: what is wrong with a request is said in a sentence, and nothing is done."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from projections.strategy import Strategy
from services.desk import Desk
from services.runtime.access import OPEN
from services.runtime.database import Pool
from services.runtime.producer import Producer
from services.runtime.service import Context
from services.runtime.settings import Settings
from services.runtime.web import application
from tests.integration.desk.prompted import prompted


@pytest_asyncio.fixture
async def http(pool: Pool, strategy: Strategy, database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """The desk's routes, with a prompt `anna` that has an allowance of 20."""
    await prompted(pool, "anna", gesture=20.0)
    settings = Settings(kafka="nowhere:9092", database=database_url, access="open")
    app: Any = application(
        [Desk(Context(settings, strategy, pool, Producer(settings.kafka, client="test")))], OPEN
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as http:
        yield http


@pytest.mark.parametrize(
    ("action", "body", "status", "said"),
    [
        ("snooze", {}, 400, "Say until when: `until` a time, or `awaiting` an event of a type."),
        ("snooze", {"until": "2020-01-01T09:00:00+01:00"}, 400, "which has passed"),
        ("snooze", {"until": "2126-01-01T09:00:00"}, 400, "until"),
        ("snooze", {"awaiting": "egard.contact.dreamt"}, 400, "which is no type of event"),
        ("delegate", {"to": "lea"}, 400, "`to` is yourself; name a colleague, or claim the prompt."),
        ("delegate", {}, 400, "to"),
        ("renegotiate", {"due": "2020-01-01T09:00:00Z", "agreed": True}, 400, "which has passed"),
        ("renegotiate", {"due": "2126-01-01T09:00:00Z"}, 400, "agreed"),
        (
            "renegotiate",
            {"due": "2126-01-01T09:00:00Z", "agreed": True},
            409,
            "This prompt is about no promise",
        ),
        ("gesture", {"what": "flowers", "cost": -1}, 400, "cost"),
        ("gesture", {"what": "flowers", "cost": 21}, 409, "of 20 for a gesture on this prompt, 20 is left"),
        ("gesture", {"cost": 1}, 400, "what"),
        ("decline", {"reason": "a\u0000b"}, 400, "reason"),
        ("done", {"minutes": -1}, 400, "minutes"),
        ("claim", {"agent_id": "a\u0000b"}, 400, "agent_id"),
        ("release", {}, 409, "This prompt is open."),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_done(
    http: httpx.AsyncClient, pool: Pool, action: str, body: dict[str, Any], status: int, said: str
) -> None:
    """Each mistake is a problem with a sentence that names it; the prompt stays as it was."""
    answer = await http.post(f"/v1/prompts/anna/{action}", json={"agent_id": "lea", **body})
    assert answer.status_code == status, answer.text
    assert said in answer.json()["detail"]
    assert await pool.fetchval("select actions from prompts") == 0


async def test_a_body_that_is_not_there_is_asked_for(http: httpx.AsyncClient) -> None:
    """Who sends nothing reads what belongs there."""
    answer = await http.post("/v1/prompts/anna/claim")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("The body is empty; it is JSON, and at least")


async def test_a_parameter_that_is_out_of_bounds_is_named(http: httpx.AsyncClient) -> None:
    """The answer says which it is, and what may be there."""
    answer = await http.get("/v1/prompts", params={"limit": 0})
    assert (answer.status_code, answer.json()["detail"]) == (400, "`limit`: Expected `int` >= 1.")


@pytest.mark.parametrize(
    "action",
    ["claim", "release", "decline", "done", "snooze", "delegate", "renegotiate", "gesture"],
)
async def test_what_is_not_there_cannot_be_acted_on(http: httpx.AsyncClient, action: str) -> None:
    """An action on a prompt of an unknown id is a 404, whatever the action."""
    body = {
        "agent_id": "lea",
        "until": "2126-01-01T09:00:00Z",
        "due": "2126-01-01T09:00:00Z",
        "agreed": True,
        "to": "ben",
        "what": "x",
    }
    answer = await http.post(f"/v1/prompts/nobody/{action}", json=body)
    assert answer.status_code == httpx.codes.NOT_FOUND
    assert answer.json()["detail"] == "There is no prompt nobody."


async def test_no_other_site_acts_for_an_agent(http: httpx.AsyncClient) -> None:
    """A browser that comes from elsewhere is refused, for the new actions as for the old."""
    headers = {"Sec-Fetch-Site": "cross-site"}
    for action in ("claim", "gesture", "delegate"):
        answer = await http.post(f"/v1/prompts/anna/{action}", json={"agent_id": "lea"}, headers=headers)
        assert answer.status_code == httpx.codes.FORBIDDEN


async def test_lists_are_of_people_or_of_machines(http: httpx.AsyncClient, pool: Pool) -> None:
    """Without a word it is what people see to; another word than the two is refused."""
    await prompted(pool, "robot", by="machine")

    async def listed(**asked: str) -> list[str]:
        found = (await http.get("/v1/prompts", params=asked)).json()["prompts"]
        return [one["id"] for one in found]

    assert await listed() == ["anna"]
    assert await listed(by="machine") == ["robot"]
    assert (await http.get("/v1/prompts", params={"by": "nobody"})).status_code == httpx.codes.BAD_REQUEST


@pytest.mark.parametrize("name", ["a%2Fb", "a%00b", "%F0%9F%98%80", "x" * 5000])
async def test_a_name_that_no_prompt_has_is_no_prompt(http: httpx.AsyncClient, name: str) -> None:
    """Whatever stands in the path, there is an answer that says so."""
    answer = await http.post(f"/v1/prompts/{name}/claim", json={"agent_id": "lea"})
    assert answer.status_code == httpx.codes.NOT_FOUND, answer.text


async def test_one_prompt_is_shown_as_it_stands(http: httpx.AsyncClient, pool: Pool) -> None:
    """By its id, also when it is over: the same as in the list; of one that there is not it says so."""
    [listed] = (await http.get("/v1/prompts")).json()["prompts"]
    assert (await http.get("/v1/prompts/anna")).json() == listed
    await pool.execute("update prompts set state = 'expired'")
    assert (await http.get("/v1/prompts/anna")).json()["state"] == "expired"
    answer = await http.get("/v1/prompts/nobody")
    assert answer.status_code == httpx.codes.NOT_FOUND
    assert "There is no prompt nobody." in answer.text
