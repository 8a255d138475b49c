"""Ledgers on a real database: of one customer at any instant, and over all customers in pages."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from events import (
    ContactAnswered,
    ContactAttempted,
    ContactMissed,
    ContactRetold,
    CustomerLinked,
    Data,
    Event,
    EventRetracted,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    PromiseReleased,
    PromiseRenegotiated,
    RecognitionOverlooked,
    RecognitionRemembered,
    RecordContested,
)
from projections.strategy import Strategy
from services.insight.ledgers import lists
from services.insight.ledgers.words import TEXTS
from services.runtime.database import Pool
from tests.integration.as_of.telling import Journal, ask, insight
from tests.stack import Teller

HOUR, DAY = 3600.0, 86_400.0

NOW = datetime.now(UTC)


def within(**span: float) -> datetime:
    """An instant some time ahead, or ago."""
    return NOW + timedelta(**span)


def story(customer: str, *data: tuple[float, Data], first: int = 1) -> list[Event]:
    """Things that happened so many hours ago."""
    told = Teller(customer)
    return [
        told.tell(one, ago=hours * HOUR, id=f"{customer}-{n}") for n, (hours, one) in enumerate(data, first)
    ]


def made(name: str, due: datetime, **more: Any) -> Data:
    """A promise to call back."""
    return PromiseMade(promise_id=name, what="call back", due=due, **more)


async def pages(client: httpx.AsyncClient, path: str, key: str, **query: Any) -> list[dict[str, Any]]:
    """The rows of all pages of a list, by the `Link` headers."""
    found: list[dict[str, Any]] = []
    answer = await client.get(path, params=query)
    while True:
        assert answer.status_code == 200, answer.text
        found += answer.json()[key]
        if "link" not in answer.headers:
            assert answer.json()["next_page_token"] is None
            return found
        answer = await client.get(answer.headers["link"].partition(">")[0].removeprefix("<"))


def names(rows: Sequence[dict[str, Any]], *fields: str) -> list[Any]:
    """One field of each row, or several."""
    return [row[fields[0]] if len(fields) == 1 else tuple(row[field] for field in fields) for row in rows]


# ----------------------------------------------------------------------------------------------- promises

PROMISES = [
    (90, made("kept", within(hours=-40))),
    (80, PromiseKept(promise_id="kept")),
    (90, made("late", within(hours=-40))),
    (30, PromiseKept(promise_id="late")),
    (90, made("broken", within(hours=5))),
    (20, PromiseBroken(promise_id="broken")),
    (90, made("released", within(hours=5))),
    (10, PromiseReleased(promise_id="released")),
    (90, made("overdue", within(hours=-3))),
    (90, made("soon", within(hours=6))),
    (90, made("later", within(days=9))),
    (90, made("moved", within(hours=-5))),
    (50, PromiseRenegotiated(promise_id="moved", due=within(hours=12), agreed=True)),
    (90, made("colleague", within(hours=3), to="agent")),
]


async def test_a_customers_ledger_says_what_became_of_each_promise(
    client: httpx.AsyncClient, journal: Journal
) -> None:
    """Each state is counted, a new date stands beside the first, and what is due soon is said before."""
    await journal.tell(*story("anna", *PROMISES))
    ledger = await ask(client, "anna", "promises")
    assert ledger["states"] == {
        "overdue": 1,
        "open": 3,
        "renegotiated": 1,
        "kept": 1,
        "kept_late": 1,
        "broken": 1,
        "released": 1,
    }
    soon = {one["promise_id"] for one in ledger["promises"] if one["due_soon"]}
    assert soon == {"soon", "moved", "colleague"}
    [moved] = [one for one in ledger["promises"] if one["promise_id"] == "moved"]
    assert moved["first_due"] < moved["due"]
    assert moved["renegotiated_at"] is not None
    wider = await ask(client, "anna", "promises", within_hours=24 * 10)
    assert "later" in {one["promise_id"] for one in wider["promises"] if one["due_soon"]}


async def test_what_is_due_soon_was_so_then(client: httpx.AsyncClient, journal: Journal) -> None:
    """Looking back, a promise that is overdue now was due soon some hours before its due."""
    await journal.tell(*story("anna", (90, made("p", within(hours=-3)))))
    now = await ask(client, "anna", "promises")
    then = await ask(client, "anna", "promises", at=within(hours=-10).isoformat())
    assert names(now["promises"], "state", "due_soon") == [("overdue", False)]
    assert names(then["promises"], "state", "due_soon") == [("open", True)]


async def test_what_is_owed_over_all_comes_by_its_due(client: httpx.AsyncClient, journal: Journal) -> None:
    """Over all customers the earliest due leads; spans and those it was made to choose; pages lose none."""
    await journal.tell(*story("anna", *PROMISES), *story("ben", (9, made("b", within(hours=5)))))
    all_owed = await pages(client, "/v1/promises", "promises", limit=2)
    assert names(all_owed, "promise_id") == ["overdue", "colleague", "b", "soon", "moved", "later"]
    assert names(all_owed, "promise_id") == names(
        await pages(client, "/v1/promises", "promises"), "promise_id"
    )
    assert names(await pages(client, "/v1/promises", "promises", state="overdue"), "promise_id") == [
        "overdue"
    ]
    soon = await pages(client, "/v1/promises", "promises", state="due_soon", within_hours=8, limit=1)
    assert names(soon, "customer", "promise_id") == [("anna", "colleague"), ("ben", "b"), ("anna", "soon")]
    ours = await pages(client, "/v1/promises", "promises", to="agent")
    assert names(ours, "promise_id", "to") == [("colleague", "agent")]


@pytest.mark.parametrize(
    ("state", "promise"),
    [("kept", "kept"), ("kept_late", "late"), ("broken", "broken"), ("released", "released")],
)
async def test_what_ended_is_listed_by_how(
    client: httpx.AsyncClient, journal: Journal, state: str, promise: str
) -> None:
    """Each way in which a promise ends has a list over all customers, whatever the size of a page."""
    await journal.tell(*story("anna", *PROMISES))
    for limit in (1, 50):
        found = await pages(client, "/v1/promises", "promises", state=state, limit=limit)
        assert names(found, "promise_id", "state") == [(promise, state)]


async def test_a_promise_that_was_ended_twice_is_listed_once(
    client: httpx.AsyncClient, journal: Journal
) -> None:
    """What was said first of its end holds, and only that."""
    end = [
        (8, PromiseKept(promise_id="p")),
        (7, PromiseKept(promise_id="p")),
        (6, PromiseBroken(promise_id="p")),
    ]
    await journal.tell(*story("anna", (9, made("p", within(hours=1))), *end))
    assert names(await pages(client, "/v1/promises", "promises", state="kept"), "promise_id") == ["p"]
    assert await pages(client, "/v1/promises", "promises", state="broken") == []


async def test_promises_to_agents_are_in_the_list_over_all(
    client: httpx.AsyncClient, journal: Journal
) -> None:
    """What was promised to a colleague under their own id is owed like anything else."""
    await journal.tell(*story("agent:eve", (9, made("p", within(hours=1), to="agent"))))
    found = await pages(client, "/v1/promises", "promises", state="due_soon")
    assert names(found, "customer", "to") == [("agent:eve", "agent")]


# ----------------------------------------------------------------------------------------------- tellings


def case(hours: float, contact: str, agent: str, name: str = "T-1") -> list[tuple[float, Data]]:
    """A contact of a case, and who answered."""
    return [
        (hours, ContactAttempted(contact_id=contact, channel="phone", case_id=name, reason="the bill")),
        (hours, ContactAnswered(contact_id=contact, by="human", agent_id=agent)),
    ]


async def test_a_customers_tellings_are_published_or_suspected(
    client: httpx.AsyncClient, journal: Journal
) -> None:
    """A case told again is counted with its events, now and as it stood."""
    retold = (40, ContactRetold(contact_id="k2", reason="the bill"))
    await journal.tell(
        *story("anna", *case(90, "k1", "lea"), *case(41, "k2", "max"), retold, *case(9, "k3", "eve"))
    )
    [thread] = (await ask(client, "anna", "tellings"))["threads"]
    assert (thread["case_id"], thread["reason"], thread["tellings"], thread["suspected"]) == (
        "T-1",
        "the bill",
        2,
        1,
    )
    assert names(thread["again"], "contact_id", "suspected") == [("k2", False), ("k3", True)]
    [then] = (await ask(client, "anna", "tellings", at=within(hours=-20).isoformat()))["threads"]
    assert (then["tellings"], then["suspected"]) == (2, 0)
    assert (await ask(client, "anna", "tellings", at=within(hours=-60).isoformat()))["threads"] == []


async def test_what_was_told_again_over_all_says_which_telling_it_was(
    client: httpx.AsyncClient, journal: Journal
) -> None:
    """The latest retelling leads, with its number among that person's; pages lose none and repeat none."""
    retold = [(hours, ContactRetold(contact_id=f"k{hours}", reason="the bill")) for hours in (30, 20, 10)]
    await journal.tell(
        *story("anna", *retold), *story("ben", (15, ContactRetold(contact_id="b", reason="a parcel")))
    )
    for limit in (1, 2, 50):
        found = await pages(client, "/v1/tellings", "told", limit=limit)
        assert names(found, "customer", "telling") == [("anna", 4), ("ben", 2), ("anna", 3), ("anna", 2)]


async def test_tellings_of_one_person_count_together(client: httpx.AsyncClient, journal: Journal) -> None:
    """What was told under two ids that are linked was told by one person, under the canonical id."""
    await journal.tell(
        *story("visitor:7", (30, ContactRetold(contact_id="k1", reason="the bill"))),
        *story(
            "crm:7",
            (20, ContactRetold(contact_id="k2", reason="the bill")),
            (1, CustomerLinked(alias="visitor:7")),
        ),
    )
    found = await pages(client, "/v1/tellings", "told")
    assert names(found, "customer", "telling") == [("crm:7", 3), ("crm:7", 2)]


async def test_what_is_suspected_over_all_has_a_list(
    client: httpx.AsyncClient, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cases that came back with another agent are found of whoever changed lately, on however many pages."""
    for name in ("anna", "ben"):
        await journal.tell(*story(name, *case(90, "k1", "lea"), *case(9, "k2", "max")))
    await journal.tell(*story("carl", *case(90, "k1", "lea"), *case(9, "k2", "lea")))
    old = [*case(24 * 60, "k1", "lea"), *case(24 * 50, "k2", "max")]
    await journal.tell(*story("dora", *old, (1, RecognitionRemembered(what="x"))))
    for size in (1, 2, 100):
        monkeypatch.setattr(lists, "LOOKED_AT", size)
        found = await pages(client, "/v1/tellings", "told", suspected="true")
        assert sorted(names(found, "customer", "contact_id", "suspected", "telling")) == [
            ("anna", "k2", True, 2),
            ("ben", "k2", True, 2),
        ]


# ----------------------------------------------------------------------------------------------- waiting


async def test_who_waits_is_listed_the_oldest_first(
    client: httpx.AsyncClient, journal: Journal, strategy: Strategy
) -> None:
    """Open contacts of all customers come by age, with open hours; who has given up has a list apart."""
    await journal.tell(
        *story("anna", (2, ContactAttempted(contact_id="a", channel="phone", reason="the bill"))),
        *story("ben", (50, ContactMissed(contact_id="b", cause="rang_out", channel="phone"))),
        *story("carl", (30, ContactAttempted(contact_id="c", channel="email"))),
        *story("dora", (24 * 40, ContactAttempted(contact_id="d", channel="email"))),
        *story("emil", *case(3, "e", "lea")),
    )
    for limit in (1, 50):
        found = await pages(client, "/v1/waiting", "contacts", limit=limit)
        assert names(found, "customer", "missed") == [("ben", "rang_out"), ("carl", None), ("anna", None)]
    [gone] = await pages(client, "/v1/waiting", "contacts", given_up="true")
    assert (gone["customer"], gone["given_up"]) == ("dora", True)
    since = datetime.fromisoformat(found[1]["since"])
    hours = strategy.clock["email"].between(since.timestamp(), datetime.now(UTC).timestamp())
    assert found[1]["waited_s"] == pytest.approx(hours, abs=60)


async def test_a_customers_waits_stand_as_they_stood(client: httpx.AsyncClient, journal: Journal) -> None:
    """A contact that was answered since waited then, and waits no more."""
    await journal.tell(
        *story(
            "anna",
            (50, ContactAttempted(contact_id="a", channel="email", reason="the bill")),
            (10, ContactAnswered(contact_id="a", by="human")),
        )
    )
    assert (await ask(client, "anna", "waiting"))["contacts"] == []
    then = await ask(client, "anna", "waiting", at=within(hours=-20).isoformat())
    assert names(then["contacts"], "contact_id", "reason") == [("a", "the bill")]


# -------------------------------------------------------------------------------------------- recognition


async def test_recognition_is_counted_for_a_customer(client: httpx.AsyncClient, journal: Journal) -> None:
    """How often, in which way, and each time, the latest first; now and as it stood."""
    await journal.tell(
        *story(
            "anna",
            (30, RecognitionRemembered(what="the dog")),
            (20, RecognitionOverlooked(how="misnamed")),
            (10, RecognitionOverlooked(how="misnamed")),
        )
    )
    ledger = await ask(client, "anna", "recognition")
    assert (ledger["remembered"], ledger["overlooked"], ledger["overlooked_how"]) == (1, 2, {"misnamed": 2})
    assert names(ledger["times"], "what") == ["misnamed", "misnamed", "the dog"]
    then = await ask(client, "anna", "recognition", at=within(hours=-15).isoformat())
    assert (then["remembered"], then["overlooked"]) == (1, 1)


async def test_recognition_over_all_comes_the_latest_first(
    client: httpx.AsyncClient, journal: Journal
) -> None:
    """Both kinds, or one of them, of all customers and of no agent, in pages that lose none."""
    await journal.tell(
        *story("anna", (30, RecognitionRemembered(what="the dog")), (10, RecognitionOverlooked(how="cold"))),
        *story("ben", (20, RecognitionRemembered(what="the cat"))),
        *story("agent:eve", (5, RecognitionRemembered(what="nobody's business"))),
    )
    for limit in (1, 2, 50):
        found = await pages(client, "/v1/recognition", "times", limit=limit)
        assert names(found, "what") == ["cold", "the cat", "the dog"]
    kind = await pages(client, "/v1/recognition", "times", kind="remembered", limit=1)
    assert names(kind, "what") == ["the cat", "the dog"]


# ------------------------------------------------------------------------------------------- of all lists


async def test_what_was_taken_back_or_is_contested_stands_in_no_ledger(
    client: httpx.AsyncClient, journal: Journal
) -> None:
    """A retraction and a contest take lines out of every list, over all and of the customer."""
    await journal.tell(
        *story(
            "anna",
            (9, RecognitionOverlooked(how="cold")),
            (9, ContactRetold(contact_id="k1", reason="the bill")),
            (9, made("p", within(hours=1))),
            (9, ContactAttempted(contact_id="k2", channel="phone")),
            (1, EventRetracted(source="/test", id="anna-1")),
            (1, EventRetracted(source="/test", id="anna-2")),
            (1, EventRetracted(source="/test", id="anna-3")),
            (1, RecordContested(about="anna-4")),
        )
    )
    for path, key in (
        ("recognition", "times"),
        ("tellings", "told"),
        ("promises", "promises"),
        ("waiting", "contacts"),
    ):
        assert await pages(client, f"/v1/{path}", key) == []
    assert (await ask(client, "anna", "recognition"))["times"] == []
    assert (await ask(client, "anna", "tellings"))["threads"] == []
    assert (await ask(client, "anna", "waiting"))["contacts"] == []


@pytest.mark.parametrize("path", ["promises", "tellings", "waiting", "recognition"])
async def test_no_list_over_all_names_an_agent(
    client: httpx.AsyncClient, journal: Journal, path: str
) -> None:
    """Whoever promised, answered or overlooked: nobody can be ranked by these lists."""
    await journal.tell(
        *story(
            "anna",
            (9, made("p", within(hours=1), agent_id="secret-agent")),
            *case(8, "k1", "secret-agent"),
            (7, ContactRetold(contact_id="k1", reason="the bill")),
            (6, RecognitionOverlooked(how="cold", agent_id="secret-agent")),
            (5, ContactAttempted(contact_id="k2", channel="phone")),
        )
    )
    answer = await client.get(f"/v1/{path}")
    assert "anna" in answer.text
    assert "secret-agent" not in answer.text


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("promises", {"state": "gold"}),
        ("promises", {"to": "everybody"}),
        ("promises", {"within_hours": "0"}),
        ("tellings", {"suspected": "perhaps"}),
        ("waiting", {"given_up": "1"}),
        ("recognition", {"kind": "gold"}),
        ("promises", {"page_token": "x"}),
        ("promises", {"page_token": "x", "state": "kept"}),
        ("tellings", {"page_token": "x"}),
        ("tellings", {"page_token": "x", "suspected": "true"}),
        ("waiting", {"page_token": "x"}),
        ("recognition", {"limit": "501"}),
    ],
)
async def test_what_means_nothing_is_refused(
    client: httpx.AsyncClient, pool: Pool, path: str, query: dict[str, str]
) -> None:
    """A wrong parameter is a problem that names it."""
    answer = await client.get(f"/v1/{path}", params=query)
    assert answer.status_code == 400
    assert next(iter(query)) in answer.json()["detail"]


@pytest.mark.parametrize("view", ["tellings", "waiting", "recognition"])
async def test_whoever_was_never_heard_of_has_no_ledger(
    client: httpx.AsyncClient, journal: Journal, view: str
) -> None:
    """A stranger is not found, and nor is an agent."""
    await journal.tell(*story("agent:eve", (9, made("p", within(hours=1), to="agent"))))
    assert await ask(client, "stranger", view) is None
    assert await ask(client, "agent:eve", view) is None


# ------------------------------------------------------------------------------------------------- pages

EVERYTHING = [
    *PROMISES,
    *case(100, "k1", "lea"),
    *case(60, "k2", "max"),
    (59, ContactRetold(contact_id="k9", reason="<b>the parcel</b>")),
    (50, ContactMissed(contact_id="k3", cause="said_closed", channel="phone")),
    (24 * 40, ContactAttempted(contact_id="k4", channel="email")),
    (9, RecognitionRemembered(what="the dog")),
    (8, RecognitionOverlooked(how="treated_as_new")),
]

ADDRESSES = [
    "/insight/promises",
    *(
        f"/insight/promises?state={one}"
        for one in ("due_soon", "overdue", "kept", "kept_late", "broken", "released")
    ),
    "/insight/tellings",
    "/insight/tellings?suspected=true",
    "/insight/waiting",
    "/insight/waiting?given_up=true",
    "/insight/recognition",
    "/insight/recognition?kind=overlooked",
]


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_every_ledger_has_a_page(
    pool: Pool, strategy: Strategy, journal: Journal, language: Any
) -> None:
    """Each list over all customers names the customer and leads to their ledgers, in either language."""
    await journal.tell(*story("anna", *EVERYTHING))
    texts = TEXTS[language]
    async with insight(pool, strategy, language) as client:
        for address in ADDRESSES:
            page = await client.get(address)
            assert page.status_code == 200, page.text
            assert 'href="/customers/anna/ledgers"' in page.text, address
            assert "<b>the parcel" not in page.text
        own = await client.get("/customers/anna/ledgers")
        assert own.status_code == 200, own.text
        for heading in ("promises", "tellings", "waiting", "recognition"):
            assert texts[heading] in own.text
        assert texts["suspected"] in own.text
        assert "&lt;b&gt;the parcel" in own.text
        then = await client.get("/customers/anna/ledgers", params={"at": within(days=-30).isoformat()})
        assert "the parcel" not in then.text
        assert (await client.get("/customers/nobody/ledgers")).status_code == 404


async def test_pages_go_on_where_they_end(client: httpx.AsyncClient, journal: Journal) -> None:
    """A list longer than a page leads to the rest, and back to its beginning."""
    await journal.tell(*story("anna", *((n, RecognitionOverlooked(how="cold")) for n in range(1, 61))))
    first = await client.get("/insight/recognition")
    assert first.text.count("<tr>") == 51
    older = first.text.partition('<a href="?page=')[2].partition('"')[0]
    second = await client.get(f"/insight/recognition?page={older}")
    assert second.text.count("<tr>") == 11
    assert 'href="?"' in second.text


def test_both_languages_say_the_same() -> None:
    """Every text of the ledgers is there in English and in French, with the same places to fill."""
    english, french = TEXTS["en"], TEXTS["fr"]
    assert english.keys() == french.keys()
    for key, text in english.items():
        assert _places(text) == _places(french[key]), key


def _places(text: str) -> set[str]:
    return {part.partition("}")[0] for part in text.split("{")[1:]}
