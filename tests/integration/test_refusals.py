"""What is refused, and why: one table, held against both ways in.

Over HTTP a refused event is a problem (RFC 9457) with its reason and place; on the topic it is a dead letter
with its bytes, reason and place. On neither does it take its neighbours with it.
"""

import itertools
import json
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import httpx
import pytest
import pytest_asyncio

from events import MAX_BODY_BYTES, MAX_NAME_BYTES, Event, Refused, decode
from projections.evidence import SUMS
from services.embedded import EmbeddedBroker, EmbeddedDatabase
from services.gateway import Gateway
from services.gateway.modes import MAX_EVENTS
from services.gateway.room import MAX_REQUEST_BYTES
from services.projector import Projector
from services.projector.batch import prepare
from services.projector.records import Record
from services.runtime.kafka import INTERACTIONS
from services.runtime.producer import Outgoing
from tests.conftest import fresh_database
from tests.stack import Stack, running, until

SINGLE = {"Content-Type": "application/cloudevents+json"}
PROBLEM = "application/problem+json"

_customers = (f"customer-{number}" for number in itertools.count(1))

Good = dict[str, Any]
Make = Callable[[Good], bytes]


class Refusal(NamedTuple):
    """An event that is refused, made from a good one of the same customer."""

    make: Make
    reason: str
    pointer: str = ""
    status: int = 422
    in_array: bool = True
    """Whether a JSON array can hold it; if not, the whole request is no array of events."""


# -------------------------------------------------------------------------------------- the events


@pytest.fixture
def customer() -> str:
    """A customer of the test's own."""
    return next(_customers)


def good(customer: str, name: str) -> Good:
    """An acceptable event."""
    return {
        "specversion": "1.0",
        "id": f"{customer}/{name}",
        "source": "/crm",
        "type": "egard.friction.met",
        "subject": customer,
        "time": datetime.now(UTC).isoformat(),
        "data": {"what": "lost"},
    }


def encoded(event: Good) -> bytes:
    """An event as JSON, its characters as they are."""
    return json.dumps(event, ensure_ascii=False).encode()


def literally(text: bytes) -> Make:
    """These bytes, whoever the customer is."""
    return lambda _: text


def but(**attributes: Any) -> Make:
    """Another good event, with some attributes changed; None takes one away."""

    def make(event: Good) -> bytes:
        changed = event | {"id": f"{event['id']}-2"} | attributes
        return encoded({name: value for name, value in changed.items() if value is not None})

    return make


def but_data(kind: str, data: object) -> Make:
    """Another good event, with data of its own."""
    return but(type=f"egard.{kind}", data=data)


def ahead(**much: float) -> Make:
    """Another good event, this much in the future."""
    return lambda event: but(time=(datetime.now(UTC) + timedelta(**much)).isoformat())(event)


def again(**attributes: Any) -> Make:
    """The same identity once more, with something else changed."""
    return lambda event: encoded(event | attributes)


def replaced(old: bytes, new: bytes, **attributes: Any) -> Make:
    """Another good event, with some bytes put in the place of others."""
    return lambda event: but(**attributes)(event).replace(old, new)


def long(size: int) -> Make:
    """Another good event, of so many bytes."""

    def make(event: Good) -> bytes:
        return but(note="x" * (size - len(but(note="")(event))))(event)

    return make


def named(**lengths: int) -> Make:
    """Another good event, with names of so many bytes, in letters of two bytes each where they are even."""

    def make(event: Good) -> bytes:
        names = {}
        for name, size in lengths.items():
            rest = size - len(event["subject"])
            names[name] = event["subject"] + "é" * (rest // 2) + "x" * (rest % 2)
            assert len(names[name].encode()) == size
            assert len(names[name]) < MAX_NAME_BYTES
        return but(**names)(event)

    return make


REFUSALS = {
    "nothing": Refusal(literally(b""), "not_json", status=400, in_array=False),
    "words": Refusal(literally(b"hello"), "not_json", status=400, in_array=False),
    "half an event": Refusal(lambda event: but()(event)[:-5], "not_json", status=400, in_array=False),
    "bytes that are no text": Refusal(replaced(b"N", b"\xff", note="N"), "not_json", status=400),
    "half a character": Refusal(
        replaced(b"N", rb"\ud800", data={"what": "lost", "where": "N"}),
        "not_json",
        status=400,
        in_array=False,
    ),
    "a list": Refusal(literally(b"[]"), "envelope_invalid"),
    "a number": Refusal(literally(b"7"), "envelope_invalid"),
    **{
        f"no {name}": Refusal(but(**{name: None}), "envelope_invalid")
        for name in ("specversion", "id", "source", "type", "subject", "time")
    },
    "another version of CloudEvents": Refusal(but(specversion="0.3"), "envelope_invalid", "/specversion"),
    "an empty id": Refusal(but(id=""), "envelope_invalid", "/id"),
    "a subject that is a number": Refusal(but(subject=7), "envelope_invalid", "/subject"),
    "a time that is a number": Refusal(but(time=1795339800), "envelope_invalid", "/time"),
    "a time without an offset": Refusal(but(time="2026-11-22T09:30:00"), "time_invalid", "/time"),
    "a time as mail has it": Refusal(but(time="Sun, 22 Nov 2026 09:30:00 +0100"), "time_invalid", "/time"),
    "a time that is a number in quotes": Refusal(but(time="1795339800"), "time_invalid", "/time"),
    "a day": Refusal(but(time="2026-11-22"), "time_invalid", "/time"),
    "a time eleven minutes ahead": Refusal(ahead(minutes=11), "time_ahead", "/time"),
    "an id of 257 bytes": Refusal(named(id=257), "name_too_long", "/id"),
    "a subject of 258 bytes": Refusal(named(subject=258), "name_too_long", "/subject"),
    "a body one byte over 32 KB": Refusal(long(MAX_BODY_BYTES + 1), "body_too_large", status=413),
    "data without what is required": Refusal(but_data("friction.met", {}), "data_invalid", "/data"),
    "no data where some is required": Refusal(but(data=None), "data_invalid", "/data"),
    "data that is a list": Refusal(but(data=["lost"]), "data_invalid", "/data"),
    "data that is bytes": Refusal(but(data=None, data_base64="AAE="), "data_invalid", "/data_base64"),
    "data that is XML": Refusal(but(datacontenttype="text/xml"), "envelope_invalid", "/datacontenttype"),
    "a word that the language has not": Refusal(
        but_data("friction.met", {"what": "bored"}), "data_invalid", "/data/what"
    ),
    "a score above the scale": Refusal(
        but_data("feedback.given", {"score": 101}), "data_invalid", "/data/score"
    ),
    "a due without an offset": Refusal(
        but_data("promise.made", {"promise_id": "p", "what": "call", "due": "2026-11-22T09:30:00"}),
        "data_invalid",
        "/data/due",
    ),
    "a team event of a customer": Refusal(but_data("team.shift_started", {}), "data_invalid", "/subject"),
    "U+0000 in an id": Refusal(but(id="a\0"), "envelope_invalid", "/id"),
    "U+0000 in a word": Refusal(
        but_data("friction.met", {"what": "lost", "where": "a\0"}), "data_invalid", "/data/where"
    ),
    "U+0000 where nobody reads": Refusal(
        but_data("friction.met", {"what": "lost", "note": {"a": ["b", "\0"]}}),
        "data_invalid",
        "/data/note/a/1",
    ),
    "U+0000 in a version": Refusal(but(specversion="\0"), "envelope_invalid", "/specversion"),
    "the same id with other data": Refusal(again(data={"what": "no_phone"}), "id_reused", "/id"),
    "the same id at another time": Refusal(again(time="2026-11-22T09:30:00Z"), "id_reused", "/id"),
}

ACCEPTED: dict[str, Make] = {
    "a time nine minutes ahead": ahead(minutes=9),
    "a time before computers": but(time="1902-03-04T05:06:07-01:00"),
    "a time in the spelling of another zone": but(time="2026-11-22T09:30:00.250+05:45"),
    "an id of 256 bytes": named(id=256),
    "a subject of 256 bytes": named(subject=256),
    "a body of 32 KB": long(MAX_BODY_BYTES),
    "a type that nobody knows": but_data("moon.landed", {"on": ["the", "moon"], "score": -1}),
    "a type of somebody else": but(type="org.example.thing", data="anything"),
    "unknown fields": but(
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        shelf=None,
        data={"what": "lost", "aisle": {"shelf": 7}, "Mixed": {"z": 1, "a": [1.0, 1e3]}},
    ),
    "a spelling of its own": replaced(b'", "', b'"  ,\n\t"'),
    "data where none is required": but_data("recognition.greeted", {}),
    "no data where none is required": but(type="egard.recognition.greeted", data=None),
    "the same id of another source": again(source="/telephony", data={"what": "no_phone"}),
    "the same id of another customer": lambda event: encoded(event | {"subject": event["subject"] + "-2"}),
    "the same event again": again(),
}

refusals = pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
acceptances = pytest.mark.parametrize("make", ACCEPTED.values(), ids=ACCEPTED)


@pytest_asyncio.fixture(scope="module")
async def stack(database_server: EmbeddedDatabase) -> AsyncIterator[Stack]:
    """One gateway and projector for the module: each test has a customer of its own."""
    async for url in fresh_database(database_server):
        async with EmbeddedBroker() as broker:
            await broker.touch([INTERACTIONS])
            async with running(broker.address, url, services=(Gateway, Projector), embedded=True) as stack:
                yield stack


# --------------------------------------------------------------------------------------- over HTTP


@refusals
async def test_over_http_a_refused_event_is_a_problem_and_its_neighbours_live(
    stack: Stack, customer: str, refusal: Refusal
) -> None:
    """In a batch, a refused event gets a problem with reason, place and status; the others are accepted."""
    first, last = good(customer, "first"), good(customer, "last")
    answer = await stack.post_raw(_array(encoded(first), refusal.make(first), encoded(last)))
    if refusal.in_array:
        assert answer.status_code == httpx.codes.MULTI_STATUS
        assert answer.json()["accepted"] == 2
        [problem] = answer.json()["refused"]
        assert problem["index"] == 1
        assert problem["status"] == (refusal.status if refusal.status != 400 else 422)
        await _journalled(stack, customer, [first["id"], last["id"]])
    else:
        assert answer.status_code == httpx.codes.BAD_REQUEST
        problem = answer.json()
        await stack.post_raw(_array(encoded(last)))
        await _journalled(stack, customer, [last["id"]])
    assert (problem["reason"], problem["pointer"]) == (refusal.reason, refusal.pointer)
    assert problem["detail"].endswith(".")


@refusals
async def test_over_http_a_single_event_is_refused_with_its_status(
    stack: Stack, customer: str, refusal: Refusal
) -> None:
    """In single mode the answer itself is the problem, with the status that fits."""
    first = good(customer, "first")
    accepted = await stack.post_raw(encoded(first), headers=SINGLE)
    assert (accepted.status_code, accepted.json()) == (202, {"accepted": 1})
    answer = await stack.post_raw(refusal.make(first), headers=SINGLE)
    assert (answer.status_code, answer.headers["content-type"]) == (refusal.status, PROBLEM)
    problem = answer.json()
    assert (problem["reason"], problem["pointer"]) == (refusal.reason, refusal.pointer)
    assert problem["status"] == refusal.status


@acceptances
async def test_over_http_what_the_language_allows_is_journalled_byte_for_byte(
    stack: Stack, customer: str, make: Make
) -> None:
    """What lies just inside a limit, or is unknown, is accepted, and kept exactly as it came."""
    first = good(customer, "first")
    body = make(first)
    answer = await stack.post_raw(_array(encoded(first), body))
    assert (answer.status_code, answer.json()["accepted"]) == (202, 2)
    assert await _bodies(stack, [encoded(first), body])


async def test_over_http_a_type_that_looks_like_ours_and_is_not_is_pointed_out(
    stack: Stack, customer: str
) -> None:
    """A slip in a type is kept, as any unknown type is; the answer names it, and no types of others."""
    slip = good(customer, "first") | {"type": "egard.contact.atempted"}
    foreign = good(customer, "second") | {"type": "org.example.thing"}
    answer = await stack.post_raw(_array(encoded(slip), encoded(foreign)))
    assert answer.json() == {"accepted": 2, "unknown_types": ["egard.contact.atempted"]}
    bare = good(customer, "third") | {"type": "contact.attempted"}
    answer = await stack.post_raw(_array(encoded(bare)))
    assert answer.json() == {"accepted": 1, "unknown_types": ["contact.attempted"]}
    answer = await stack.post_raw(_array(encoded(slip), b"7"))
    assert (answer.status_code, answer.json()["unknown_types"]) == (207, ["egard.contact.atempted"])


# ------------------------------------------------------------------------------------ on the topic


@refusals
async def test_on_the_topic_a_refused_record_is_a_dead_letter_and_its_neighbours_are_folded(
    stack: Stack, customer: str, refusal: Refusal
) -> None:
    """A refused record is kept with its bytes, its place and the reason; those around it are folded."""
    first, last = good(customer, "first"), good(customer, "last")
    refused = refusal.make(first)
    places = await _produce(stack, customer, [encoded(first), refused, encoded(last)])
    await _journalled(stack, customer, [first["id"], last["id"]])
    assert (await _relationship(stack, customer))["events"] == 2
    [letter] = await stack.fetch("select * from dead_letters where key = $1", customer.encode())
    assert (letter["kafka_partition"], letter["kafka_offset"]) == places[1]
    assert letter["value"] == refused
    assert (letter["reason"], letter["pointer"]) == (refusal.reason, refusal.pointer)
    assert letter["detail"].endswith(".")


@acceptances
async def test_on_the_topic_what_the_language_allows_is_journalled_byte_for_byte(
    stack: Stack, customer: str, make: Make
) -> None:
    """The same limits hold on the topic: what is accepted over HTTP is accepted there."""
    first = good(customer, "first")
    body = make(first)
    await _produce(stack, customer, [encoded(first), body])
    assert await _bodies(stack, [encoded(first), body])
    assert not await stack.fetch("select 1 from dead_letters where key = $1", customer.encode())


async def test_an_unknown_type_is_kept_and_scores_nothing(stack: Stack, customer: str) -> None:
    """An event of a type that this version does not know leaves every sum at nought."""
    event = good(customer, "first") | {"type": "egard.moon.landed", "data": {"score": 0}}
    assert (await stack.post_raw(_array(encoded(event)))).status_code == 202
    await _journalled(stack, customer, [event["id"]])
    relationship = await _relationship(stack, customer)
    assert relationship["events"] == 1
    assert not any(relationship[name] for name in SUMS)


# -------------------------------------------------------------------------------- whole requests


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", None])
async def test_another_content_type_is_unsupported(stack: Stack, kind: str | None) -> None:
    """A request that is no CloudEvents is turned away with 415 and the types that are taken."""
    request = stack.http.build_request("POST", "/v1/events", content=b"[]")
    if kind is not None:
        request.headers["Content-Type"] = kind
    answer = await stack.http.send(request)
    assert answer.status_code == httpx.codes.UNSUPPORTED_MEDIA_TYPE
    assert answer.headers["content-type"] == PROBLEM
    assert "application/cloudevents-batch+json" in answer.headers["accept"]


@pytest.mark.parametrize("body", [b"", b"hello", b"{}", b"7", b"[", b"[{},]"])
async def test_a_body_that_is_no_array_is_refused_whole(stack: Stack, body: bytes) -> None:
    """Batched mode wants an array; anything else is one problem, with 400."""
    answer = await stack.post_raw(body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
    assert answer.json()["reason"] == "not_json"


async def test_an_empty_batch_is_accepted_and_does_nothing(stack: Stack) -> None:
    """Nothing to publish is no mistake."""
    answer = await stack.post_raw(b"[]")
    assert (answer.status_code, answer.json()) == (202, {"accepted": 0})


async def test_a_request_over_the_limit_is_too_large(stack: Stack, customer: str) -> None:
    """A request of a byte too many is turned away with 413; the largest one allowed is taken."""
    first = encoded(good(customer, "first"))
    room = MAX_REQUEST_BYTES - len(_array(first))
    answer = await stack.post_raw(_array(first) + b" " * (room + 1))
    assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM)
    answer = await stack.post_raw(_array(first) + b" " * room)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1})


async def test_a_request_with_too_many_events_is_too_large(stack: Stack, customer: str) -> None:
    """One element over the limit, however short, and the request is turned away with 413, all of it."""
    first = good(customer, "first")
    answer = await stack.post_raw(_array(encoded(first), *[b"0"] * MAX_EVENTS))
    assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM)
    assert f"{MAX_EVENTS + 1:,} events" in answer.json()["detail"]
    answer = await stack.post_raw(_array(encoded(first), *[b"0"] * (MAX_EVENTS - 1)))
    assert (answer.status_code, answer.json()["accepted"]) == (207, 1)
    assert len(answer.json()["refused"]) == MAX_EVENTS - 1


async def test_a_dry_run_that_is_asked_for_and_not_is_refused(stack: Stack, customer: str) -> None:
    """A parameter that is said twice is no clear word on whether to publish: 400, and nothing is."""
    first, last = good(customer, "first"), good(customer, "last")
    answer = await stack.post_raw(_array(encoded(first)), params=[("dry_run", "false"), ("dry_run", "true")])
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
    await stack.post_raw(_array(encoded(last)))
    await _journalled(stack, customer, [last["id"]])


async def test_an_unknown_query_parameter_is_refused(stack: Stack, customer: str) -> None:
    """A parameter that nobody reads may be a typing mistake: 400, and nothing is published."""
    first, last = good(customer, "first"), good(customer, "last")
    answer = await stack.post_raw(_array(encoded(first)), params={"dryrun": "true"})
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
    assert "`dryrun`" in answer.json()["detail"]
    await stack.post_raw(_array(encoded(last)))
    await _journalled(stack, customer, [last["id"]])


async def test_every_event_of_a_batch_may_be_refused(stack: Stack, customer: str) -> None:
    """Each refused event has a problem of its own, in order, with the id and source that it came with."""
    events = [good(customer, str(number)) | {"time": "yesterday"} for number in range(3)]
    answer = await stack.post_raw(_array(*map(encoded, events)))
    assert (answer.status_code, answer.json()["accepted"]) == (207, 0)
    said = [(one["index"], one["id"], one["source"]) for one in answer.json()["refused"]]
    assert said == [(index, event["id"], event["source"]) for index, event in enumerate(events)]


# --------------------------------------------------------------------- binary mode, hostile headers

BINARY = {
    "ce_specversion": b"1.0",
    "ce_source": b"/crm",
    "ce_type": b"egard.friction.met",
    "ce_time": b"2026-11-22T09:30:00+01:00",
    "content-type": b"application/json",
}

MISTAKES: dict[str, tuple[dict[str, bytes | None], bytes, str, str]] = {
    "no time": ({"ce_time": None}, b'{"what":"lost"}', "envelope_invalid", ""),
    "attributes that are no text": ({"ce_shelf": b"\xff"}, b'{"what":"lost"}', "envelope_invalid", "/shelf"),
    "data that is not JSON": ({}, b"lost", "not_json", "/data"),
    "data of another type": ({}, b'{"what":"bored"}', "data_invalid", "/data/what"),
    "data in another format": ({"content-type": b"text/xml"}, b"{}", "envelope_invalid", "/datacontenttype"),
    "no data": ({}, b"", "data_invalid", "/data"),
    "data deeper than anyone can follow": ({}, b"[" * 9000 + b"]" * 9000, "data_invalid", "/data"),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
async def test_in_binary_mode_the_same_is_refused(
    stack: Stack, customer: str, mistake: tuple[dict[str, bytes | None], bytes, str, str]
) -> None:
    """A record in binary mode is put together, judged alike, and buried with its headers if refused."""
    changes, value, reason, pointer = mistake
    wanted = BINARY | {"ce_id": b"1", "ce_subject": customer.encode()} | changes
    headers = [(name, text) for name, text in wanted.items() if text is not None]
    await _produce(stack, customer, [value], headers)
    last = good(customer, "last")
    await _produce(stack, customer, [encoded(last)])
    await _journalled(stack, customer, [last["id"]])
    [letter] = await stack.fetch("select * from dead_letters where key = $1", customer.encode())
    assert (letter["value"], letter["reason"], letter["pointer"]) == (value, reason, pointer)
    assert [name for name, _ in json.loads(letter["headers"])] == [name for name, _ in headers]


async def test_in_binary_mode_headers_become_attributes(stack: Stack, customer: str) -> None:
    """Headers and value of a record in binary mode make one event, extensions included, data untouched."""
    wanted = BINARY | {"ce_id": b"1", "ce_subject": customer.encode(), "ce_shelf": "à côté".encode()}
    await _produce(stack, customer, [b'{ "what":"lost", "x":1 }'], list(wanted.items()))
    await _journalled(stack, customer, ["1"])
    [row] = await stack.fetch("select body from journal where customer = $1", customer)
    event = json.loads(row["body"])
    assert (event["shelf"], event["source"]) == ("à côté", "/crm")
    assert b'{ "what":"lost", "x":1 }' in row["body"]


Headers = list[tuple[str, bytes | None]]

HOSTILE: dict[str, Headers] = {
    "a trace with U+0000": [("traceparent", b"00-\0")],
    "a trace that is none": [("traceparent", b"\xff" * 300)],
    "a trace without a value": [("traceparent", None)],
    "an attribute without a value": [("ce_specversion", None), ("ce_id", None)],
    "a name with U+0000": [("a\0", b"x")],
    "bytes of every kind": [("any", bytes(range(256)))],
    "the same name twice": [("twice", b"1"), ("twice", b"2")],
}


@pytest.mark.parametrize("headers", HOSTILE.values(), ids=HOSTILE)
async def test_no_header_stops_the_line(stack: Stack, customer: str, headers: Headers) -> None:
    """Whatever headers records have, what is acceptable is folded, causes and all, and the rest is buried."""
    told = good(customer, "told") | {
        "type": "egard.contact.retold",
        "data": {"contact_id": "1", "reason": "?"},
    }
    await _produce(stack, customer, [encoded(told), b"hello"], headers)
    last = good(customer, "last")
    await _produce(stack, customer, [encoded(last)])
    await _journalled(stack, customer, [told["id"], last["id"]])
    assert await stack.fetch("select 1 from causes where customer = $1", customer)
    [letter] = await stack.fetch("select * from dead_letters where key = $1", customer.encode())
    assert letter["value"] == b"hello"
    assert len(json.loads(letter["headers"])) == len(headers)


# --------------------------------------------------------------------------- what nobody could read again


def test_a_number_that_no_float_holds_is_a_refusal_beside_u_0000() -> None:
    """Bytes that no decoder can follow are refused like any others; nothing escapes into the projector."""
    body = replaced(b'"N"', b"1e999", note="N", more="\0")(good("anyone", "first"))
    now = int(datetime.now(UTC).timestamp() * 1000)
    assert prepare(0, 0, [Record(0, None, body, (), now)]).rejected


def test_what_was_accepted_can_be_read_again_from_anywhere() -> None:
    """What the gateway accepted can be decoded by whoever reads the journal, however deep in its calls."""
    body = replaced(b'"N"', b"[" * 900 + b"]" * 900, note="N")(good("anyone", "first"))

    def decoded(calls: int) -> Event:
        return decoded(calls - 1) if calls else decode(body, arrived=datetime.now(UTC))

    try:
        accepted = decoded(0)
    except Refused:
        return
    assert decoded(300) == accepted


# ------------------------------------------------------------------------------------------ helpers


def _array(*bodies: bytes) -> bytes:
    return b"[" + b",".join(bodies) + b"]"


async def _produce(
    stack: Stack, key: str, values: Sequence[bytes], headers: Sequence[tuple[str, bytes | None]] = ()
) -> list[tuple[int, int]]:
    """Publishes values under one key, and so in one partition; returns their places."""
    some: Any = headers  # a value may be missing, which ours never are
    outgoing = [Outgoing(INTERACTIONS, key.encode(), value, some) for value in values]
    return await stack.context.producer.publish(outgoing)


async def _journalled(stack: Stack, customer: str, ids: list[str]) -> None:
    """Waits until the last of these is in the journal; the customer then has these, and no other."""

    async def found() -> list[str]:
        rows = await stack.fetch(
            "select body from journal where customer = $1 order by kafka_offset", customer
        )
        return [json.loads(row["body"])["id"] for row in rows]

    async def arrived() -> bool:
        return ids[-1] in await found()

    await until(arrived)
    assert await found() == ids


async def _bodies(stack: Stack, bodies: list[bytes]) -> bool:
    """Waits until the journal holds these very bytes."""

    async def found() -> bool:
        rows = await stack.fetch("select 1 from journal where body = any ($1::bytea[])", bodies)
        return len(rows) == len(set(bodies))

    return await until(found)


async def _relationship(stack: Stack, customer: str) -> Any:
    [row] = await stack.fetch("select * from relationships where customer = $1", customer)
    return row
