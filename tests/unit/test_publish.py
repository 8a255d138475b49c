"""`egard publish`: from lines to batches, and what becomes of them on the way."""

import asyncio
import json
import re
from codecs import BOM_UTF8
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from events import MAX_BODY_BYTES
from services.cli.inputs import opened
from services.cli.publish import publish
from services.cli.publishing.gateway import Gateway
from services.cli.publishing.lines import Splitter, accepted
from services.cli.publishing.patience import Patience, TryAgain
from services.cli.publishing.run import Run
from services.runtime.errors import Fatal

Answer = Callable[[list[dict[str, Any]]], httpx.Response]


def lines(count: int, customers: int = 3) -> str:
    """Numbered events of a few customers."""
    return "".join(json.dumps({"subject": f"c{n % customers}", "n": n}) + "\n" for n in range(count))


def accept(events: list[dict[str, Any]]) -> httpx.Response:
    """What a gateway says that takes everything."""
    return httpx.Response(202, json={"accepted": len(events)})


class Gateways:
    """A gateway played by a test: it notes what is posted, and answers as told."""

    def __init__(self, answer: Answer) -> None:
        self.posted: list[list[dict[str, Any]]] = []
        self.answer = answer
        self.under_way = 0
        self.most_under_way = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1/events"
        assert request.headers["content-type"] == "application/cloudevents-batch+json"
        events = json.loads(request.content)
        self.posted.append(events)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0.001)
        self.under_way -= 1
        return self.answer(events)


class Paths:
    """A gateway that takes everything, and notes where it was asked for."""

    def __init__(self) -> None:
        self.seen = set[str]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.add(request.url.path)
        return httpx.Response(202, json={"accepted": 1})


async def run(text: str | bytes, answer: Answer, tmp_path: Path, **how: int) -> tuple[Run, Gateways]:
    """Publishes a text to a played gateway."""
    (tmp_path / "life").write_bytes(text if isinstance(text, bytes) else text.encode())
    gateway, one = Gateways(answer), Run(Console(quiet=True), 20)
    target = Gateway("http://gateway.test/", httpx.MockTransport(gateway))
    with opened(tmp_path / "life") as source:
        shape = {"lanes": 4, "batch": 10, **how}
        await one.all_lines(
            source, target, None, Patience(5), lanes=shape["lanes"], batch=shape["batch"], bookmark=None
        )
    return one, gateway


async def test_several_batches_are_under_way_and_each_customer_keeps_their_order(tmp_path: Path) -> None:
    """Lanes share out customers, never the events of one customer."""
    one, gateway = await run(lines(1000, customers=40), accept, tmp_path)
    assert one.accepted == 1000
    assert 1 < gateway.most_under_way <= 4
    seen = defaultdict(list)
    for event in (event for batch in gateway.posted for event in batch):
        seen[event["subject"]].append(event["n"])
    assert sum(map(len, seen.values())) == 1000
    assert all(numbers == sorted(numbers) for numbers in seen.values())
    assert max(map(len, gateway.posted)) == 10


async def test_refused_events_are_counted_by_reason_with_the_line_they_stand_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The place in the posted array leads back to the line of the file, past blank and broken lines."""

    def answer(events: list[dict[str, Any]]) -> httpx.Response:
        refused = [
            {
                "index": index,
                "reason": "data_invalid",
                "detail": f"n{event['n']}",
                "title": "t",
                "status": 422,
            }
            for index, event in enumerate(events)
            if event["n"] % 2
        ]
        return httpx.Response(207, json={"accepted": len(events) - len(refused), "refused": refused})

    (tmp_path / "life").write_text(
        '{"subject":"a","n":0}\n\nnot json\n[1]\n{"n":1}\n{"subject":"a","n":3}\n{"subject":"b","n":5}'
    )
    gateway, one = Gateways(answer), Run(Console(stderr=True), 20)
    with opened(tmp_path / "life") as source:
        target = Gateway("http://gateway.test", httpx.MockTransport(gateway))
        await one.all_lines(source, target, None, Patience(5), lanes=1, batch=10)
    assert one.accepted == 1
    assert one.refused.by_reason == {"not_json": 1, "envelope_invalid": 2, "data_invalid": 2}
    said = capsys.readouterr().err
    for place in ("line 3: not_json", "line 4: envelope", "line 5: envelope", "line 6: data_invalid: n3"):
        assert place in said


async def test_refused_lines_are_shown_in_the_order_of_the_file_with_what_would_be_accepted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """However late an answer comes, its line is shown before those that stand below it."""

    def answer(events: list[dict[str, Any]]) -> httpx.Response:
        problems = [
            {"index": place, "reason": "data_invalid", "detail": "Wrong.", "accepted": "one of phone, email"}
            for place, event in enumerate(events)
            if event["n"] in (1, 4)
        ]
        return httpx.Response(207, json={"accepted": len(events) - len(problems), "refused": problems})

    events = [json.dumps({"subject": f"c{n}", "n": n}) for n in range(6)]
    text = "\n".join([*events[:3], "no", *events[3:], "nothing"])
    (tmp_path / "life").write_text(text)
    gateway, one = Gateways(answer), Run(Console(stderr=True), 3)
    with opened(tmp_path / "life") as source:
        target = Gateway("http://gateway.test", httpx.MockTransport(gateway))
        await one.all_lines(source, target, None, Patience(5), lanes=4, batch=1)
    said = capsys.readouterr().err.splitlines()
    assert [sentence.partition(":")[0] for sentence in said] == [
        "line 2",
        "line 4",
        "line 6",
        "Further ones are only counted.",
    ]
    assert said[0] == "line 2: data_invalid: Wrong. Accepted: one of phone, email."
    assert one.refused.count == 4


def test_a_summary_counts_one_event_and_says_that_the_journal_is_still_to_come(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One is no plural; accepted is what Kafka has, and nothing is said of it where nothing was accepted."""
    one = Run(Console(quiet=True), 20)
    one.print_summary()
    assert "Kafka" not in capsys.readouterr().out
    one.accepted = 1
    one.print_summary()
    said = capsys.readouterr().out
    assert said.startswith("1 event accepted, 0 refused, of 0 lines.\n")
    assert "`egard deadletters list`" in said


async def test_a_type_that_a_gateway_does_not_know_is_named_once_with_the_one_that_was_meant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was accepted, and is never scored: nobody would find out otherwise."""
    one, _ = await run(
        lines(30),
        lambda events: httpx.Response(
            202, json={"accepted": len(events), "unknown_types": ["egard.contact.atempted"]}
        ),
        tmp_path,
    )
    one.print_summary()
    said = capsys.readouterr().out
    assert said.count("egard.contact.atempted") == 1
    assert "did you mean egard.contact.attempted?" in said


@pytest.mark.parametrize(
    ("name", "slip"),
    [
        ("egard.contact.atempted", "egard.contact.atempted"),
        ("contact.attempted", "contact.attempted"),
        ("Egard.Contact.Attempted", "Egard.Contact.Attempted"),
        ("egard.contact.attempted", None),
        ("org.example.thing", None),
    ],
)
def test_on_the_way_to_kafka_a_slip_in_a_type_is_found_here(name: str, slip: str | None) -> None:
    """No gateway tells of it there; types of others are nobody's slip."""
    event = {"specversion": "1.0", "id": "1", "source": "/s", "type": name, "subject": "anna"}
    event |= {"time": "2026-01-12T10:00:00Z", "data": {"contact_id": "c", "channel": "phone"}}  # type: ignore[dict-item]
    assert accepted(1, json.dumps(event).encode()).slip == slip


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('  [{"subject": "a"}]', "is a JSON array"),
        ('[\n{"subject": "a"},\n{"subject": "b"}\n]\n', "is a JSON array"),
        (json.dumps({"subject": "a", "data": {"n": 1}}, indent=2), "breaks an event into lines"),
        ("n,who,at\n1,ada,2026-01-01\n", "for CSV, `egard import`"),
        ("nothing", "for CSV, `egard import`"),
        ("\ufeff\n\n[1]\n", "is a JSON array"),
    ],
)
def test_a_file_of_another_kind_is_told_in_one_sentence_and_nothing_is_published(
    text: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An array, an event over many lines and a CSV file are no long list of odd lines, shifted or not."""
    (tmp_path / "life").write_text(text)
    # Were anything published, it would be the sentence that nobody answers there.
    for shift in (None, "now"):
        assert publish(tmp_path / "life", to="http://127.0.0.1:1", shift_to=shift) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        (said,) = printed.err.splitlines()
        assert sentence in said


@pytest.mark.parametrize("first", ["no json", '{"n": 1', '{"subject":"a","x":"' + "y" * MAX_BODY_BYTES])
async def test_one_odd_line_at_the_beginning_does_not_condemn_the_file(first: str, tmp_path: Path) -> None:
    """A first line that is no event is refused like any other when events follow."""
    one, _ = await run(first + "\n" + lines(3), accept, tmp_path)
    assert one.accepted == 3
    assert one.refused.count == 1


@pytest.mark.parametrize("end", ["", "/", "/v1/events", "/v1/events/"])
async def test_the_address_may_end_with_the_route_of_events(end: str, tmp_path: Path) -> None:
    """Whoever copies the address from curl reaches the same gateway, by the same name."""
    target = Gateway("http://gateway.test/egard" + end, httpx.MockTransport(played := Paths()))
    assert target.name == "http://gateway.test/egard"
    (tmp_path / "life").write_text(lines(1))
    with opened(tmp_path / "life") as source:
        await Run(Console(quiet=True), 20).all_lines(source, target, None, Patience(5), lanes=1, batch=10)
    assert played.seen == {"/egard/v1/events"}


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (httpx.ConnectError(""), "(ConnectError)"),
        (httpx.ReadError("it is gone"), "(it is gone)"),
        (httpx.ReadTimeout(""), "(no answer within 30 s)"),
    ],
)
async def test_why_a_gateway_cannot_be_reached_is_never_left_blank(
    error: httpx.RequestError, why: str, tmp_path: Path
) -> None:
    """Where the system says nothing, at least the kind of failure is told."""

    def answer(events: list[dict[str, Any]]) -> httpx.Response:
        raise error

    with pytest.raises(Fatal, match=re.escape(f"cannot be reached {why}.")):
        await run(lines(1), answer, tmp_path)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_batch_that_is_not_taken_now_is_repeated_whole_after_the_time_asked_for(
    status: int, tmp_path: Path
) -> None:
    """Retry-After is honoured, nothing is lost, and the order of the batches stays."""
    refusals = iter([True, False, True])
    began = asyncio.get_running_loop().time()

    def answer(events: list[dict[str, Any]]) -> httpx.Response:
        if next(refusals, False):
            return httpx.Response(status, json={"detail": "wait"}, headers={"Retry-After": "0"})
        return accept(events)

    one, gateway = await run(lines(40), answer, tmp_path, lanes=1, batch=20)
    assert one.accepted == 40
    assert gateway.posted[0] == gateway.posted[1]
    assert gateway.posted[2] == gateway.posted[3]
    assert asyncio.get_running_loop().time() - began < 0.25  # shorter than our own first wait


@pytest.mark.parametrize("after", ["soon", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"])
async def test_a_time_to_wait_that_nobody_understands_is_our_own(after: str, tmp_path: Path) -> None:
    """Whatever stands in Retry-After, the batch is tried again."""
    refusals = iter([True])

    def answer(events: list[dict[str, Any]]) -> httpx.Response:
        if next(refusals, False):
            return httpx.Response(503, json={"detail": "wait"}, headers={"Retry-After": after})
        return accept(events)

    one, _ = await run(lines(5), answer, tmp_path)
    assert one.accepted == 5


async def test_a_lost_connection_is_tried_again_with_the_same_events(tmp_path: Path) -> None:
    """Once the gateway was reached, losing it is no reason to stop."""
    losses = iter([False, True, True])

    def answer(events: list[dict[str, Any]]) -> httpx.Response:
        if next(losses, False):
            raise httpx.ReadError("the connection is gone")
        return accept(events)

    one, gateway = await run(lines(40), answer, tmp_path, lanes=1, batch=20)
    assert one.accepted == 40
    assert gateway.posted[1] == gateway.posted[2] == gateway.posted[3]


async def test_one_event_that_spoils_its_batch_is_found_and_the_others_are_published(tmp_path: Path) -> None:
    """A batch that is refused whole is taken apart until the culprit stands alone."""

    def answer(events: list[dict[str, Any]]) -> httpx.Response:
        if any(event["n"] == 13 for event in events):
            return httpx.Response(400, json={"title": "Bad Request", "detail": "no"})
        return accept(events)

    one, _ = await run(lines(32), answer, tmp_path, batch=32)
    assert one.accepted == 31
    assert one.refused.by_reason == {"http_400": 1}


@pytest.mark.parametrize(
    ("response", "sentence"),
    [
        (httpx.Response(401, json={"detail": "no key"}), "answers 401: no key"),
        (httpx.Response(404, text="<html>"), "answers 404: Not Found"),
        (httpx.Response(202, text="<html>welcome"), "does not answer as a gateway does"),
        (
            httpx.Response(207, json={"accepted": 0, "refused": [{"index": 99}]}),
            "does not answer as a gateway",
        ),
        (httpx.Response(202, json={"accepted": 3}), "does not answer as a gateway"),
        (
            httpx.Response(207, json={"accepted": 9, "refused": [{"reason": "whose?"}]}),
            "does not answer as a gateway",
        ),
        (
            httpx.Response(207, json={"accepted": 8, "refused": [{"index": 1}, {"index": 1}]}),
            "does not answer as a gateway",
        ),
    ],
)
async def test_an_answer_that_no_retry_can_mend_ends_the_run_with_a_sentence(
    response: httpx.Response, sentence: str, tmp_path: Path
) -> None:
    """A wrong address or a missing right is told at once, and no line is settled by guessing."""

    def answer(events: list[dict[str, Any]]) -> httpx.Response:
        return response

    with pytest.raises(Fatal, match=sentence):
        await run(lines(10), answer, tmp_path, lanes=1)


async def test_a_key_goes_with_every_request_and_is_never_told(tmp_path: Path) -> None:
    """The key in the environment opens the gateway; no message shows it."""
    seen = set()

    async def answer(request: httpx.Request) -> httpx.Response:
        seen.add(request.headers["authorization"])
        return httpx.Response(403, json={"title": "Forbidden"})

    (tmp_path / "life").write_text(lines(10))
    target = Gateway("https://gateway.test", httpx.MockTransport(answer), key="egard_abc_secret")
    with opened(tmp_path / "life") as source, pytest.raises(Fatal) as fatal:
        await Run(Console(quiet=True), 20).all_lines(source, target, None, Patience(5), lanes=1, batch=10)
    assert seen == {"Bearer egard_abc_secret"}
    assert "secret" not in str(fatal.value)


@pytest.mark.parametrize(
    ("status", "key", "sentence"),
    [
        (401, None, "wants a key: set EGARD_KEY; `egard keys create --scope publish`"),
        (401, "wrong", "is not known there, or no longer: `egard keys create --scope publish`"),
        (403, "reads", "may not publish: `egard keys create --scope publish` makes one that may"),
    ],
)
async def test_an_answer_about_keys_says_how_to_make_one(
    status: int, key: str | None, sentence: str, tmp_path: Path
) -> None:
    """Whoever meets a locked gateway learns what to do, and the sentence fits what they have."""
    (tmp_path / "life").write_text(lines(1))
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json={"detail": "No."}))
    target = Gateway("http://localhost:8000", transport, key=key)
    with opened(tmp_path / "life") as source, pytest.raises(Fatal) as fatal:
        await Run(Console(quiet=True), 20).all_lines(source, target, None, Patience(5), lanes=1, batch=10)
    assert sentence in str(fatal.value)


@pytest.mark.parametrize(
    ("address", "insecure", "refused"),
    [
        ("https://egard.example.org", False, False),
        ("http://egard.example.org", False, True),
        ("http://10.0.0.7:8000", False, True),
        ("http://localhost.example.org", False, True),
        ("http://egard.example.org", True, False),
        ("http://localhost:8000", False, False),
        ("http://127.0.0.53:8000", False, False),
        ("http://[::1]:8000", False, False),
    ],
)
def test_a_key_does_not_cross_a_network_in_the_clear(address: str, insecure: bool, refused: bool) -> None:
    """Plain http is for this machine, unless whoever publishes says that the way is safe."""
    Gateway(address)
    if not refused:
        Gateway(address, key="egard_abc_secret", insecure=insecure)
        return
    with pytest.raises(Fatal, match="in the clear") as fatal:
        Gateway(address, key="egard_abc_secret", insecure=insecure)
    assert "secret" not in str(fatal.value)


def test_a_key_that_is_none_and_a_password_in_the_address_are_told_without_showing_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pasted line too much or a key in the wrong place is a sentence, not a header that breaks."""
    (tmp_path / "life").write_text(lines(1))
    assert publish(tmp_path / "life", to="http://key:hunter2@localhost:1") == 2
    monkeypatch.setenv("EGARD_KEY", "hunter2 and more")
    assert publish(tmp_path / "life", to="http://localhost:1") == 2
    said = capsys.readouterr().err
    assert "EGARD_KEY instead" in said
    assert "is not a key" in said
    assert "hunter2" not in said


def test_where_nobody_answers_nothing_is_published_and_the_exit_code_is_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence, no traceback, no summary of nothing."""
    (tmp_path / "life").write_text(lines(10))
    assert publish(tmp_path / "life", to="http://127.0.0.1:1") == 2
    assert publish(tmp_path / "life", to="gopher://x") == 2
    assert publish(tmp_path / "none") == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    said = printed.err.splitlines()
    assert [sentence.split(" ")[0] for sentence in said] == ["egard:"] * 3
    assert "cannot be reached" in said[0]
    assert "--to says where the gateway is" in said[0]


def test_patience_doubles_its_waits_and_ends() -> None:
    """Waits grow while nothing gets through, anything that does starts them anew, and there is an end."""
    now = 0.0
    patience = Patience(10, clock=lambda: now)
    for wait in (0.25, 0.5, 1.0, 2.0):
        patience.not_now(TryAgain("busy."))
        assert patience.wait == wait
        now += wait
    patience.got_through()
    patience.not_now(TryAgain("busy."))
    assert patience.wait == 0.25
    with pytest.raises(Fatal, match=r"busy\. Given up after 0 s\."):
        patience.not_now(TryAgain("busy.", after=11))


@given(
    st.lists(st.binary(max_size=6).map(lambda part: part.replace(b"\n", b"")) | st.just(b"\n"), max_size=30),
    st.integers(1, 9),
)
def test_lines_are_the_same_wherever_the_chunks_are_cut(parts: list[bytes], size: int) -> None:
    """A line that comes in pieces is one line with its own number."""
    text = b"".join(parts)
    splitter = Splitter()
    found = [one for at in range(0, len(text), size) for one in splitter.feed(text[at : at + size])]
    found += splitter.end()
    assert found == [
        (number, line.strip())
        for number, line in enumerate(text.removeprefix(BOM_UTF8).split(b"\n"), start=1)
        if line.strip()
    ]


async def test_a_line_longer_than_any_event_is_refused_and_not_held(tmp_path: Path) -> None:
    """However long a line, memory stays small, and the next line is read."""
    splitter = Splitter()
    for _ in range(1000):
        assert list(splitter.feed(b"x" * 100_000)) == []
    ((number, body),) = splitter.feed(b"x\n")
    assert number == 1
    assert MAX_BODY_BYTES < len(body) < 300_000
    text = b'{"subject":"a","x":"' + b"y" * MAX_BODY_BYTES * 4 + b'"}\n{"subject":"a","n":1}\n'
    one, _ = await run(text, accept, tmp_path)
    assert one.accepted == 1
    assert one.refused.by_reason == {"body_too_large": 1}
