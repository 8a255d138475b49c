"""The events of two benches: those that prompt, and at what pace; those that go on and on."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

from events import decode
from projections.matters import matter_of
from tests.bench.stream import CUSTOMERS, flow
from tests.bench.tellings import EVERY, RATE, Due, paced, tellings


def test_each_new_customer_tells_the_same_reason_twice_more_and_the_last_time_prompts() -> None:
    """Of each customer who is prompted for there are two retellings, and the later one prompts."""
    due = list(tellings(20, "who", seed=1))
    retold = [one for one in due if one.customer.startswith("who-")]
    assert [one.prompts for one in retold if one.customer == "who-0007"] == [False, True]
    assert Counter(one.prompts for one in due)[True] == 20
    assert Counter(one.customer for one in retold) == Counter({f"who-{number:04}": 2 for number in range(20)})
    for one in due:
        event = decode(one.body, arrived=datetime.now(UTC))
        assert (event.subject, event.identity) == (one.customer, one.identity)
        assert (event.type == "egard.contact.retold") == one.customer.startswith("who-")
    first, second = (one for one in retold if one.customer == "who-0007")
    assert (
        decode(first.body, arrived=datetime.now(UTC)).time
        < decode(second.body, arrived=datetime.now(UTC)).time
    )


def test_events_are_due_at_the_rate_and_in_order() -> None:
    """Events are spread at random, 200 a second in the mean, and a fortieth of them prompt."""
    due = list(tellings(90, "who", seed=2))
    assert [one.at for one in due] == sorted(one.at for one in due)
    assert abs(len(due) / due[-1].at / RATE - 1) < 0.1
    assert sum(one.prompts for one in due) == len(due) / EVERY - 10


async def test_what_is_slow_keeps_nothing_waiting() -> None:
    """An event is sent at its time, though the one before it was not answered yet."""
    answered = asyncio.Event()
    sent = []

    async def send(one: Due) -> str:
        sent.append(one.customer)
        if one.customer == "slow":
            await answered.wait()
        else:
            answered.set()
        return one.customer

    due = [Due(0.0, "slow", b"", b"", prompts=False), Due(0.01, "fast", b"", b"", prompts=False)]
    assert await asyncio.wait_for(paced(due, send), 10) == ["slow", "fast"]
    assert sent == ["slow", "fast"]


def test_a_flow_is_of_everybody_first_and_settles_what_it_opens() -> None:
    """Each customer has one of the first events; later ones settle their matters, and ids never repeat."""
    some = list(flow(50, 1_000, seed=3))
    assert len({one.customer for one in some[:50]}) == 50
    assert len({one.customer for one in some}) == 50
    assert len({one.identity for one in some}) == 1_000
    matters: dict[tuple[str, type, str], set[str]] = {}
    for one in some:
        event = decode(one.body, arrived=datetime.now(UTC))
        found = matter_of(event)
        if found is not None:
            matters.setdefault((event.subject, type(found[1]), found[0]), set()).add(event.type)
    opened = [
        types for types in matters.values() if types & {"egard.contact.attempted", "egard.promise.made"}
    ]
    assert len(opened) > 350
    assert sum(len(types) == 1 for types in opened) <= 50


def test_a_flow_is_not_made_before_it_is_read() -> None:
    """Of a billion events the first can be had at once."""
    assert next(flow(CUSTOMERS, 10**9, seed=4)).customer == "c000000"
