"""Person or machine: the customer's choice, what they asked for, the reason, the hour, and who is there."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import ContactAttempted, ContactBy, Data, Event, PreferenceSet, PromiseKept, PromiseMade, make
from projections.duration import Duration
from projections.outreach.choosing import Choice, choose, in_touch, promise_id
from projections.trigger_rules import Handler, TriggerRule
from tests.unit.histories import DAY, PLAIN, PROPERTY, SHIPPED

PARIS = ZoneInfo("Europe/Paris")

NIGHT = datetime(2026, 6, 2, 2, tzinfo=PARIS)
"""Tuesday, two in the morning."""

MORNING = datetime(2026, 6, 2, 7, 30, tzinfo=PARIS)
"""Half past seven: nobody sleeps, and the house opens in an hour."""


def rule(by: Handler) -> TriggerRule:
    """A trigger that says who may see to its prompts."""
    return TriggerRule(freshness=Duration(DAY), priority=50.0, minutes=10.0, by=by)


def story(*told: tuple[datetime, Data]) -> list[Event]:
    """What a customer told us."""
    return [
        make(data, subject="anna", source="crm", id=str(number), time=when)
        for number, (when, data) in enumerate(told)
    ]


def chosen(by: ContactBy, when: datetime = NIGHT - timedelta(days=90)) -> tuple[datetime, Data]:
    """Once and for all, until they say otherwise."""
    return when, PreferenceSet(contact_by=by)


def asked(by: ContactBy, when: datetime = NIGHT - timedelta(hours=1)) -> tuple[datetime, Data]:
    """This time."""
    return when, ContactAttempted(contact_id="call", channel="phone", wants=by)


def who(
    by: Handler,
    *told: tuple[datetime, Data],
    when: datetime = NIGHT,
    anyone_there: bool = False,
    quiet: bool = False,
) -> Choice:
    """Who sees to a prompt."""
    return choose(rule(by), story(*told), SHIPPED, when.timestamp(), anyone_there=anyone_there, quiet=quiet)


@pytest.mark.parametrize("by", ["human", "machine", "either"])
def test_who_wants_a_person_gets_one(by: Handler) -> None:
    """Whatever the reason says, whatever the hour, though nobody is there: it waits for a person."""
    assert who(by, chosen("human")) == Choice("human", "chosen")
    assert who(by, asked("human")) == Choice("human", "asked")
    assert who(by, chosen("machine"), asked("human")) == Choice("human", "asked")


def test_who_chose_a_machine_gets_one() -> None:
    """Their choice goes before the reason, and somebody being there changes nothing."""
    assert who("human", chosen("machine"), anyone_there=True) == Choice("machine", "chosen")
    assert who("human", asked("machine"), anyone_there=True) == Choice("machine", "asked")


def test_a_choice_goes_before_what_was_asked_for_once() -> None:
    """Who wants people in general is not handed to a machine for once having taken one."""
    assert who("either", chosen("human"), asked("machine")) == Choice("human", "chosen")


def test_the_last_choice_counts() -> None:
    """Who wanted a machine, and a person later, wants a person; «either» takes a wish back."""
    later = NIGHT - timedelta(days=1)
    assert who("human", chosen("machine"), chosen("human", later)).by == "human"
    told = (chosen("human"), chosen("either", later))
    assert who("either", *told, anyone_there=False) == Choice("machine", "nobody_there")


def test_what_was_asked_for_is_of_this_time() -> None:
    """A wish that came with a contact of last week, or with one before the last, says nothing of this one."""
    old = asked("machine", NIGHT - timedelta(days=7))
    assert who("human", old, anyone_there=True) == Choice("human", "reason")
    newer = NIGHT - timedelta(minutes=5), ContactAttempted(contact_id="again", channel="phone")
    assert who("human", asked("machine"), newer, anyone_there=True) == Choice("human", "reason")


def test_what_is_told_later_is_not_known_yet() -> None:
    """Only what happened until the instant counts."""
    assert who("human", chosen("machine", NIGHT + timedelta(minutes=1))) == Choice("human", "reason")


def test_the_reason_decides_where_the_customer_says_nothing() -> None:
    """What only a person may see to waits for one; what a machine may, it sees to."""
    assert who("human") == Choice("human", "reason")
    assert who("machine", anyone_there=True) == Choice("machine", "reason")


def test_machine_at_two_and_person_at_half_past_seven() -> None:
    """Where the reason leaves it open: by night a machine, by day a person, if one is there."""
    assert who("either", quiet=True, anyone_there=True) == Choice("machine", "hour")
    assert who("either", when=MORNING, anyone_there=True) == Choice("human", "there")
    assert who("either", when=MORNING) == Choice("machine", "nobody_there")


def test_machine_now_and_a_person_at_opening() -> None:
    """Who takes either, where a person is fitting and nobody is there: somebody calls by half past nine."""
    choice = who("human", asked("either"))
    assert (choice.by, choice.why) == ("machine", "nobody_there")
    assert choice.person_at == datetime(2026, 6, 2, 9, 30, tzinfo=PARIS)
    assert who("human", asked("either"), anyone_there=True) == Choice("human", "reason")


def test_a_person_is_promised_over_the_weekend_and_a_holiday() -> None:
    """After Saturday's closing before Bastille Day of a Tuesday, it is Monday; on that day, Wednesday."""
    saturday, bastille = (
        datetime(2026, 7, 11, 13, tzinfo=PARIS),
        datetime(2026, 7, 14, 10, tzinfo=PARIS),
    )
    told = [chosen("either")]
    assert who("human", *told, when=saturday).person_at == datetime(2026, 7, 13, 9, 30, tzinfo=PARIS)
    assert who("human", *told, when=bastille).person_at == datetime(2026, 7, 15, 9, 30, tzinfo=PARIS)


def test_a_person_is_promised_by_the_wall_clock_on_the_day_clocks_change() -> None:
    """On the Monday after, the house opens at half past eight as ever, an hour earlier for the sun."""
    saturday = datetime(2026, 3, 28, 13, tzinfo=PARIS)
    promised = who("human", chosen("either"), when=saturday).person_at
    assert promised == datetime(2026, 3, 30, 7, 30, tzinfo=UTC)


def test_who_was_promised_a_person_is_not_put_off_with_a_machine_again() -> None:
    """Until the promise has ended; then it begins anew."""
    made = PromiseMade(promise_id=promise_id("p"), what="a call", due=NIGHT + timedelta(hours=7))
    told = [chosen("either"), (NIGHT - timedelta(hours=2), made)]
    assert who("either", *told) == Choice("human", "promised")
    assert who("machine", *told) == Choice("human", "promised")
    kept = NIGHT - timedelta(hours=1), PromiseKept(promise_id=promise_id("p"))
    assert who("either", *told, kept) == Choice("machine", "nobody_there")


def test_who_tried_to_reach_us_within_the_hour_is_awake() -> None:
    """At two in the morning too; who did so longer ago may sleep."""
    lately = story(asked("either", NIGHT - timedelta(minutes=50)))
    assert in_touch(lately, NIGHT.timestamp())
    assert not in_touch(lately, NIGHT.timestamp() + 900)
    assert not in_touch(lately, NIGHT.timestamp() - 3600)


_wishes = st.sampled_from(["human", "machine", "either"])
_told = st.lists(
    st.one_of(
        st.builds(chosen, _wishes, st.integers(0, 100).map(lambda days: NIGHT - timedelta(days=days))),
        st.builds(asked, _wishes, st.integers(0, 100).map(lambda hours: NIGHT - timedelta(hours=hours))),
    ),
    max_size=6,
)


@PROPERTY
@given(by=_wishes, told=_told, anyone_there=st.booleans(), quiet=st.booleans())
def test_a_machine_never_gets_what_a_customer_wants_a_person_for(
    by: Handler, told: list[tuple[datetime, Data]], anyone_there: bool, quiet: bool
) -> None:
    """Whatever was wished before: if the last choice, or the last contact, asks for a person, it is one."""
    events = story(*told)
    known = sorted(events, key=lambda event: event.order)
    choices = [one.data.contact_by for one in known if isinstance(one.data, PreferenceSet)]
    wants = [
        one.data.wants
        for one in known
        if isinstance(one.data, ContactAttempted) and one.at > NIGHT.timestamp() - DAY
    ]
    choice = choose(rule(by), events, PLAIN, NIGHT.timestamp(), anyone_there=anyone_there, quiet=quiet)
    if "human" in (*choices[-1:], *wants[-1:]):
        assert choice.by == "human"
