"""What a strategy would have done with one person's history."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from events import (
    ComplaintRaised,
    ConsentWithdrawn,
    ContactAnswered,
    ContactAttempted,
    ContactRetold,
    ContactReturned,
    CustomerInformed,
    Data,
    Event,
    PraiseGiven,
    PreferenceSet,
    PromiseKept,
    PromiseMade,
    PromiseRenegotiated,
    RecognitionThanked,
    ServiceDisrupted,
    SolicitationSent,
)
from projections.backtest import Would, walk
from projections.outreach.prompts import Prompt
from projections.rhythm import Population
from projections.strategy import Strategy
from projections.trigger_rules import Triggers
from tests.unit.histories import MONDAY, PROPERTY, SHIPPED, histories, told

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SINCE, UNTIL = MONDAY - 10 * DAY, MONDAY + 20 * DAY


def with_only(*names: str, **changed: Any) -> Strategy:
    """The shipped strategy with some of its triggers alone, and nobody held out."""
    rules = {name: replace(getattr(SHIPPED.triggers, name), holdout=0.0, **changed) for name in names}
    return replace(SHIPPED, triggers=Triggers(**rules))


def walked(
    story: Sequence[Event],
    strategy: Strategy,
    *,
    since: datetime = SINCE,
    until: datetime = UNTIL,
    prompts: Sequence[Prompt] = (),
) -> list[Would]:
    """What would have been done."""
    return walk("anna", story, prompts, strategy, since, until, Population(0, 0.0))


def said(found: Sequence[Would]) -> list[tuple[str, str | None, datetime]]:
    """What became of each, why not, and when."""
    return [(one.became, one.why_not, one.at) for one in found]


PROMISED = (MONDAY, PromiseMade(promise_id="p", what="call back", due=MONDAY + DAY))


def test_a_promise_that_passes_its_due_prompts_at_its_due() -> None:
    """Given a promise that nobody kept, then somebody is prompted in the moment in which it was due."""
    [one] = walked(told(PROMISED), with_only("promise_overdue"))
    assert (one.trigger, one.became, one.at, one.arose_at) == (
        "promise_overdue",
        "given",
        MONDAY + DAY,
        MONDAY + DAY,
    )


@pytest.mark.parametrize("hours", [1, 23])
def test_a_promise_kept_in_time_prompts_nobody(hours: int) -> None:
    """Given a promise that was kept before its due, then its deadline passes without a prompt."""
    story = told(PROMISED, (MONDAY + hours * HOUR, PromiseKept(promise_id="p")))
    assert walked(story, with_only("promise_overdue")) == []


def test_a_promise_that_was_put_off_prompts_at_the_new_due() -> None:
    """Given a new due that was agreed on, then it is the one that counts."""
    later = PromiseRenegotiated(promise_id="p", due=MONDAY + 3 * DAY, agreed=True)
    found = walked(told(PROMISED, (MONDAY + HOUR, later)), with_only("promise_overdue"))
    assert [one.at for one in found] == [MONDAY + 3 * DAY]


def test_what_was_promised_before_still_falls_due() -> None:
    """Given a promise from before the time looked at, due within it, then it prompts."""
    found = walked(told(PROMISED), with_only("promise_overdue"), since=MONDAY + HOUR)
    assert [one.at for one in found] == [MONDAY + DAY]


def test_what_was_due_before_is_over() -> None:
    """Given a promise that fell due before the time looked at, then that is another time's prompt."""
    assert walked(told(PROMISED), with_only("promise_overdue"), since=MONDAY + 2 * DAY) == []


def test_nothing_is_known_before_it_happened() -> None:
    """Given a third telling, then it prompts then, though a later event would have been known today."""
    again = [
        (MONDAY + number * HOUR, ContactRetold(contact_id=f"c{number}", reason="bill")) for number in range(4)
    ]
    found = walked(told(*again), with_only("retold"))
    assert said(found)[0] == ("given", None, MONDAY + HOUR)
    assert len({one.prompt_id for one in found}) == len(found)


def test_what_comes_at_night_is_given_in_the_morning() -> None:
    """Given praise at eleven at night in Paris, then the thanks are prompted at eight."""
    night = datetime(2026, 6, 1, 21, tzinfo=UTC)
    found = walked(told((night, PraiseGiven(note="x"))), with_only("praised"))
    assert said(found) == [("given", None, datetime(2026, 6, 2, 6, tzinfo=UTC))]


def test_what_was_settled_overnight_is_not_given() -> None:
    """Given praise at night and thanks before eight, then nobody is prompted any more, and it says why."""
    night = datetime(2026, 6, 1, 21, tzinfo=UTC)
    owed = told(
        (night, PromiseMade(promise_id="p", what="x", due=night + HOUR)),
        (night + 3 * HOUR, PromiseKept(promise_id="p")),
    )
    found = walked(owed, with_only("promise_overdue"))
    assert [(one.became, one.why_not) for one in found] == [("expired", "settled")]


def test_what_is_held_overnight_states_what_is_so_in_the_morning() -> None:
    """Given a warning of a promise at night and its due before eight, then it tells of a promise overdue."""
    night = datetime(2026, 6, 1, 21, tzinfo=UTC)
    made = PromiseMade(promise_id="p", what="x", due=night + 6 * HOUR)
    [one] = walked(told((night, made)), with_only("promise_due", "promise_overdue"))
    overdue = SHIPPED.triggers.promise_overdue
    assert overdue is not None
    assert (one.trigger, one.became, one.at) == (
        "promise_due",
        "given",
        datetime(2026, 6, 2, 6, tzinfo=UTC),
    )
    assert (one.why.template, one.minutes, one.priority) == (
        "promise_overdue",
        overdue.minutes,
        overdue.priority,
    )


def test_what_waits_is_given_when_the_first_of_its_reasons_may_be() -> None:
    """Given two complaints at night, and any hour asked for in between, then both come at once."""
    night = datetime(2026, 6, 1, 21, tzinfo=UTC)
    story = told(
        (night, ComplaintRaised(complaint_id="a")),
        (night + HOUR, PreferenceSet(hours="0-24")),
        (night + 2 * HOUR, ComplaintRaised(complaint_id="b")),
    )
    found = walked(story, with_only("complaint_raised"))
    assert said(found) == [("given", None, night + 2 * HOUR)]


def test_caps_count_what_was_sent_and_what_would_have_been_prompted() -> None:
    """Given a survey and a prompt within a week, then the third is withheld by the cap."""
    story = told(
        (MONDAY, SolicitationSent(kind="survey")),
        (MONDAY + HOUR, ServiceDisrupted(incident_id="i", what="power")),
        (MONDAY + DAY, PraiseGiven(note="x")),
    )
    found = walked(story, with_only("disrupted", "praised"))
    assert [(one.trigger, one.became, one.why_not) for one in found] == [
        ("disrupted", "given", None),
        ("praised", "withheld", "cap"),
    ]


def test_a_cooldown_counts_from_what_would_have_been_prompted() -> None:
    """Given praise twice in a week, then the second rests."""
    story = told((MONDAY, PraiseGiven(note="x")), (MONDAY + 5 * DAY, PraiseGiven(note="y")))
    found = walked(story, with_only("praised"))
    assert [(one.became, one.why_not) for one in found] == [("given", None), ("withheld", "cooling")]


def of_before(trigger: str, **changed: Any) -> Prompt:
    """A prompt from before the time looked at, as the command reads it: what it states is left out."""
    at = MONDAY - 12 * DAY
    given = Prompt(
        customer="anna",
        prompt_id="old",
        trigger=trigger,
        reason=trigger,
        episode="old",
        state="done",
        withheld=None,
        cause_at=at,
        prompted_at=at,
        delivered_at=at,
        closed_at=at,
        changed_at=at,
        priority=1.0,
        minutes=1.0,
        owed=False,
        actions=1,
    )
    return replace(given, **changed)


def test_a_cooldown_counts_from_prompts_of_before() -> None:
    """Given a prompt from before the time looked at, then its trigger rests as it would have."""
    story = told((MONDAY, PraiseGiven(note="x")))
    found = walked(story, with_only("praised"), prompts=[of_before("praised")])
    assert [(one.became, one.why_not) for one in found] == [("withheld", "cooling")]


@pytest.mark.parametrize("raised", [(), ((MONDAY, ComplaintRaised(complaint_id="a")),)])
def test_what_was_held_before_is_of_another_time(raised: tuple[tuple[datetime, Data], ...]) -> None:
    """Given a prompt from before that is held until now, then it is not counted, nor what it is told of."""
    waiting = of_before(
        "complaint_raised", reason="complaint", state="held", deliver_at=MONDAY + DAY, delivered_at=None
    )
    assert walked(told(*raised), with_only("complaint_raised"), prompts=[waiting]) == []


def test_who_withdrew_consent_is_not_prompted_for() -> None:
    """Given consent withdrawn before, then it is withheld."""
    story = told((MONDAY, ConsentWithdrawn(purpose="outreach")), (MONDAY + HOUR, PraiseGiven(note="x")))
    assert [one.why_not for one in walked(story, with_only("praised"))] == ["consent"]


def test_the_lot_holds_out_whom_it_would_have_held_out() -> None:
    """Given a trigger that holds out half, then some of many praises are held out, and the rest are given."""
    strategy = with_only("praised")
    rule = strategy.triggers.praised
    assert rule is not None
    strategy = replace(strategy, triggers=Triggers(praised=replace(rule, holdout=0.5, cooldown=None)))
    found = []
    for number in range(40):
        story = told((MONDAY, PraiseGiven(note="x")), first=number)
        found += walked(story, strategy)
    assert {(one.became, one.why_not) for one in found} == {("given", None), ("withheld", "holdout")}


def test_a_disruption_that_they_were_told_of_prompts_nobody() -> None:
    """Given word of it within the time that they may wait, then its deadline passes without a prompt."""
    story = told(
        (MONDAY, ServiceDisrupted(incident_id="i", what="power")),
        (MONDAY + HOUR, CustomerInformed(about="i", before_asked=True)),
    )
    assert walked(story, with_only("disrupted")) == []


def test_a_silence_prompts_once_while_nothing_is_heard() -> None:
    """Given somebody who came weekly, was well served, and comes no more, then time alone prompts once."""
    story = []
    for week in range(12):
        at = MONDAY - (100 - 7 * week) * DAY
        story += [
            (at, ContactAttempted(contact_id=f"c{week}", channel="phone")),
            (at, ContactAnswered(contact_id=f"c{week}", by="human", waited_s=1)),
            (at + HOUR, RecognitionThanked(occasion="x")),
        ]
    found = walked(told(*story), with_only("silence"), since=MONDAY - 20 * DAY, until=MONDAY + 100 * DAY)
    assert [(one.trigger, one.became) for one in found] == [("silence", "given")]
    assert found[0].at == MONDAY - 23 * DAY + 30 * DAY


@PROPERTY
@given(histories(corrections=True), st.randoms(use_true_random=False))
def test_any_history_is_walked_whatever_order_it_is_given_in(history: list[Event], random: Any) -> None:
    """What would be done lies within the time looked at, nothing comes twice, and order changes nothing."""
    end = max((event.time for event in history), default=MONDAY) + 40 * DAY
    since = end - 120 * DAY
    found = walk("anna", history, [], SHIPPED, since, end, Population(0, 0.0))
    assert all(since < one.at <= end for one in found)
    assert len({one.prompt_id for one in found}) == len(found)
    shuffled = list(history)
    random.shuffle(shuffled)
    assert walk("anna", shuffled, [], SHIPPED, since, end, Population(0, 0.0)) == found


@PROPERTY
@given(histories())
def test_what_happens_later_changes_nothing_of_before(history: list[Event]) -> None:
    """Until an instant a longer walk does what a shorter one does."""
    end = max((event.time for event in history), default=MONDAY) + DAY
    middle = end - 20 * DAY
    short = walk("anna", history, [], SHIPPED, end - 60 * DAY, middle, Population(0, 0.0))
    long = walk("anna", history, [], SHIPPED, end - 60 * DAY, end, Population(0, 0.0))
    assert long[: len(short)] == short


def test_a_complaint_that_was_raised_prompts_at_once() -> None:
    """Given a complaint by day, then somebody is prompted in that moment, and it is owed."""
    [one] = walked(told((MONDAY, ComplaintRaised(complaint_id="c"))), with_only("complaint_raised"))
    assert (one.became, one.at, one.owed) == ("given", MONDAY, True)


def test_whom_we_called_in_vain_is_no_first_contact() -> None:
    """Given a call of ours that did not reach them, and then one of theirs, then theirs is the first."""
    story = told(
        (MONDAY, ContactReturned(contact_id="ours", reached=False)),
        (MONDAY + DAY, ContactAttempted(contact_id="theirs", channel="phone")),
    )
    assert [one.at for one in walked(story, with_only("first_contact"))] == [MONDAY + DAY]


def test_news_of_what_was_due_before_prompts_nobody_in_the_past() -> None:
    """Given a promise from long before, put off now to a due that is over, then it prompts now, not then."""
    story = told(
        (MONDAY - 30 * DAY, PromiseMade(promise_id="p", what="call", due=MONDAY - 29 * DAY)),
        (MONDAY, PromiseRenegotiated(promise_id="p", due=MONDAY - HOUR, agreed=True)),
    )
    assert [one.at for one in walked(story, with_only("promise_overdue"))] == [MONDAY]
