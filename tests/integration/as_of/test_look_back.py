"""`?at=T` over HTTP is a fold of the events until T that are known now, whatever came when."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import (
    CustomerErased,
    CustomerLinked,
    CustomerUnlinked,
    Event,
    FeedbackGiven,
    PromiseKept,
    PromiseMade,
    RecognitionOverlooked,
    RecognitionRemembered,
    make,
)
from projections.explanation import promise_state
from projections.fold import fold_person
from projections.matters import Promise
from projections.reading import Reading
from projections.strategy import Strategy
from services.runtime.database import Pool
from tests.integration.as_of.telling import Journal, ask, emptied, insight, members
from tests.unit.histories import (
    SHIPPED,
    SPAN,
    START,
    accepted,
    assert_same,
    batches,
    histories,
    later,
    streams,
    times,
    told,
)
from tests.unit.test_score_readings import plain_reading

CUSTOMERS = ("anna", "bob", "visitor:7")

DRAWN = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

looks = times | later.map(lambda after: START + SPAN + after)
"""When one looks: at any time of what happened, or after it."""


def without_erasures(stream: list[Event]) -> list[Event]:
    """A stream of those who stay."""
    return [event for event in stream if not isinstance(event.data, CustomerErased)]


def reading_in(answer: dict[str, Any]) -> Reading:
    """The reading of an answer."""
    return Reading(**{name: answer[name] for name in Reading.__struct_fields__})


async def publish(
    pool: Pool, strategy: Strategy, some: Sequence[Sequence[Event]]
) -> tuple[Journal, list[Event]]:
    """Publishes batches, one after the other; returns the journal, and what it keeps of them."""
    journal = await emptied(pool, strategy)
    for batch in some:
        if batch:
            await journal.tell(*batch)
    return journal, accepted(event for batch in some for event in batch)


@DRAWN
@given(streams().map(without_erasures).flatmap(batches), looks)
async def test_every_answer_as_of_an_instant_is_a_fold_of_what_happened_until_then(
    pool: Pool, strategy: Strategy, some: list[list[Event]], when: datetime
) -> None:
    """Late, doubled, taken back, contested, linked, in any order: reading, reasons, promises, events."""
    _, known = await publish(pool, strategy, some)
    at = when.timestamp()
    async with insight(pool, strategy) as client:
        for customer in CUSTOMERS:
            found = await ask(client, customer, "relationship", at=when.isoformat())
            if found is None:
                continue
            person = members(known, customer, at)
            events = [event for event in known if event.subject in person and event.at <= at]
            then = plain_reading(known, customer, at)
            assert {found["canonical"], *found["aliases"]} == person
            assert found["events"] == len(events)
            assert_same(reading_in(found), then, SHIPPED)
            ordered = sorted(events, key=lambda event: (event.order, event.subject))
            why = await ask(client, customer, "explanation", at=when.isoformat())
            assert why["health"] == pytest.approx(then.health, abs=1e-9)
            points = sum(line["points"] for line in why["contributions"])
            assert why["prior"] + points == pytest.approx(then.health, abs=1e-9)
            story = await ask(client, customer, "timeline", at=when.isoformat(), limit=500)
            assert [(one["subject"], one["source"], one["id"]) for one in story["events"]] == [
                (event.subject, event.source, event.id) for event in reversed(ordered)
            ]
            ledger = await ask(client, customer, "promises", at=when.isoformat())
            assert {
                (one["subject"], one["promise_id"]): one["state"] for one in ledger["promises"]
            } == promises(events, at)
            curve = await ask(client, customer, "curve", at=when.isoformat(), days=30, points=2)
            assert curve["points"][-1]["health"] == pytest.approx(then.health, abs=1e-9)


def promises(events: list[Event], at: float) -> dict[tuple[str, str], str]:
    """Where promises stand, by the plain way."""
    return {
        (subject, name): promise_state(matter, at)
        for subject, state in fold_person(events, SHIPPED).by_subject.items()
        for (_, name), matter in state.matters.items()
        if isinstance(matter, Promise)
    }


@DRAWN
@given(
    st.tuples(histories("anna", corrections=True), histories("bob", corrections=True)).flatmap(
        lambda both: batches([*both[0], *both[1]])
    ),
    looks,
)
async def test_a_link_and_its_end_give_back_exactly_what_was(
    pool: Pool, strategy: Strategy, some: list[list[Event]], when: datetime
) -> None:
    """From any instant, both read to the last bit as if never linked; while they are, as one."""
    journal, known = await publish(pool, strategy, some)
    linked, unlinked = START + SPAN + timedelta(hours=1), START + SPAN + timedelta(hours=2)
    link = make(CustomerLinked(alias="anna"), subject="bob", source="/test", id="link", time=linked)
    part = make(CustomerUnlinked(alias="bob"), subject="anna", source="/test", id="part", time=unlinked)

    async def readings(client: httpx.AsyncClient, at: datetime) -> list[Any]:
        answers = [await ask(client, name, "relationship", at=at.isoformat()) for name in ("anna", "bob")]
        return [None if one is None else reading_in(one) for one in answers]

    async with insight(pool, strategy) as client:
        before, after = await readings(client, when), await readings(client, unlinked)
        await journal.tell(link)
        one, other = await readings(client, linked)
        assert one == other
        assert_same(one, plain_reading([*known, link], "anna", linked.timestamp()), SHIPPED)
        await journal.tell(part)
        assert await readings(client, unlinked) == after
        if when < linked or when >= unlinked:
            assert await readings(client, when) == before


async def test_an_answer_of_then_is_the_same_to_the_last_bit_in_whatever_order_things_came(
    pool: Pool, strategy: Strategy
) -> None:
    """Sums of the same numbers depend on their order in the last place: it is always that of time."""
    story = told(
        *((START + timedelta(hours=7 * n * n % 501), FeedbackGiven(score=n * 7 % 101)) for n in range(50))
    )
    at = (START + SPAN).isoformat()
    answers = []
    for order in (story, story[::-1], story[25:] + story[:25]):
        await publish(pool, strategy, [[event] for event in order])
        async with insight(pool, strategy) as client:
            answers.append(
                [await ask(client, "anna", view, at=at) for view in ("relationship", "explanation")]
            )
    assert answers[0] == answers[1] == answers[2]


async def test_a_page_of_then_goes_on_to_what_was_before_and_not_to_what_came_after(
    client: httpx.AsyncClient, journal: Journal
) -> None:
    """The next page of a timeline of then is of then too, who is who included."""
    story = told(*((START + timedelta(days=day), RecognitionRemembered(what="x")) for day in range(6)))
    his = told((START, RecognitionOverlooked(how="cold")), subject="bob", first=20)
    link = told((START + timedelta(days=4), CustomerLinked(alias="bob")), first=30)
    await journal.tell(*story, *his, *link)
    at = (START + timedelta(days=3)).isoformat()
    first = await client.get("/v1/customers/anna/timeline", params={"at": at, "limit": 3})
    assert [one["id"] for one in first.json()["events"]] == ["4", "3", "2"]
    address = first.headers["link"].split(">")[0].lstrip("<")
    assert [one["id"] for one in (await client.get(address)).json()["events"]] == ["1"]
    # The token of a later page asks for nothing after the instant either.
    newest = await ask(client, "anna", "timeline", limit=1)
    found = await ask(client, "anna", "timeline", at=at, before=newest["next"], limit=9)
    assert [one["id"] for one in found["events"]] == ["4", "3", "2", "1"]


async def test_the_ledger_of_then_does_not_know_what_became_of_a_promise_later(
    client: httpx.AsyncClient, journal: Journal
) -> None:
    """Open before its due, overdue after, kept late since it was kept; before it was made there is none."""
    made = PromiseMade(promise_id="p", what="call back", due=START + timedelta(days=2))
    await journal.tell(
        *told((START + timedelta(days=1), made), (START + timedelta(days=5), PromiseKept(promise_id="p")))
    )
    states = [
        [one["state"] for one in (await ask(client, "anna", "promises", at=at.isoformat()))["promises"]]
        for at in (START + timedelta(days=day) for day in (0, 1.5, 3, 6))
    ]
    assert states == [[], ["open"], ["overdue"], ["kept_late"]]


async def test_a_curve_that_would_begin_before_time_itself_is_refused(client: httpx.AsyncClient) -> None:
    """400 with a sentence, rather than an instant that no calendar has."""
    answer = await client.get("/v1/customers/anna/curve", params={"at": "0001-02-01T00:00:00Z", "days": 90})
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert "before which there are no 90 days" in answer.json()["detail"]
