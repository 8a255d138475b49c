"""Briefs: each line is true of an event that stands, and all of it is read in half a minute."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import (
    ConsentGiven,
    ConsentWithdrawn,
    ContactClosed,
    Data,
    Event,
    EventRetracted,
    FactTold,
    FeedbackGiven,
    GestureMade,
    OutreachMade,
    OutreachReacted,
    PerceptionStated,
    PraiseGiven,
    PreferenceSet,
    PromiseKept,
    PromiseMade,
    PromiseRenegotiated,
    RecordContested,
    make,
)
from projections.corrections import corrections
from projections.outreach.brief import WORDS, Brief, brief
from projections.outreach.line import LONGEST, Line, cut
from projections.triggers import Due, Fact, Known
from services.desk.words import sentence
from services.runtime.settings import Language
from tests.unit.histories import MONDAY, PROPERTY, SHIPPED, SPAN, START, told
from tests.unit.lives import life


def _due(why: Event, *facts: Event) -> Due:
    """A prompt because of an event."""
    made = [Fact("told_again", {"reason": "the bill"}, one.source, one.id, one.time) for one in (why, *facts)]
    return Due("p", "e", why.time, made[0], made[1:], 50, 5, (why.subject,))


def _brief(history: Iterable[Event], at: datetime | None = None) -> Brief:
    """The brief of a history, with its first standing event as the reason."""
    known = Known(history, SHIPPED)
    return brief(known, _due(known.events[0]), (at or known.events[-1].time).timestamp() + 1)


def _lines(made: Brief) -> list[Line]:
    return [one for section in Brief.__struct_fields__ for one in getattr(made, section)]


def _texts(some: Iterable[Line], language: Language = "en") -> list[str]:
    kept: list[Any] = msgspec.json.decode(msgspec.json.encode(list(some)))
    return [sentence(one, language, ZoneInfo("Europe/Paris")) for one in kept]


_WORDY: tuple[Data, ...] = (
    FactTold(key="allergy", value="nuts"),
    FactTold(key="allergy", value="none any more"),
    ContactClosed(contact_id="1", resolved=True, note="prefers to be written to"),
    OutreachMade(prompt_id="x", agent_id="lea", note="n" * 300),
    OutreachReacted(prompt_id="x", reaction="unwelcome"),
    PreferenceSet(contact_by="human", timezone="Europe/Paris"),
    PreferenceSet(channel="phone", hours="after six", language="fr"),
    ConsentWithdrawn(purpose="survey"),
    ConsentGiven(purpose="survey"),
    PerceptionStated(health=30),
    FeedbackGiven(score=12.5, about="the parcel"),
    PraiseGiven(note="thank you"),
    GestureMade(gesture_id="g", what="flowers"),
)


@st.composite
def _lives(draw: st.DrawFn) -> list[Event]:
    """A random life, with facts, notes, wishes and feelings in it, and corrections of some of it."""
    lot = Random(draw(st.integers(0, 2**32)))
    events = life(lot, draw(st.integers(1, 60)), corrected=0.15)
    for number in range(draw(st.integers(0, 30))):
        data = lot.choice(_WORDY)
        when = START + lot.random() * SPAN
        events.append(
            make(data, subject=lot.choice(["anna", "ann"]), source="more", id=str(number), time=when)
        )
    for number in range(draw(st.integers(0, 6))):
        taken = lot.choice(events)
        data = lot.choice([EventRetracted(source=taken.source, id=taken.id), RecordContested(about=taken.id)])
        events.append(
            make(data, subject=taken.subject, source="mend", id=str(number), time=START + lot.random() * SPAN)
        )
    return events


def _says(event: Event, value: Any) -> bool:
    """Whether an event says a value, or begins to."""
    said = msgspec.to_builtins(event.data)
    plain = msgspec.to_builtins(value)
    return any(plain in (one, cut(one)) for one in said.values())


@PROPERTY
@given(_lives(), st.integers(-30, 5))
def test_every_line_says_what_its_events_say(history: list[Event], days: int) -> None:
    """Of any history: each line's events are there and stand, happened by then, and say every parameter."""
    known = Known(history, SHIPPED)
    if not known.events:
        return
    at = START + SPAN + timedelta(days=days)
    why = known.events[0]
    made = brief(known, _due(why), at.timestamp())
    set_aside = corrections(history).sets_aside
    standing = {(one.source, one.id): one for one in history if not set_aside(one)}
    for one in _lines(made):
        refs = [(one.source, one.id), *((ref.source, ref.id) for ref in one.beside)]
        events = [standing[ref] for ref in refs]
        assert all(event.time <= at for event in events)
        assert events[0].time == one.at
        for name, value in one.parameters.items():
            assert any(_says(event, value) for event in events), (one, name)


@PROPERTY
@given(_lives())
def test_every_line_can_be_said_in_each_language(history: list[Event]) -> None:
    """Of any history the brief, as it is stored, is put into English and into French, no value missing."""
    if Known(history, SHIPPED).events:
        made = _brief(history, START + SPAN)
        for language in ("en", "fr"):
            assert all("{" not in text for text in _texts(_lines(made), language))


def test_a_long_life_is_told_in_half_a_minute() -> None:
    """Of 7,000 events the brief has no more words than one reads in half a minute, openings apart."""
    lot = Random(7)
    history = life(lot, 6_000, matters=400, corrected=0.01)
    wordy = [lot.choice(_WORDY) for _ in range(1_000)]
    history += told(*[(START + lot.random() * SPAN, data) for data in wordy], first=1)
    made = brief(Known(history, SHIPPED), _due(history[0]), (START + SPAN).timestamp())
    for language in ("en", "fr"):
        texts = _texts([one for one in _lines(made) if one not in made.openings], language)
        assert sum(len(text.split()) for text in texts) <= WORDS
    assert all(getattr(made, section) for section in Brief.__struct_fields__)


@pytest.mark.parametrize("value", ["x" * 4096, "word " * 800, "語" * 4096])
def test_nobody_can_flood_a_brief(value: str) -> None:
    """However much is written into every field, a line gives its beginning, and the whole stays short."""
    history = told(
        (MONDAY, PromiseMade(promise_id="1", what=value, due=MONDAY)),
        *[(MONDAY, FactTold(key=value[:200] + str(n), value=value)) for n in range(20)],
        *[(MONDAY, ContactClosed(contact_id=str(n), resolved=True, note=value)) for n in range(20)],
    )
    made = _brief(history)
    assert sum(len(text) for text in _texts(_lines(made))) < 2_500
    assert all(
        len(value) <= LONGEST
        for one in _lines(made)
        for value in one.parameters.values()
        if isinstance(value, str)
    )


def test_the_latest_word_on_each_thing_counts() -> None:
    """Of what was told and preferred, the latest of each stands in the brief, and nothing given back does."""
    made = _brief(
        told(
            (MONDAY, FactTold(key="dog", value="Rex")),
            (MONDAY, FactTold(key="allergy", value="nuts")),
            (MONDAY + timedelta(days=1), FactTold(key="allergy", value="none any more")),
            (MONDAY, PreferenceSet(contact_by="machine", channel="phone")),
            (MONDAY + timedelta(days=2), PreferenceSet(contact_by="human")),
            (MONDAY, ConsentWithdrawn(purpose="survey")),
            (MONDAY + timedelta(days=1), ConsentGiven(purpose="survey")),
        ),
        MONDAY + timedelta(days=3),
    )
    assert _texts(made.told) == ["allergy: none any more.", "dog: Rex."]
    assert _texts(made.wishes) == ["They want to be answered by a person.", "They prefer the phone."]


def test_what_is_owed_is_said_with_the_due_that_was_agreed() -> None:
    """An open promise stands with its new date, and names the event that agreed on it; kept ones do not."""
    due, later = MONDAY + timedelta(days=1), MONDAY + timedelta(days=4)
    made = _brief(
        told(
            (MONDAY, PromiseMade(promise_id="a", what="send it", due=due)),
            (MONDAY, PromiseMade(promise_id="b", what="call", due=due)),
            (MONDAY, PromiseMade(promise_id="c", what="ask the depot", due=due, to="agent")),
            (MONDAY, PromiseRenegotiated(promise_id="a", due=later, agreed=True)),
            (MONDAY + timedelta(hours=1), PromiseKept(promise_id="b")),
        ),
        MONDAY + timedelta(hours=2),
    )
    [owed] = made.promises
    assert _texts([owed]) == ["“send it”, by Fri 5 Jun 12:00."]
    assert [ref.id for ref in owed.beside] == ["4"]
    assert "We kept a promise: “call”." in _texts(made.story)


def test_the_promise_that_a_prompt_is_about_is_always_among_what_is_owed() -> None:
    """However much else is owed sooner and told at length: an agent must be able to agree on another date."""
    others = [(MONDAY, PromiseMade(promise_id=f"o{n}", what="w " * 40, due=MONDAY)) for n in range(5)]
    notes = [
        (MONDAY, ContactClosed(contact_id=str(n), resolved=True, note="all of it " * 20)) for n in range(3)
    ]
    late = PromiseMade(promise_id="late", what="call", due=MONDAY + timedelta(days=1))
    history = told((MONDAY, late), *others, *notes)
    made = _brief(history, MONDAY + timedelta(days=2))
    assert [one.parameters["promise_id"] for one in made.promises][-1] == "late"
    assert made.told


def test_what_a_prompt_states_is_not_felt_again() -> None:
    """A praise that is the reason is read there, with its words; an earlier feeling stays in the brief."""
    history = told((MONDAY, PraiseGiven(note="thank you")), (MONDAY, FeedbackGiven(score=80)))
    assert _texts(_brief(history).felt) == ["They gave 80 of 100."]


def test_what_came_later_is_not_in_it() -> None:
    """A brief of an instant knows nothing of what happened after it."""
    history = told(
        (MONDAY, FactTold(key="dog", value="Rex")),
        (MONDAY + timedelta(days=1), FactTold(key="dog", value="gone")),
    )
    assert _texts(_brief(history, MONDAY).told) == ["dog: Rex."]


def test_openings_follow_from_facts() -> None:
    """Whoever was unwelcome last time begins by asking whether the moment is good; it is no script."""
    retold = told((MONDAY, FactTold(key="dog", value="Rex")))[0]
    why = Fact("retold", {"reason": "the bill", "tellings": 3}, retold.source, retold.id, retold.time)
    due = Due("p", "e", MONDAY, why, [], 50, 5, ("anna",))
    bare = brief(Known([], SHIPPED), due, MONDAY.timestamp())
    assert [one.template for one in bare.openings] == ["opening_retold", "opening_retold_else"]
    sore = told((MONDAY, OutreachReacted(prompt_id="x", reaction="unwelcome")))
    made = brief(Known(sore, SHIPPED), due, MONDAY.timestamp())
    assert [one.template for one in made.openings] == [
        "opening_retold",
        "opening_unwelcome",
        "opening_retold_else",
    ]


def test_a_brief_survives_being_stored() -> None:
    """What is stored as JSON is read back as the same brief."""
    made = _brief(told((MONDAY, PromiseMade(promise_id="1", what="call", due=MONDAY))))
    assert made.promises[0].parameters["due"] == MONDAY.astimezone(UTC)
    again = msgspec.json.decode(msgspec.json.encode(made), type=Brief)
    assert msgspec.json.encode(again) == msgspec.json.encode(made)
