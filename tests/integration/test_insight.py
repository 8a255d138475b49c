"""Insight on a real database: what it answers is what the journal amounts to, and its pages are harmless."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import quote

import httpx
import msgspec
import pytest
import pytest_asyncio

from events import (
    TYPES,
    ComplaintRaised,
    ContactAnswered,
    ContactAttempted,
    ContactMissed,
    ContactRetold,
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
    TeamShiftStarted,
    make,
)
from projections.outreach.looking import Ending
from projections.outreach.prompts import Withholding
from projections.strategy import Strategy
from projections.trigger_rules import Triggers
from services.desk import Desk
from services.insight import Insight
from services.insight.words import english, french
from services.insight.words.speaker import Speaker
from services.projector.batch import prepare
from services.projector.engine import Engine
from services.projector.positions import load
from services.projector.records import Record
from services.runtime.access import OPEN
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from services.runtime.producer import Producer
from services.runtime.service import Context
from services.runtime.settings import Language, Settings
from services.runtime.web import application

SAME = 1e-9

NOW = datetime.now(UTC).replace(microsecond=0)

Client = httpx.AsyncClient


def ago(**span: float) -> datetime:
    """An instant in the past."""
    return NOW - timedelta(**span)


def event(subject: str, data: Data, time: datetime, id: str | None = None) -> Event:  # noqa: A002
    """An event of a test, with an id of its own."""
    return make(data, subject=subject, source="/test", id=id or f"e{next(_ids):06}", time=time)


_ids = count(1)


class Journal:
    """Brings events to the database as the projector does, without Kafka."""

    def __init__(self, pool: Pool, strategy: Strategy) -> None:
        self._engine = Engine(pool, strategy, INTERACTIONS)
        self._next = 0

    async def tell(self, *events: Event) -> None:
        """Applies a batch."""
        await self.tell_raw(*(one.body for one in events))

    async def tell_raw(self, *bodies: bytes) -> None:
        """Applies a batch of bytes."""
        arrived = int(datetime.now(UTC).timestamp() * 1000)
        records = [Record(self._next + place, None, body, [], arrived) for place, body in enumerate(bodies)]
        applied = await self._engine.apply(prepare(0, self._next, records), 0)
        assert applied.refused == 0
        self._next += len(records)


@pytest_asyncio.fixture
async def journal(pool: Pool, strategy: Strategy) -> Journal:
    """A journal to tell events to."""
    await load(pool, INTERACTIONS, [0])
    return Journal(pool, strategy)


Open = Callable[[Language], Client]


@pytest_asyncio.fixture
async def opened(pool: Pool, strategy: Strategy) -> AsyncIterator[Open]:
    """Opens insight and the desk's page in a language."""

    def open_in(language: Language) -> Client:
        settings = Settings(
            kafka="nowhere:9092",
            database="postgres://nowhere/egard",
            access="open",
            language=language,
            customer_url="https://crm.example/{customer}",
        )
        context = Context(settings, strategy, pool, Producer(settings.kafka, client="test"))
        # The same ASGI, in other words: httpx and Litestar type it differently.
        app: Any = application([Insight(context), Desk(context)], OPEN)
        return Client(transport=httpx.ASGITransport(app), base_url="http://egard")

    yield open_in


@pytest_asyncio.fixture
async def client(opened: Open) -> AsyncIterator[Client]:
    """Insight in English."""
    async with opened("en") as client:
        yield client


async def ask(client: Client, path: str, **query: Any) -> Any:
    """The JSON of a route; it must answer 200."""
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def story(subject: str) -> list[Event]:
    """A long enough story: waits, promises, recognition and its lack, a matter still open."""
    return [
        event(subject, ContactAttempted(contact_id="k1", channel="phone", reason="the bill"), ago(days=80)),
        event(subject, ContactAnswered(contact_id="k1", by="human", waited_s=300), ago(days=80, minutes=-5)),
        event(subject, ContactRetold(contact_id="k1", reason="the bill"), ago(days=79)),
        event(subject, ContactRetold(contact_id="k1", reason="the bill"), ago(days=70)),
        event(subject, RecognitionRemembered(what="the dog"), ago(days=60)),
        event(subject, PromiseMade(promise_id="p1", what="refund", due=ago(days=40)), ago(days=50)),
        event(subject, PromiseKept(promise_id="p1"), ago(days=39)),
        event(subject, RecognitionOverlooked(how="cold"), ago(days=30)),
        event(subject, ComplaintRaised(complaint_id="c1"), ago(days=20)),
        event(subject, PromiseMade(promise_id="p2", what="call back", due=ago(hours=3)), ago(days=2)),
        event(subject, ContactAttempted(contact_id="k2", channel="phone"), ago(minutes=9)),
        event(subject, ContactMissed(contact_id="k2", cause="rang_out"), ago(minutes=8)),
    ]


# ------------------------------------------------------------------------------------------ the reading


async def test_the_live_reading_is_what_refolding_the_journal_gives(client: Client, journal: Journal) -> None:
    """Sums and open matters say now what the journal says of the same instant, within 1e-9."""
    for one in story("anna"):
        await journal.tell(one)
    live = await ask(client, "/v1/customers/anna/relationship")
    again = await ask(client, "/v1/customers/anna/relationship", at=live["taken_at"])
    assert (live["events"], live["revision"]) == (12, 12)
    assert (again["events"], again["revision"]) == (12, None)
    for name in ("health", "recognition", "responsiveness", "confidence", "trend"):
        assert again[name] == pytest.approx(live[name], abs=SAME)
    assert live["known"]
    assert live["band"] == again["band"]


async def test_a_look_back_knows_what_came_late_and_not_what_came_after(
    client: Client, journal: Journal
) -> None:
    """What is read of an instant holds every event that happened until then, whenever it arrived."""
    await journal.tell(event("anna", RecognitionRemembered(what="the dog"), ago(days=3)))
    await journal.tell(event("anna", RecognitionOverlooked(how="cold"), ago(days=1)))
    then = ago(days=2).isoformat()
    before = await ask(client, "/v1/customers/anna/relationship", at=then)
    assert before["events"] == 1
    assert before["health"] > 60
    await journal.tell(event("anna", RecognitionOverlooked(how="misnamed"), ago(days=2, hours=1)))
    after = await ask(client, "/v1/customers/anna/relationship", at=then)
    assert after["events"] == 2
    assert after["health"] < before["health"]


async def test_who_is_hardly_known_is_said_to_be_unknown(client: Client, journal: Journal) -> None:
    """Under the confidence floor the band is «unknown», and `known` is false; so it is before any event."""
    await journal.tell(event("anna", RecognitionRemembered(what="the dog"), ago(days=1)))
    now = await ask(client, "/v1/customers/anna/relationship")
    earlier = await ask(client, "/v1/customers/anna/relationship", at=ago(days=2).isoformat())
    assert (now["known"], now["band"]) == (False, "unknown")
    assert (earlier["known"], earlier["events"], earlier["confidence"]) == (False, 0, 0.0)


@pytest.mark.parametrize("view", ["relationship", "explanation", "timeline", "promises", "curve"])
async def test_whoever_was_never_heard_of_is_not_found(client: Client, journal: Journal, view: str) -> None:
    """A stranger, and an agent, whose relationship nobody reads, are 404 with a sentence."""
    await journal.tell(event("agent:eve", TeamShiftStarted(), ago(days=1)))
    for name in ("stranger", "agent:eve"):
        answer = await client.get(f"/v1/customers/{name}/{view}")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"] == f"No customer called {name!r} has been heard of."


@pytest.mark.parametrize("name", ["a/b", "/a//b/", "50%", "%2F", "é ö?#", "a b+c", "visitor:7", "<b>"])
async def test_any_id_can_be_asked_for(client: Client, journal: Journal, name: str) -> None:
    """An id is percent-encoded whole, slashes too, and comes back as it is."""
    await journal.tell(event(name, RecognitionRemembered(what="the dog"), ago(days=1)))
    path = f"/v1/customers/{quote(name, safe='')}"
    assert (await ask(client, f"{path}/relationship"))["customer"] == name
    assert (await ask(client, f"{path}/timeline"))["customer"] == name
    page = await client.get(f"/customers/{quote(name, safe='')}")
    assert page.status_code == 200


# -------------------------------------------------------------------------------------- the explanation


async def test_the_explanation_sums_to_the_reading_and_names_its_events(
    client: Client, journal: Journal
) -> None:
    """Prior and points are health within 1e-9; each line names its events, and a matter has one line."""
    events = story("anna")
    await journal.tell(*events)
    found = await ask(client, "/v1/customers/anna/explanation")
    lines = found["contributions"]
    total = found["prior"] + sum(line["points"] for line in lines)
    assert total == pytest.approx(found["health"], abs=SAME)
    at = await ask(client, "/v1/customers/anna/relationship", at=found["taken_at"])
    assert found["health"] == pytest.approx(at["health"], abs=SAME)
    kept = next(line for line in lines if line["matter_id"] == "p1")
    assert (kept["kind"], kept["state"], kept["type"]) == ("promise", "kept_late", None)
    assert {one["id"] for one in kept["events"]} == {events[5].id, events[6].id}
    assert kept["label"] == "Promise kept, but late: “refund”"


async def test_the_explanation_is_grouped_and_said_in_words(opened: Open, journal: Journal) -> None:
    """A missed call and its retelling are one group, on the page too; a look back says that it is one."""
    await journal.tell(
        event("anna", ContactAttempted(contact_id="k", channel="phone", reason="the parcel"), ago(days=3)),
        # Whoever calls on a Saturday at noon has not waited yet on Sunday; missed, it is bad at any hour.
        event("anna", ContactMissed(contact_id="k", cause="rang_out"), ago(days=3)),
        event("anna", ContactRetold(contact_id="k", reason="the parcel"), ago(days=2)),
        event("anna", RecognitionRemembered(what="the dog"), ago(days=1)),
    )
    async with opened("fr") as client:
        found = await ask(client, "/v1/customers/anna/explanation")
        then = await ask(client, "/v1/customers/anna/explanation", at=ago(days=2, minutes=-1).isoformat())
        page = (await client.get("/customers/anna")).text
        earlier = {"at": ago(days=2, minutes=-1).isoformat()}
        page_then = (await client.get("/customers/anna", params=earlier)).text
    assert [(one["kind"], one["name"]) for one in found["groups"]] == [
        ("contact", "k"),
        ("moments", "egard.recognition.remembered"),
    ]
    together = found["groups"][0]
    assert together["points"] == pytest.approx(
        sum(found["contributions"][place]["points"] for place in together["lines"]), abs=SAME
    )
    assert "Contact k" in together["label"]
    assert "aujourd’hui" in found["in_words"][0]
    assert "alors" in then["in_words"][0]
    assert len(then["groups"]) == 1
    for shown in (page, page_then):
        assert "Contact k" in shown
        assert "Ce qui pèse le plus sur elle" in shown


async def test_what_would_raise_health_most_really_does(client: Client, journal: Journal) -> None:
    """The promise that is proposed to be kept, once kept, raises health by what was said."""
    await journal.tell(*story("anna"))
    found = await ask(client, "/v1/customers/anna/explanation")
    best = found["would_raise_most"]
    assert best == found["would_raise"][0]
    promise = next(one for one in found["would_raise"] if one["mending"] == "keep_promise")
    assert promise["label"] == "Keep the promise: “call back”"
    at = datetime.fromisoformat(found["taken_at"])
    await journal.tell(event("anna", PromiseKept(promise_id=promise["matter_id"]), at))
    after = await ask(client, "/v1/customers/anna/relationship", at=found["taken_at"])
    assert after["health"] - found["health"] == pytest.approx(promise["points"], abs=SAME)


# ----------------------------------------------------------------------------- timeline, ledger, curve


async def test_the_timeline_goes_through_everything_once_newest_first(
    client: Client, journal: Journal
) -> None:
    """Pages follow the order of the language, also within one instant, and neither repeat nor skip."""
    same = ago(days=5)
    events = [
        *story("anna"),
        *(event("anna", RecognitionRemembered(what=str(number)), same) for number in range(7)),
        *(
            event("anna", ContactAttempted(contact_id=str(number), channel="phone"), same)
            for number in range(4)
        ),
    ]
    await journal.tell(*events)
    seen: list[str] = []
    address: str | None = "/v1/customers/anna/timeline?limit=3"
    while address is not None:
        answer = await client.get(address)
        seen += [one["id"] for one in answer.json()["events"]]
        found = re.search(r"<(.+)>; rel=\"next\"", answer.headers.get("link", ""))
        address = found[1] if found else None
    wanted = sorted(events, key=lambda one: one.order, reverse=True)
    assert seen == [one.id for one in wanted]


async def test_the_timeline_shows_data_as_published_and_types_it_does_not_know(
    client: Client, journal: Journal
) -> None:
    """Fields and types beyond our language are shown as they came, and known types are told apart."""
    body = {
        "specversion": "1.0", "id": "u1", "source": "/elsewhere", "subject": "anna",
        "type": "egard.weather.changed", "time": ago(days=1).isoformat(), "data": {"to": ["rain", 1.50]},
    }  # fmt: skip
    kept = {
        **body,
        "id": "u2",
        "type": "egard.recognition.thanked",
        "data": {"occasion": "x", "extra": {"a": 1}},
    }
    await journal.tell_raw(msgspec.json.encode(body), msgspec.json.encode(kept))
    thanked, weather = (await ask(client, "/v1/customers/anna/timeline"))["events"][::-1]
    thanked, weather = sorted([thanked, weather], key=lambda one: str(one["type"]))
    assert (thanked["known"], thanked["data"]) == (True, {"occasion": "x", "extra": {"a": 1}})
    assert (weather["known"], weather["data"]) == (False, {"to": ["rain", 1.5]})
    assert weather["label"] == "egard.weather.changed"


async def test_what_was_retracted_is_shown_as_taken_back(client: Client, journal: Journal) -> None:
    """A retracted event stays in the timeline, and says so."""
    wrong = event("anna", RecognitionOverlooked(how="cold"), ago(days=1))
    await journal.tell(wrong)
    await journal.tell(event("anna", EventRetracted(source=wrong.source, id=wrong.id), NOW))
    found = (await ask(client, "/v1/customers/anna/timeline"))["events"]
    assert [one["retracted"] for one in found] == [False, True]


async def test_what_is_contested_is_shown_and_counts_for_nothing(client: Client, journal: Journal) -> None:
    """Timeline and explanation name what the customer contests, and what was taken back, and by what."""
    cold = event("anna", RecognitionOverlooked(how="cold"), ago(days=9))
    warm = event("anna", RecognitionRemembered(what="the dog"), ago(days=8))
    missed = event("anna", ContactMissed(contact_id="k", cause="rang_out"), ago(days=7))
    contest = event("anna", RecordContested(about="k", reason="I never called"), ago(days=6))
    taken_back = event("anna", EventRetracted(source=cold.source, id=cold.id), ago(days=5))
    nothing = event("anna", RecordContested(about="nothing we know"), ago(days=4))
    await journal.tell(cold, warm, missed, contest, taken_back, nothing)
    found = (await ask(client, "/v1/customers/anna/timeline"))["events"][::-1]
    assert [one["id"] for one in found if one["retracted"]] == [cold.id]
    assert [one["id"] for one in found if one["contested"]] == [missed.id]
    assert found[-1]["label"] == "The customer contests what is held: “nothing we know”"
    why = await ask(client, "/v1/customers/anna/explanation")
    assert [(one["id"], one["retracted"], one["contested"], one["because"]) for one in why["set_aside"]] == [
        (cold.id, True, False, [{"source": taken_back.source, "id": taken_back.id}]),
        (missed.id, False, True, [{"source": contest.source, "id": contest.id}]),
    ]
    assert [line["type"] for line in why["contributions"]] == ["egard.recognition.remembered"]
    assert why["prior"] + sum(one["points"] for one in why["contributions"]) == pytest.approx(
        why["health"], abs=SAME
    )
    then = await ask(client, "/v1/customers/anna/explanation", at=ago(days=6, minutes=1).isoformat())
    assert then["set_aside"] == []


async def test_the_page_says_what_is_contested(opened: Open, journal: Journal) -> None:
    """In either language the page marks what was taken back or is contested; before, it does not."""
    cold = event("anna", RecognitionOverlooked(how="cold"), ago(days=9))
    missed = event("anna", ContactMissed(contact_id="k", cause="rang_out"), ago(days=9))
    contest = event("anna", RecordContested(about="k"), ago(days=3))
    taken_back = event("anna", EventRetracted(source=cold.source, id=cold.id), ago(days=3))
    await journal.tell(cold, missed, contest, taken_back)
    marks: dict[Language, list[str]] = {"en": ["taken back", "contested"], "fr": ["retiré", "contesté"]}
    for language, words in marks.items():
        async with opened(language) as client:
            now = (await client.get("/customers/anna")).text
            then = (await client.get("/customers/anna", params={"day": ago(days=6).date().isoformat()})).text
        for word in words:
            # Once in the timeline, once in the list of what is set aside.
            assert now.count(f">{word}</span>") == 2
            assert f">{word}</span>" not in then


async def test_the_ledger_says_where_each_promise_stands(client: Client, journal: Journal) -> None:
    """What is owed comes first, by its due; what is over follows, the latest first."""
    soon = NOW + timedelta(days=1)
    made = [
        event("anna", PromiseMade(promise_id=name, what=f"do {name}", due=due), ago(days=9))
        for name, due in {
            "open": soon, "overdue": ago(days=1), "kept": ago(days=5), "late": ago(days=5),
            "broken": ago(days=5), "released": ago(days=5), "moved": ago(days=5),
        }.items()
    ]  # fmt: skip
    await journal.tell(
        *made,
        event("anna", PromiseKept(promise_id="kept"), ago(days=6)),
        event("anna", PromiseKept(promise_id="late"), ago(days=3)),
        event("anna", PromiseBroken(promise_id="broken"), ago(days=4)),
        event("anna", PromiseReleased(promise_id="released"), ago(days=8)),
        event("anna", PromiseRenegotiated(promise_id="moved", due=soon, agreed=True), ago(days=7)),
    )
    found = (await ask(client, "/v1/customers/anna/promises"))["promises"]
    assert [(one["promise_id"], one["state"]) for one in found] == [
        ("overdue", "overdue"),
        ("moved", "renegotiated"),
        ("open", "open"),
        ("late", "kept_late"),
        ("broken", "broken"),
        ("kept", "kept"),
        ("released", "released"),
    ]
    assert datetime.fromisoformat(found[1]["due"]) == soon


async def test_each_point_of_the_curve_is_the_reading_of_its_instant(
    client: Client, journal: Journal
) -> None:
    """One pass over the journal gives what a look back gives at every single point."""
    wrong = event("anna", RecognitionOverlooked(how="misnamed"), ago(days=35))
    taken_back = event("anna", EventRetracted(source=wrong.source, id=wrong.id), ago(days=15))
    contest = event("anna", RecordContested(about="p1"), ago(days=25))
    given_back = event("anna", EventRetracted(source=contest.source, id=contest.id), ago(days=6))
    await journal.tell(*story("anna"), wrong, taken_back, contest, given_back)
    points = (await ask(client, "/v1/customers/anna/curve", days=90, points=10))["points"]
    assert len(points) == 10
    assert points[0]["band"] == "unknown"
    for point in points:
        then = await ask(client, "/v1/customers/anna/relationship", at=point["time"])
        assert point["health"] == pytest.approx(then["health"], abs=SAME)
        assert point["confidence"] == pytest.approx(then["confidence"], abs=SAME)
        assert point["band"] == then["band"]


# -------------------------------------------------------------------------------------------- the lists


async def _some(journal: Journal) -> None:
    for number in range(5):
        kind: Data = RecognitionRemembered(what="x") if number % 2 else RecognitionOverlooked(how="cold")
        await journal.tell(
            *(event(f"c{number}", kind, ago(hours=number + 1)) for _ in range(2 * number + 1)),
            event("agent:eve", TeamShiftStarted(), ago(hours=1)),
        )


async def test_pages_of_relationships_hold_everyone_once(client: Client, journal: Journal) -> None:
    """Following `rel=next` lists every customer by id, none twice, no agent; each says when it was taken."""
    await _some(journal)
    seen: list[str] = []
    address: str | None = "/v1/relationships?limit=2&min_confidence=0.0"
    while address is not None:
        answer = await client.get(address)
        page = answer.json()["relationships"]
        assert all(datetime.fromisoformat(one["taken_at"]) >= NOW for one in page)
        seen += [one["customer"] for one in page]
        found = re.search(r"<(.+)>; rel=\"next\"", answer.headers.get("link", ""))
        assert (found is None) == (answer.json()["next_page_token"] is None)
        address = found[1] if found else None
    assert seen == ["c0", "c1", "c2", "c3", "c4"]


async def test_relationships_are_filtered_by_band_confidence_and_change(
    client: Client, journal: Journal
) -> None:
    """Each filter leaves what fits it, and several bands may be named."""
    await _some(journal)
    everyone = (await ask(client, "/v1/relationships"))["relationships"]

    async def named(**query: Any) -> list[str]:
        return [one["customer"] for one in (await ask(client, "/v1/relationships", **query))["relationships"]]

    for band in ("unknown", "steady", "strained"):
        assert await named(band=band) == [one["customer"] for one in everyone if one["band"] == band]
    both = [one["customer"] for one in everyone if one["band"] in ("unknown", "steady")]
    assert await named(band=["unknown", "steady"]) == both
    assert await named(min_confidence=0.3) == [
        one["customer"] for one in everyone if one["confidence"] >= 0.3
    ]
    last = max(one["changed_at"] for one in everyone)
    assert await named(changed_since=last) == ["c4"]


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/v1/relationships?band=cheerful", "`band` is 'cheerful', which is no band; there are thriving, "),
        ("/v1/relationships?min_confidence=2", "`min_confidence` is '2', which is not a number from 0 to 1."),
        ("/v1/relationships?min_confidence=nan", "`min_confidence` is 'nan', which is not a number"),
        ("/v1/relationships?limit=0", "`limit` is '0', which is not a whole number from 1 to 1000."),
        ("/v1/relationships?limit=many", "`limit` is 'many', which is not a whole number from 1 to 1000."),
        ("/v1/relationships?page_token=x", "`page_token` is not one that this service gave."),
        ("/v1/relationships?page_token=WyJcdTAwMDAiXQ", "`page_token` is not one that this service gave."),
        ("/v1/relationships?changed_since=yesterday", "`changed_since` is 'yesterday', which is not an RFC"),
        ("/v1/customers/anna/relationship?at=2026-01-01", "`at` is '2026-01-01', which is not an RFC 3339 "),
        ("/v1/customers/anna/relationship?at=2026-01-01T00:00:00", "`at` is '2026-01-01T00:00:00', which is"),
        ("/v1/customers/anna/explanation?at=9999-01-01T00:00:00Z", "`at` is '9999-01-01T00:00:00Z', which "),
        ("/v1/customers/anna/timeline?before=zzz", "`before` is not one that this service gave."),
        ("/v1/customers/anna/timeline?before=WzFlMzAwLDEsIiIsIiJd", "`before` is not one that this service"),
        ("/v1/customers/anna/curve?points=1", "`points` is '1', which is not a whole number from 2 to 500."),
        ("/customers/anna?day=tomorrow", "`day` is 'tomorrow', which is not a day such as 2026-11-22."),
    ],
)
async def test_a_parameter_that_cannot_be_used_is_refused_with_a_sentence(
    client: Client, address: str, sentence: str
) -> None:
    """400, as a problem that says which parameter, what it was and what it can be."""
    answer = await client.get(address)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith(sentence)


async def test_a_plus_sign_that_arrives_as_a_space_is_still_an_offset(
    client: Client, journal: Journal
) -> None:
    """An offset pasted into an address without encoding means what it says."""
    await journal.tell(event("anna", RecognitionRemembered(what="x"), ago(days=300)))
    answer = await client.get("/v1/customers/anna/relationship?at=2026-11-22T10:00:00+01:00")
    assert answer.json()["taken_at"] == "2026-11-22T09:00:00Z"


# ------------------------------------------------------------------------------------------- the pages

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


async def test_hostile_words_stay_words(client: Client, journal: Journal) -> None:
    """Whatever customers and publishers write is shown as text, in ids, data and unknown types."""
    unknown = {
        "specversion": "1.0", "id": HOSTILE, "source": quote(HOSTILE), "subject": HOSTILE,
        "type": HOSTILE, "time": ago(days=1).isoformat(), "data": {HOSTILE: HOSTILE},
    }  # fmt: skip
    await journal.tell(
        event(HOSTILE, PromiseMade(promise_id="p", what=HOSTILE, due=ago(hours=1)), ago(days=2)),
        event(HOSTILE, ContactRetold(contact_id="k", reason=HOSTILE), ago(days=1)),
    )
    await journal.tell_raw(msgspec.json.encode(unknown))
    for address in (
        f"/customers/{quote(HOSTILE, safe='')}",
        "/insight",
        f"/insight?customer={quote(HOSTILE)}",
    ):
        page = await client.get(address)
        assert page.status_code == 200
        assert "alert(1)" in page.text
        assert "<script>alert" not in page.text
        assert "<img" not in page.text


@pytest.mark.parametrize("address", ["/insight", "/customers/anna", "/customers/nobody", "/desk"])
async def test_pages_let_no_foreign_script_run_and_are_kept_by_nobody(
    client: Client, journal: Journal, address: str
) -> None:
    """Only scripts that we serve run, and the pages hold none inline."""
    await journal.tell(*story("anna"))
    page = await client.get(address)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self';" in policy
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    assert not re.search(r"<script(?![^>]*\bsrc=)", page.text)
    assert not re.search(r"\s(style|on\w+)=", page.text)


async def test_a_customers_page_tells_the_whole_story(client: Client, journal: Journal) -> None:
    """The reading in words, what would raise it, the curve, the reasons, the promises and the events."""
    await journal.tell(*story("anna"))
    reading = await ask(client, "/v1/customers/anna/relationship")
    text = (await client.get("/customers/anna")).text
    assert f"Health is {reading['health']:.1f} of 100" in text
    assert "Keep the promise: “call back”" in text
    assert "Promise kept, but late: “refund”" in text
    assert text.count('<path class="curve') >= 1
    assert "https://crm.example/anna" in text
    assert 'data-watch="/v1/customers/anna/relationship"' in text


async def test_a_customers_page_can_look_back_to_a_day(client: Client, journal: Journal) -> None:
    """The end of a past day shows what is known now about then, and nothing that came after."""
    await journal.tell(*story("anna"))
    text = (await client.get("/customers/anna", params={"day": ago(days=45).date().isoformat()})).text
    assert "what we know now about then" in text
    assert "“refund”" in text
    assert "“call back”" not in text
    assert "live.js" not in text


async def test_the_list_counts_bands_and_filters(client: Client, journal: Journal) -> None:
    """Counts are of everyone; the table holds what the filter leaves."""
    await _some(journal)
    everything = (await client.get("/insight")).text
    some = (await client.get("/insight", params={"customer": "c3", "min_confidence": "", "band": ""})).text
    assert everything.count('href="/customers/c') == 5
    assert "agent:eve" not in everything
    assert re.findall(r'href="/customers/(c\d)"', some) == ["c3"]


async def test_pages_speak_the_language_of_the_house(opened: Open, journal: Journal) -> None:
    """With French set, pages and labels are French, and say so."""
    await journal.tell(*story("anna"))
    async with opened("fr") as client:
        text = (await client.get("/customers/anna")).text
        found = await ask(client, "/v1/customers/anna/explanation")
    assert '<html lang="fr">' in text
    assert "Ce qui la relèverait le plus" in text
    labels = [line["label"] for line in found["contributions"]]
    assert "Promesse tenue, mais en retard\u00a0: «\u00a0refund\u00a0»" in labels


def test_both_languages_say_everything() -> None:
    """Every type, closed value, trigger and state has words in both languages, with the same gaps to fill."""
    closed = {
        value
        for cls in TYPES.values()
        for kind in get_type_hints(cls).values()
        for literal in (kind, *get_args(kind))
        if get_origin(literal) is Literal
        for value in get_args(literal)
    }
    decided = {*Triggers.__struct_fields__, *get_args(Withholding), *get_args(Ending)}
    assert closed - {"customer", "agent"} <= english.VALUES.keys()
    assert decided <= english.OUTREACH.keys()
    assert english.EVENTS.keys() == TYPES.keys()
    for name in (
        "EVENTS",
        "VALUES",
        "OUTREACH",
        "STATES",
        "LEDGER",
        "MENDING",
        "BANDS",
        "DIMENSIONS",
        "TEXTS",
    ):
        ours, theirs = getattr(english, name), getattr(french, name)
        assert ours.keys() == theirs.keys()
        for key, text in ours.items():
            assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", theirs[key])), key


def test_lists_name_a_trigger_and_a_channel_in_words() -> None:
    """A name that stands in a cell by itself is said as it is in a sentence, and an unknown one as it is."""
    speaker = Speaker("en", "Europe/Paris")
    assert [speaker.word(name) for name in ("knot_opened", "phone", "new")] == [
        "a knot had formed",
        "by phone",
        "new",
    ]


def test_lengths_in_days_are_whole_words() -> None:
    """Nobody was heard of 0 days ago, or 1 days; many days stay days."""
    english, french = Speaker("en", "Europe/Paris"), Speaker("fr", "Europe/Paris")
    assert [english.ago(days) for days in (0.4, 1, 45)] == ["less than a day ago", "1 day ago", "45 days ago"]
    assert [french.ago(days) for days in (0.4, 1)] == ["il y a moins d’un jour", "il y a 1 jour"]
    assert [english.days(days) for days in (1, 5.2)] == ["1 day", "5 days"]


async def test_shared_assets_are_served_once_and_kept_by_browsers(client: Client) -> None:
    """Under the address that a page names they never change; asked again, they are not sent again."""
    page = (await client.get("/insight")).text
    for address in re.findall(r'(?:src|href)="(/assets/[^"]+)"', page):
        first = await client.get(address)
        assert first.status_code == 200
        assert "immutable" in first.headers["cache-control"]
        again = await client.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert (await client.get("/assets/style.css")).headers["cache-control"] == "no-cache"
    assert (await client.get("/assets/nothing.js")).status_code == 404
