"""The loop as behaviours, said once and run by every broker."""

from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest

from events import (
    ContactAnswered,
    ContactAttempted,
    ContactRetold,
    FrictionMet,
    PromiseKept,
    PromiseMade,
    RecognitionOverlooked,
    RecognitionRemembered,
)
from tests.stack import Stack, Teller, until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


class LoopSuite:
    """Inherit from it and give it a fixture `stack`."""

    async def test_an_event_published_over_http_is_journalled_and_changes_the_reading(
        self, stack: Stack
    ) -> None:
        """What a backend publishes over HTTP is in the journal once, and the relationship moves."""
        told = Teller("http-1")
        good = [told.tell(RecognitionRemembered(what="her dog")) for _ in range(4)]
        answer = await stack.post(good)
        assert (answer.status_code, answer.json()) == (202, {"accepted": 4})
        await until(lambda: _events(stack, "http-1", 4))
        before = await stack.get("/v1/customers/http-1/relationship")
        await stack.post([told.tell(RecognitionOverlooked(how="cold")) for _ in range(2)])
        await until(lambda: _events(stack, "http-1", 6))
        after = await stack.get("/v1/customers/http-1/relationship")
        assert after["recognition"] < before["recognition"]
        assert after["responsiveness"] == pytest.approx(before["responsiveness"])

    async def test_publishing_again_changes_nothing(self, stack: Stack) -> None:
        """The same events over HTTP again, and straight to Kafka, are in the journal once and scored once."""
        told = Teller("again-1")
        events = [
            told.tell(ContactAttempted(contact_id="k", channel="phone"), ago=60),
            told.tell(ContactAnswered(contact_id="k", by="human", waited_s=20), ago=40),
        ]
        await stack.post(events)
        await until(lambda: _events(stack, "again-1", 2))
        [before] = await stack.fetch("select * from relationships where customer = 'again-1'")
        await stack.post(events)
        await stack.produce(*(event.body for event in events), key="again-1")
        marker = told.tell(RecognitionRemembered(what="last"))
        await stack.produce(marker.body, key="again-1")
        await until(lambda: _events(stack, "again-1", 3))
        [after] = await stack.fetch("select * from relationships where customer = 'again-1'")
        assert after["bond_responsiveness_positive"] == before["bond_responsiveness_positive"]

    async def test_a_customer_under_two_keys_is_one_customer(self, stack: Stack) -> None:
        """Correctness does not rest on partitioning: the same customer's events may come by any partition."""
        told = Teller("keys-1")
        for number in range(12):
            await stack.produce(told.tell(RecognitionRemembered(what="x")).body, key=f"key-{number}")
        await until(lambda: _events(stack, "keys-1", 12))
        partitions = await stack.fetch(
            "select distinct kafka_partition from journal where customer = 'keys-1'"
        )
        assert len(partitions) > 1

    async def test_a_refused_record_is_buried_and_its_neighbours_live(self, stack: Stack) -> None:
        """A record that is no event becomes a dead letter with its bytes and reason; the rest is folded."""
        told = Teller("grave-1")
        first, last = told.tell(FrictionMet(what="lost")), told.tell(FrictionMet(what="lost"))
        await stack.produce(first.body, b"\xff not an event", None, last.body, key="grave-1")
        await until(lambda: _events(stack, "grave-1", 2))
        letters = await stack.fetch("select * from dead_letters where key = 'grave-1' order by kafka_offset")
        assert [(one["value"], one["reason"]) for one in letters] == [
            (b"\xff not an event", "not_json"),
            (None, "not_json"),
        ]

    async def test_a_reused_id_is_refused_on_both_ways_in(self, stack: Stack) -> None:
        """The same identity with another body is a problem over HTTP and a dead letter on the topic."""
        told = Teller("reuse-1")
        event = told.tell(FrictionMet(what="lost"), id="one")
        other = told.tell(FrictionMet(what="no_phone"), id="one")
        await stack.post([event])
        await until(lambda: _events(stack, "reuse-1", 1))
        answer = await stack.post([other])
        assert answer.status_code == httpx.codes.MULTI_STATUS
        [problem] = answer.json()["refused"]
        assert (problem["reason"], problem["index"], problem["id"]) == ("id_reused", 0, "one")
        await stack.produce(other.body, key="reuse-1")
        letters = await until(lambda: stack.fetch("select reason from dead_letters where key = 'reuse-1'"))
        assert [one["reason"] for one in letters] == ["id_reused"]
        assert len(await stack.fetch("select 1 from journal where customer = 'reuse-1'")) == 1

    async def test_the_third_telling_prompts_an_agent_and_what_they_do_comes_back(self, stack: Stack) -> None:
        """Third telling of one reason: one prompt; claimed and done, each is an event of that customer."""
        told = Teller("told-1")
        await stack.post([told.tell(ContactRetold(contact_id="a", reason="the bill"))])
        await until(lambda: _events(stack, "told-1", 1))
        assert not [one for one in await stack.prompts() if one["customer"] == "told-1"]
        await stack.post([told.tell(ContactRetold(contact_id="b", reason="the bill"))])
        prompt = await until(lambda: _prompt(stack, "told-1"))
        assert prompt["trigger"] == "retold"
        assert "the bill" in prompt["why"]
        claim = await stack.http.post(f"/v1/prompts/{prompt['id']}/claim", json={"agent_id": "ana"})
        assert claim.json()["state"] == "claimed"
        late = await stack.http.post(f"/v1/prompts/{prompt['id']}/claim", json={"agent_id": "ben"})
        assert late.status_code == httpx.codes.CONFLICT
        done = await stack.http.post(
            f"/v1/prompts/{prompt['id']}/done", json={"agent_id": "ana", "minutes": 5, "note": "called"}
        )
        assert done.json()["state"] == "done"
        await until(lambda: _types(stack, "told-1", "egard.outreach.made"))
        rows = await stack.fetch(
            "select type from journal where customer = 'told-1' "
            "and strpos(convert_from(body, 'UTF8'), $1) > 0 order by kafka_offset",
            prompt["id"],
        )
        assert [row["type"] for row in rows] == [
            "egard.outreach.prompted",
            "egard.outreach.claimed",
            "egard.outreach.made",
        ]

    async def test_an_overdue_promise_prompts_once_and_one_kept_late_takes_the_prompt_back(
        self, stack: Stack
    ) -> None:
        """A promise past its due prompts; keeping it closes the prompt that nobody took."""
        told = Teller("word-1")
        due = datetime.now(UTC) + timedelta(seconds=0.5)
        # Made in the moment of its due: there is no time between in which a slow machine would warn of it.
        await stack.post([told.tell(PromiseMade(promise_id="p", what="send the papers", due=due), ago=-0.5)])
        prompt = await until(lambda: _prompt(stack, "word-1"))
        assert prompt["trigger"] == "promise_overdue"
        assert "send the papers" in prompt["why"]
        await stack.post([told.tell(PromiseKept(promise_id="p"))])
        await until(lambda: _types(stack, "word-1", "egard.outreach.expired"))
        assert not [one for one in await stack.prompts() if one["customer"] == "word-1"]

    async def test_a_promise_kept_in_time_prompts_nobody(self, stack: Stack) -> None:
        """A deadline is void once what it waits for has happened."""
        told = Teller("word-2")
        due = datetime.now(UTC) + timedelta(seconds=1)
        await stack.post([told.tell(PromiseMade(promise_id="p", what="call", due=due))])
        await stack.post([told.tell(PromiseKept(promise_id="p"))])
        await until(lambda: _events(stack, "word-2", 2))
        assert not await stack.fetch("select 1 from deadlines where customer = 'word-2'")

    async def test_a_fall_to_strained_prompts_and_an_old_one_is_withheld(self, stack: Stack) -> None:
        """Fresh events that bring a relationship down prompt; the same long ago is withheld as stale."""
        fresh, old = Teller("fall-1"), Teller("fall-2")
        await stack.post([fresh.tell(RecognitionOverlooked(how="cold"), ago=5) for _ in range(6)])
        prompt = await until(lambda: _prompt(stack, "fall-1"))
        assert prompt["trigger"] == "band_fallen"
        month = 30 * 86_400.0
        await stack.post([old.tell(RecognitionOverlooked(how="cold"), ago=month) for _ in range(6)])
        [withheld] = await until(lambda: stack.fetch("select * from prompts where customer = 'fall-2'"))
        assert (withheld["state"], withheld["withheld"]) == ("withheld", "stale")
        await until(lambda: _types(stack, "fall-2", "egard.outreach.withheld"))

    async def test_declining_costs_nothing_and_is_an_event(self, stack: Stack) -> None:
        """An agent declines with a reason; the prompt is gone and the reason is on record."""
        told = Teller("no-1")
        await stack.post([told.tell(ContactRetold(contact_id=str(n), reason="x")) for n in range(2)])
        prompt = await until(lambda: _prompt(stack, "no-1"))
        said = {"agent_id": "ana", "reason": "I spoke to her this morning"}
        answer = await stack.http.post(f"/v1/prompts/{prompt['id']}/decline", json=said)
        assert answer.json()["state"] == "declined"
        await until(lambda: _types(stack, "no-1", "egard.outreach.declined"))
        [row] = await stack.fetch(
            "select body from journal where customer = 'no-1' and type = 'egard.outreach.declined'"
        )
        assert msgspec.json.decode(row["body"])["data"]["reason"] == said["reason"]

    async def test_no_other_site_acts_from_an_agents_browser(self, stack: Stack) -> None:
        """A request that a browser says comes from another site is refused before it does anything."""
        answer = await stack.http.post(
            "/v1/prompts/any/claim", json={"agent_id": "ana"}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert answer.status_code == httpx.codes.FORBIDDEN

    async def test_one_trace_leads_from_the_published_event_to_the_prompt(self, stack: Stack) -> None:
        """The publisher's trace id goes through gateway, Kafka and database to the prompt and its event."""
        told = Teller("trace-1")
        events = [told.tell(ContactRetold(contact_id=str(n), reason="x")) for n in range(2)]
        await stack.post(events, headers={"traceparent": TRACEPARENT})
        prompt = await until(lambda: _prompt(stack, "trace-1"))
        [row] = await stack.fetch("select traceparent from prompts where prompt_id = $1", prompt["id"])
        assert row["traceparent"].split("-")[1] == TRACE


async def _events(stack: Stack, customer: str, count: int) -> bool:
    rows = await stack.fetch("select 1 from journal where customer = $1 and type !~ 'outreach'", customer)
    return len(rows) >= count


async def _types(stack: Stack, customer: str, wanted: str) -> list[str]:
    rows = await stack.fetch(
        "select type from journal where customer = $1 order by time, kafka_offset", customer
    )
    types = [row["type"] for row in rows]
    return types if wanted in types else []


async def _prompt(stack: Stack, customer: str) -> dict[str, str]:
    return next((one for one in await stack.prompts() if one["customer"] == customer), {})
