"""Who is there follows from what the team's events say, in any order, and from the instant."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from events import Event, TeamShiftEnded, TeamShiftStarted
from projections.outreach.shifts import gone_since, on_shift, strained
from tests.unit.histories import PROPERTY
from tests.unit.outreach.team import TEAM, at, came, hard, taken_back, went


def there(events: Sequence[Event], when: str) -> list[str]:
    """Who is there."""
    return [shift.agent_id for shift in on_shift(events, at(when), TEAM)]


def test_who_came_is_there_and_who_went_is_not() -> None:
    """A shift lasts from its start, which belongs to it, to its end, which does not."""
    events = [came("lea", "09:00"), went("lea", "17:00")]
    assert [there(events, when) for when in ("08:59", "09:00", "16:59", "17:00")] == [
        [],
        ["lea"],
        ["lea"],
        [],
    ]


def test_an_end_in_the_future_is_not_known_yet() -> None:
    """Of events only those until the instant count: at noon nobody has gone at five."""
    [shift] = on_shift([came("lea", "09:00"), went("lea", "17:00")], at("12:00"), TEAM)
    assert shift.until == at("21:00")


def test_a_shift_ends_when_it_said_it_would() -> None:
    """Who was to be there until one is not taken to be there at one, though nobody said that they went."""
    events = [came("lea", "09:00", until="13:00")]
    assert (there(events, "12:59"), there(events, "13:00")) == (["lea"], [])


def test_a_shift_that_ends_early_is_over() -> None:
    """What was planned does not hold whoever has gone."""
    assert there([came("lea", "09:00", until="17:00"), went("lea", "11:00")], "12:00") == []


def test_a_shift_that_nobody_ended_is_over_after_twelve_hours() -> None:
    """A forgotten end keeps nobody at work, and neither does a plan of two days."""
    forgotten = [came("lea", "08:00"), came("mia", "08:00", until="+2 08:00")]
    assert there(forgotten, "19:59") == ["lea", "mia"]
    assert there(forgotten, "20:00") == []


def test_a_plan_that_ended_before_it_began_is_no_shift() -> None:
    """A start with an `until` in its past says that somebody is not there."""
    assert there([came("lea", "09:00", until="08:00")], "09:00") == []


def test_a_start_that_was_taken_back_never_was() -> None:
    """Who was reported by mistake is not there; before anybody said so, they were."""
    mistaken = came("lea", "09:00")
    events = [mistaken, taken_back(mistaken, "10:00")]
    assert (there(events, "09:59"), there(events, "10:00")) == (["lea"], [])


def test_an_end_that_was_taken_back_leaves_the_shift() -> None:
    """Who was reported gone by mistake is there."""
    mistaken = went("lea", "11:00")
    assert there([came("lea", "09:00"), mistaken, taken_back(mistaken, "11:30")], "12:00") == ["lea"]


def test_two_shifts_that_overlap_are_one_stretch() -> None:
    """While both last, skills are of either, and minutes are not given twice."""
    events = [
        came("lea", "09:00", until="13:00", minutes=100, skills=["bills"]),
        came("lea", "12:00", until="17:00", minutes=120, skills=["moves"]),
    ]
    [both] = on_shift(events, at("12:30"), TEAM)
    assert (both.began, both.until, both.minutes) == (at("09:00"), at("17:00"), 120)
    assert both.skills == {"bills", "moves"}
    [second] = on_shift(events, at("13:00"), TEAM)
    assert (second.began, sorted(second.skills)) == (at("12:00"), ["moves"])


def test_who_went_went_from_all_that_began_before() -> None:
    """Of two shifts that overlap an end ends both: who says that they have gone is not there."""
    events = [came("lea", "09:00", until="13:00"), came("lea", "12:00", until="17:00"), went("lea", "13:00")]
    assert there(events, "14:00") == []


def test_a_shift_may_begin_when_the_one_before_it_ends() -> None:
    """An end and a start in the same minute are of two shifts: the second lasts."""
    events = [came("lea", "09:00"), went("lea", "13:00"), came("lea", "13:00")]
    assert there(events, "13:00") == ["lea"]


def test_a_split_day_has_a_gap() -> None:
    """Between two shifts of one day nobody is there."""
    events = [came("lea", "09:00"), went("lea", "12:00"), came("lea", "14:00")]
    assert [there(events, when) for when in ("11:00", "13:00", "15:00")] == [["lea"], [], ["lea"]]


def test_where_no_shift_says_its_minutes_it_has_those_of_the_strategy() -> None:
    """The strategy says what a shift can give; a shift may say otherwise, also that it is nothing."""
    shifts = on_shift([came("lea", "09:00"), came("mia", "09:00", minutes=0)], at("10:00"), TEAM)
    assert [shift.minutes for shift in shifts] == [TEAM.minutes, 0]


def test_who_went_off_is_known_with_the_instant() -> None:
    """Who was there and is not has gone since the end of the last shift; of others nothing is known."""
    events = [came("lea", "09:00"), went("lea", "12:00"), came("mia", "09:00")]
    assert gone_since(events, at("13:00"), TEAM) == {"lea": at("12:00")}


def test_the_last_hard_contact_of_each_counts() -> None:
    """Who had two is spared from the later one on; one that was taken back was none."""
    mistaken = hard("mia", "10:00")
    events = [hard("lea", "11:00"), hard("lea", "09:00"), mistaken, taken_back(mistaken, "10:30")]
    assert strained(events, at("12:00")) == {"lea": at("11:00")}


_hours = st.integers(0, 23).map(lambda hour: f"{hour:02}:00")
_agents = st.sampled_from(["lea", "mia"])
_team = st.lists(
    st.one_of(
        st.builds(came, _agents, _hours),
        st.builds(lambda agent, when, until: came(agent, when, until=until), _agents, _hours, _hours),
        st.builds(went, _agents, _hours),
    ),
    max_size=12,
    unique_by=lambda event: event.id,
)


@PROPERTY
@given(events=_team, data=st.data(), when=_hours)
def test_the_order_of_arrival_says_nothing(events: list[Event], data: st.DataObject, when: str) -> None:
    """The same events in any order give the same shifts."""
    shuffled = data.draw(st.permutations(events))
    assert on_shift(shuffled, at(when), TEAM) == on_shift(events, at(when), TEAM)


@PROPERTY
@given(events=_team, when=_hours)
def test_nobody_is_there_who_has_not_come_or_has_gone_since(events: list[Event], when: str) -> None:
    """Whoever is there has a start before which no end lies after, at most twelve hours ago."""
    for shift in on_shift(events, at(when), TEAM):
        mine = [one for one in events if one.subject == f"agent:{shift.agent_id}" and one.at <= at(when)]
        starts = [one for one in mine if isinstance(one.data, TeamShiftStarted)]
        ends = [one.at for one in mine if isinstance(one.data, TeamShiftEnded)]
        last = max(start.at for start in starts)
        assert not any(last < end <= at(when) for end in ends)
        assert at(when) - last < TEAM.shift
