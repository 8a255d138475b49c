"""Knots on a real database: live readings, looks back, explanations, route and page agree."""

from typing import Any

import pytest

from events import (
    ContactMissed,
    ContactRetold,
    ContactReturned,
    CustomerLinked,
    Event,
    EventRetracted,
    PerceptionStated,
    PraiseGiven,
    RecognitionOverlooked,
    RecognitionRemembered,
)
from projections.strategy import Strategy
from projections.whole import read_person
from services.insight.words import knots_english, knots_french
from services.runtime.settings import Language
from tests.integration.test_insight import (
    SAME,
    Client,
    Journal,
    Open,
    ago,
    ask,
    client,
    event,
    journal,
    opened,
)

__all__ = ["client", "journal", "opened"]

FIGURES = ("health", "recognition", "responsiveness", "confidence")


def told_again(subject: str) -> list[Event]:
    """A reason told for the third time, two days ago, beside a good memory before that."""
    return [
        event(subject, RecognitionRemembered(what="the dog"), ago(days=9)),
        event(subject, ContactRetold(contact_id="k1", reason="the bill"), ago(days=5)),
        event(subject, ContactRetold(contact_id="k2", reason="the bill"), ago(days=2)),
    ]


async def _everything(client: Client, customer: str, **query: Any) -> tuple[Any, Any, Any]:
    path = f"/v1/customers/{customer}"
    return (
        await ask(client, f"{path}/relationship", **query),
        await ask(client, f"{path}/explanation", **query),
        await ask(client, f"{path}/knots", **query),
    )


async def test_a_knot_is_in_the_reading_its_reasons_and_the_route(client: Client, journal: Journal) -> None:
    """The band is knotted, the points add up with a line of the knot's own, and the route has its way out."""
    events = told_again("anna")
    await journal.tell(*events)
    reading, why, knots = await _everything(client, "anna")
    assert reading["band"] == why["band"] == "knotted"
    assert abs(reading["health"] - why["health"]) < 1e-4
    assert abs(why["prior"] + sum(line["points"] for line in why["contributions"]) - why["health"]) <= SAME
    [line] = [line for line in why["contributions"] if line["kind"] == "knot"]
    assert [ref["id"] for ref in line["events"]] == [events[1].id, events[2].id]
    assert not [line for line in why["contributions"] if line["type"] == "egard.contact.retold"]
    assert knots["knots"] == why["knots"]
    [knot] = knots["knots"]
    assert (knot["kind"], knot["about"], knot["closed_at"]) == ("retelling", "the bill", None)
    assert [one["id"] for one in knot["evidence"]] == [events[1].id, events[2].id]
    assert knot["exit"] == knots_english.EXITS["retelling"]


async def test_a_look_back_knows_the_knots_of_then(
    client: Client, journal: Journal, strategy: Strategy
) -> None:
    """Before the third telling there is none; after it there is; once something is remembered, it was."""
    remembered = event("anna", RecognitionRemembered(what="the bill"), ago(days=1))
    events = [*told_again("anna"), remembered]
    await journal.tell(*events)
    for moment, open_then in ((ago(days=3), 0), (ago(days=1, hours=12), 1), (ago(hours=1), 0)):
        reading, why, knots = await _everything(client, "anna", at=moment.isoformat())
        plain = read_person(events, strategy, moment.timestamp())
        assert (reading["band"], why["band"]) == (plain.band, plain.band)
        assert all(abs(reading[name] - getattr(plain, name)) <= SAME for name in FIGURES)
        assert len([one for one in knots["knots"] if one["closed_at"] is None]) == open_then
    [was] = knots["knots"]
    assert was["closed_by"]["id"] == remembered.id
    reading, *_ = await _everything(client, "anna")
    assert reading["band"] != "knotted"


async def test_the_curve_passes_through_the_knot(client: Client, journal: Journal) -> None:
    """Point by point the curve is what a look back gives, band and all."""
    await journal.tell(*told_again("anna"), event("anna", PerceptionStated(health=90), ago(days=1)))
    drawn = await ask(client, "/v1/customers/anna/curve", days=10, points=11)
    assert {point["band"] for point in drawn["points"]} >= {"knotted"}
    for point in drawn["points"]:
        then = await ask(client, "/v1/customers/anna/relationship", at=point["time"])
        assert then["band"] == point["band"]
        assert abs(then["health"] - point["health"]) <= SAME


async def test_a_person_is_tied_under_every_id(client: Client, journal: Journal) -> None:
    """Told once under each of two ids of one person, a reason is told for the third time."""
    first, second = told_again("anna")[1:]
    other = event("visitor:7", ContactRetold(contact_id="k1", reason="the bill"), first.time)
    await journal.tell(other, second)
    await journal.tell(event("anna", CustomerLinked(alias="visitor:7"), ago(days=1)))
    for name in ("anna", "visitor:7"):
        _, _, knots = await _everything(client, name)
        [knot] = knots["knots"]
        assert {one["subject"] for one in knot["evidence"]} == {"anna", "visitor:7"}


async def test_what_was_taken_back_unties(client: Client, journal: Journal) -> None:
    """With the retraction of one of the tellings, the live reading has no knot."""
    events = told_again("anna")
    await journal.tell(*events)
    await journal.tell(event("anna", EventRetracted(source=events[2].source, id=events[2].id), ago(days=1)))
    reading, why, knots = await _everything(client, "anna")
    assert reading["band"] != "knotted"
    assert why["knots"] == knots["knots"] == []


async def test_calling_back_is_proposed_with_the_knot_that_it_unties(
    client: Client, journal: Journal
) -> None:
    """What a proposal says that it adds is what doing it adds, the knot untied and all."""
    missed = [
        event("anna", ContactMissed(contact_id=f"m{n}", cause="rang_out", channel="phone"), ago(hours=30 - n))
        for n in range(3)
    ]
    await journal.tell(event("anna", PraiseGiven(), ago(days=3)), *missed)
    before, why, _ = await _everything(client, "anna")
    best = why["would_raise_most"]
    assert (before["band"], best["mending"]) == ("knotted", "call_back")
    await journal.tell(event("anna", ContactReturned(contact_id=best["matter_id"], reached=True), ago()))
    after, *_ = await _everything(client, "anna")
    assert after["band"] != "knotted"
    assert abs(after["health"] - before["health"] - best["points"]) < 0.1


@pytest.mark.parametrize(("language", "module"), [("en", knots_english), ("fr", knots_french)])
async def test_the_page_names_the_knot_and_its_way_out(
    opened: Open, journal: Journal, language: Language, module: Any
) -> None:
    """In both languages: what it is called, what ties it, what unties it, and what it rests on."""
    await journal.tell(*told_again("anna"))
    async with opened(language) as visitor:
        page = (await visitor.get("/customers/anna")).text.replace("\N{NO-BREAK SPACE}", " ")
    assert 'id="knots"' in page
    for said in (module.NAMES["retelling"], module.TIED["retelling"], module.EXITS["retelling"]):
        assert said in page
    assert page.count('id="knot-1"') == 1


async def test_a_customer_without_knots_has_no_section(client: Client, journal: Journal) -> None:
    """Nothing is said of knots where there are none."""
    await journal.tell(told_again("anna")[0])
    assert 'id="knots"' not in (await client.get("/customers/anna")).text
    assert (await ask(client, "/v1/customers/anna/knots"))["knots"] == []


def test_both_languages_know_every_knot(strategy: Strategy) -> None:
    """Each kind has a name, what ties it and what unties it, in English and French, with the same gaps."""
    kinds = set(strategy.knots.__struct_fields__)
    for module in (knots_english, knots_french):
        assert module.NAMES.keys() == kinds
        assert module.TIED.keys() == module.EXITS.keys() == kinds | {"stated"}
    assert knots_english.TEXTS.keys() == knots_french.TEXTS.keys()


@pytest.mark.parametrize("days", [29, 31])
async def test_what_was_stated_long_ago_is_not_compared_any_more(
    client: Client, journal: Journal, strategy: Strategy, days: int
) -> None:
    """A live reading is that of all events, whether a statement may still tie a knot or has lost its time."""
    events = [
        *(event("anna", RecognitionOverlooked(how="cold"), ago(days=days, hours=n + 1)) for n in range(8)),
        event("anna", PerceptionStated(health=100), ago(days=days)),
        event("anna", ContactRetold(contact_id="k1", reason="the bill"), ago(days=2)),
    ]
    await journal.tell(*events)
    reading, _, knots = await _everything(client, "anna")
    plain = read_person(events, strategy, ago().timestamp())
    assert reading["band"] == plain.band
    assert (reading["band"] == "knotted") == (days == 29)
    assert len(knots["knots"]) == 1
