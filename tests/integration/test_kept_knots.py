"""Readings that are kept know the knots that live ones know, as events come, and as time passes."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import (
    ContactAttempted,
    ContactMissed,
    ContactRetold,
    ContactReturned,
    CustomerErased,
    CustomerLinked,
    CustomerUnlinked,
    Data,
    Event,
    EventRetracted,
    JudgementMade,
    PerceptionStated,
    PraiseGiven,
    PromiseMade,
    RecognitionRemembered,
    make,
)
from projections.reading import Reading
from projections.strategy import Strategy
from services.clock.rounds import Rounds
from services.insight.archive import Archive
from services.projector.batch import prepare
from services.projector.engine import Engine
from services.projector.positions import load
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from tests.integration.as_of.telling import emptied, go_round
from tests.integration.identity.told import NOW, assert_verified, records, told
from tests.integration.rebuilding.anew import assert_same as assert_rows
from tests.integration.rebuilding.anew import kept, rebuild
from tests.unit.histories import SHIPPED, accepted, assert_same
from tests.unit.knots.lives import lives
from tests.unit.test_score_readings import plain_reading

CUSTOMERS = ("anna", "visitor:7")
_DATES = ("due", "until")


def _moved(event: Event, by: timedelta) -> Event:
    """The same event at another time, with the dates that it names."""
    data: Data | None = event.data
    assert data is not None
    dates = {name: getattr(data, name) + by for name in _DATES if hasattr(data, name)}
    return make(
        msgspec.structs.replace(data, **dates),
        subject=event.subject,
        source=event.source,
        id=event.id,
        time=event.time + by,
    )


@st.composite
def recent(draw: st.DrawFn) -> list[Event]:
    """A life that ended some days ago, in any order, whose two ids may have been linked, and parted again."""
    life = [one for one in draw(lives()) if not isinstance(one.data, CustomerErased)]
    last = max((event.time for event in life), default=NOW)
    for number, kind in enumerate(
        draw(st.sampled_from([(), (CustomerLinked,), (CustomerLinked, CustomerUnlinked)]))
    ):
        life.append(make(kind(alias="visitor:7"), subject="anna", source="links", id=str(number), time=last))
    ended = NOW - timedelta(days=draw(st.sampled_from([0, 1, 3, 20, 29, 44])))
    return draw(st.permutations([_moved(event, ended - last) for event in life]))


async def _rows(pool: Pool) -> dict[str, Any]:
    return {row["customer"]: row for row in await pool.fetch("select * from relationships")}


def _assert_as_all(known: Sequence[Event], row: Any) -> None:
    """A row holds the reading that all events give at its instant."""
    plain = plain_reading(known, row["customer"], row["taken_at"].timestamp())
    assert_same(Reading(**{name: row[name] for name in plain.__struct_fields__}), plain, SHIPPED)
    assert (row["band"] == "knotted") == (plain.band == "knotted")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(recent(), st.sets(st.integers(0, 60), max_size=6), st.lists(st.floats(0, 80), max_size=3))
async def test_kept_readings_are_live_ones_always(
    pool: Pool, database_url: str, strategy: Strategy, life: list[Event], cuts: set[int], days: list[float]
) -> None:
    """For any history in any batches: as events come, when the clock goes round, and after a rebuild."""
    journal = await emptied(pool, strategy)
    edges = [0, *sorted(cut for cut in cuts if cut < len(life)), len(life)]
    for first, last in pairwise(edges):
        if first < last:
            await journal.tell(*life[first:last])
            for row in (await _rows(pool)).values():
                _assert_as_all(accepted(life[:last]), row)
    known = accepted(life)
    archive = Archive(pool, strategy)
    for name, row in (await _rows(pool)).items():
        live = await archive.live(name)
        assert (live.band == "knotted") == (row["band"] == "knotted")
    await assert_verified(database_url)
    before = await kept(pool)
    done = await rebuild(database_url, strategy)
    assert_rows(before, await kept(pool))
    assert done.changed == 0
    for day in sorted(days):
        when = datetime.now(UTC) + timedelta(days=day)
        await go_round(pool, strategy, when)
        for row in (await _rows(pool)).values():
            _assert_as_all(known, row)
            then = plain_reading(known, row["customer"], when.timestamp())
            # Numbers fade, and are as old as their row says; a knot opens and closes at its time.
            if then.confidence >= SHIPPED.confidence_floor + 0.1:
                assert (row["band"] == "knotted") == (then.band == "knotted")


async def _kept(pool: Pool, customer: str) -> Any:
    return (await _rows(pool))[customer]


def _retold(*hours: float, subject: str = "anna") -> list[Event]:
    return [told(subject, one, ContactRetold(contact_id=f"c{one}", reason="the bill")) for one in hours]


async def test_the_third_telling_is_kept_and_announced_as_a_knot(pool: Pool, strategy: Strategy) -> None:
    """Lists and announcements say so from the batch that ties it to the one that unties it."""
    journal = await emptied(pool, strategy)
    await journal.tell(told("anna", 99, PraiseGiven()), *_retold(50))
    assert (await _kept(pool, "anna"))["band"] != "knotted"
    tying = await journal.tell(*_retold(20))
    assert [one.taken.reading.band for one in tying.told] == ["knotted"]
    assert (await _kept(pool, "anna"))["band"] == "knotted"
    await journal.tell(told("anna", 10, RecognitionRemembered(what="the bill")))
    assert (await _kept(pool, "anna"))["band"] != "knotted"


async def test_time_alone_ties_and_unties_what_is_kept(pool: Pool, strategy: Strategy) -> None:
    """Three attempts that nobody answers are a knot after some days, and one no longer after some weeks."""
    journal = await emptied(pool, strategy)
    calls = [
        told("anna", hour, ContactAttempted(contact_id=str(hour), channel="phone")) for hour in (1, 2, 3)
    ]
    await journal.tell(told("anna", 99, PraiseGiven()), *calls)
    tied, faded = NOW + timedelta(days=3, hours=-1), NOW + timedelta(days=33, hours=-1)
    assert (await _kept(pool, "anna"))["knots_due_at"] == tied
    # A minute before, each is renewed for its age: a minute later it is so for the knot alone.
    for when, knotted, due in (
        (tied - timedelta(minutes=1), None, tied),
        (tied, True, faded),
        (faded - timedelta(minutes=1), True, faded),
        (faded, None, None),
    ):
        await go_round(pool, strategy, when)
        row = await _kept(pool, "anna")
        assert (row["taken_at"], row["knotted"], row["knots_due_at"]) == (when, knotted, due)


async def test_a_person_is_tied_under_every_id_and_parted_again(pool: Pool, strategy: Strategy) -> None:
    """With the link both ids are kept as knotted, and without it neither is."""
    journal = await emptied(pool, strategy)
    await journal.tell(*_retold(50), *_retold(20, subject="visitor:7"))
    for kind, band in ((CustomerLinked, "knotted"), (CustomerUnlinked, None)):
        await journal.tell(told("anna", 1 if band else 0, kind(alias="visitor:7")))
        for name in CUSTOMERS:
            row = await _kept(pool, name)
            assert (row["band"] == "knotted", row["knotted"]) == (band == "knotted", band and True)


async def test_two_projectors_who_meet_in_one_person_tie_the_knot_together(
    pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """What each brings of another id at once is one story to whoever comes second."""
    journal = await emptied(pool, strategy)
    await journal.tell(told("anna", 99, CustomerLinked(alias="visitor:7")))
    await load(pool, INTERACTIONS, [1, 2])
    batches = [
        prepare(partition, 0, records(_retold(50 - partition, subject=name)))
        for partition, name in enumerate(CUSTOMERS, start=1)
    ]
    await asyncio.gather(*(Engine(pool, strategy, INTERACTIONS).apply(batch, 0) for batch in batches))
    for name in CUSTOMERS:
        assert (await _kept(pool, name))["band"] == "knotted"
    await assert_verified(database_url)


async def test_what_was_taken_back_unties_what_is_kept(
    pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """A retraction folds anew, and finds no knot any more."""
    journal = await emptied(pool, strategy)
    events = _retold(50, 20)
    await journal.tell(*events)
    assert (await _kept(pool, "anna"))["band"] == "knotted"
    await journal.tell(told("anna", 1, EventRetracted(source=events[1].source, id=events[1].id)))
    assert (await _kept(pool, "anna"))["knotted"] is None
    await assert_verified(database_url)


async def test_an_open_contact_gets_worse_within_a_knot(pool: Pool, strategy: Strategy) -> None:
    """What a knot rests on is judged when the reading is taken: unanswered calls weigh as they then do."""
    journal = await emptied(pool, strategy)
    missed = [told("anna", hour, ContactMissed(contact_id=str(hour), cause="busy")) for hour in (1, 2, 3)]
    await journal.tell(*missed)
    for day in (1, 5):
        await go_round(pool, strategy, datetime.now(UTC) + timedelta(days=day))
        _assert_as_all(missed, await _kept(pool, "anna"))
    await journal.tell(told("anna", 0, ContactReturned(contact_id="2", reached=True)))
    assert (await _kept(pool, "anna"))["band"] != "knotted"


async def test_a_judgement_hides_a_knot_and_says_how_it_was_read(pool: Pool, strategy: Strategy) -> None:
    """In a list the band is the judged one, and beside it stands «knotted», as a customer's page has it."""
    journal = await emptied(pool, strategy)
    judged = JudgementMade(health=80, agent_id="lea", reason="they laughed", until=NOW + timedelta(days=9))
    await journal.tell(*_retold(50, 20), told("anna", 1, judged))
    archive = Archive(pool, strategy)
    [listed] = await archive.listing(after="", bands=[], confidence=0, changed_since=None, limit=9)
    live = await archive.live("anna")
    assert (listed.band, listed.read_band) == (live.band, live.read_band) == ("thriving", "knotted")


async def test_what_is_stated_far_from_what_is_read_is_kept_as_a_knot(
    pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """It is compared with what all events said then, and no number is another."""
    journal = await emptied(pool, strategy)
    praise = [told("anna", 90 + hour, PraiseGiven()) for hour in range(9)]
    await journal.tell(*praise, told("anna", 60, PromiseMade(promise_id="p", what="call", due=NOW)))
    before = await _kept(pool, "anna")
    await journal.tell(told("anna", 2, PerceptionStated(health=0)))
    after = await _kept(pool, "anna")
    assert (before["band"] == "knotted", after["band"]) == (False, "knotted")
    assert abs(before["health"] - after["health"]) < 0.1
    await assert_verified(database_url)


async def test_a_rebuild_finds_the_knots_of_who_was_folded_without_them(
    pool: Pool, database_url: str, strategy: Strategy
) -> None:
    """After an update from a version that kept none, all is as if it had been told to this one."""
    journal = await emptied(pool, strategy)
    await journal.tell(*_retold(50, 20))
    wanted = dict(await _kept(pool, "anna"))
    await pool.execute(
        "update relationships set knotted = null, knots_due_at = null, knots_spoke_at = null, band = 'steady'"
    )
    assert (await rebuild(database_url, strategy)).changed == 1
    found = dict(await _kept(pool, "anna"))
    for name in ("knotted", "knots_due_at", "knots_spoke_at", "band"):
        assert found[name] == wanted[name], name


async def test_a_round_leaves_alone_who_has_no_knot_to_wait_for(pool: Pool, strategy: Strategy) -> None:
    """Nobody's reading is taken anew for a knot that time could not tie."""
    journal = await emptied(pool, strategy)
    await journal.tell(told("anna", 2, ContactAttempted(contact_id="a", channel="phone")))
    step = await Rounds(pool, strategy).step("", datetime.now(UTC) + timedelta(hours=19))
    assert step.renewed == 0
