"""What becomes of a decision: a prompt now, one later, more for one that waits, or none, and why."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import ConsentGiven, ConsentWithdrawn, Event, OutreachMade, OutreachReacted, SolicitationSent
from projections.duration import DAY, Duration
from projections.outreach.caps import capped, heard
from projections.outreach.consent import may_contact, may_reach_out
from projections.outreach.course import Course, Given, Joins, Withheld, course
from projections.outreach.prompts import Prompt, Told, with_more
from projections.outreach_rules import Cap
from projections.trigger_rules import PraiseTrigger, TriggerRule
from projections.triggers import Fact, Stale
from tests.awake import awake
from tests.unit.histories import PROPERTY
from tests.unit.outreach.prompted import NOON, days, due, fact, prompt, told

STRATEGY = awake()
RULE = PraiseTrigger(freshness=Duration(3 * DAY), priority=40, minutes=5)
COOL = msgspec.structs.replace(RULE, cooldown=Duration(30 * DAY))
OWED = msgspec.structs.replace(RULE, owed=True)
HELD_OUT = msgspec.structs.replace(RULE, holdout=0.5)


def became(
    *, rule: TriggerRule = RULE, events: list[Event] | None = None, prompts: list[Prompt] | None = None
) -> Course:
    """What becomes of a praise that is due now."""
    return course("ann", "praised", due(), rule, events or [], prompts or [], STRATEGY, NOON)


def test_what_is_due_is_given_at_once() -> None:
    """Nothing speaks against it."""
    assert became() == Given(None)


def test_what_was_decided_before_is_nothing() -> None:
    """Whatever became of it: given, withheld, or taken into another prompt."""
    for state in ("open", "done", "withheld", "expired"):
        assert became(prompts=[prompt(state, -9, prompt_id="id-e")]) is None
    taken_in = prompt("done", -9)
    episode = msgspec.structs.replace((taken_in.episodes or [])[0], prompt_id="id-e")
    assert became(prompts=[msgspec.structs.replace(taken_in, episodes=[episode])]) is None


def test_what_is_too_old_is_withheld() -> None:
    """However much else speaks for it."""
    stale = Stale("id-e", "e", NOON, fact("e"), 40, 5, ("ann",))
    found = course("ann", "praised", stale, OWED, [], [prompt("open", -1)], STRATEGY, NOON)
    assert found == Withheld("stale")


def test_a_prompt_of_the_same_reason_is_told_of_it() -> None:
    """Whatever state it is in, as long as somebody may still act on it; one that is over is let be."""
    for state in ("held", "open", "claimed", "snoozed"):
        waiting = prompt(state, -1)
        assert became(prompts=[waiting]) == Joins(waiting, NOON)
    assert became(prompts=[prompt("done", -1), prompt("declined", -2)]) == Given(None)
    assert became(prompts=[prompt("open", -1, trigger="surprise")]) == Given(None)


def test_of_two_that_wait_after_a_link_the_older_is_told() -> None:
    """Who was two people had two prompts of a reason."""
    older, newer = prompt("open", -2), prompt("open", -1)
    assert became(prompts=[newer, older]) == Joins(older, NOON)


@pytest.mark.parametrize(
    ("before", "cools"),
    [
        (prompt("done", -29), True),
        (prompt("declined", -29), True),
        (prompt("withheld", -29, withheld="holdout"), True),
        (prompt("withheld", -29, withheld="cap"), False),
        (prompt("expired", -29, delivered_at=None), False),
        (prompt("done", -31), False),
        (prompt("done", -29, trigger="surprise"), False),
    ],
)
def test_a_trigger_cools_down_after_what_it_gave(before: Prompt, cools: bool) -> None:
    """And after what the lot kept back, but not after what came to nothing before anybody saw it."""
    assert became(rule=COOL, prompts=[before]) == (Withheld("cooling") if cools else Given(None))


def test_an_unwelcome_outreach_cools_its_reason() -> None:
    """For that customer, for ninety days, and for no other reason; what is owed is still owed."""
    before = [prompt("done", -80)]
    unwelcome = [told(OutreachReacted(prompt_id="p-80", reaction="unwelcome"), -79)]
    assert became(events=unwelcome, prompts=before) == Withheld("cooling")
    assert became(events=unwelcome, prompts=before, rule=OWED) == Given(None)
    other = [prompt("done", -80, trigger="surprise")]
    assert became(events=unwelcome, prompts=other) == Given(None)
    long_ago = [told(OutreachReacted(prompt_id="p-80", reaction="unwelcome"), -91)]
    assert became(events=long_ago, prompts=before) == Given(None)
    welcome = [told(OutreachReacted(prompt_id="p-80", reaction="welcome"), -79)]
    assert became(events=welcome, prompts=before) == Given(None)


def test_consent_is_asked_of_what_the_customer_said_last() -> None:
    """Who withdrew from outreach has what they are owed; who withdrew from contact has nothing."""
    outreach, contact = ConsentWithdrawn(purpose="outreach"), ConsentWithdrawn(purpose="contact")
    assert became(events=[told(outreach, -2)]) == Withheld("consent")
    assert became(events=[told(outreach, -2)], rule=OWED) == Given(None)
    assert became(events=[told(contact, -2)], rule=OWED) == Withheld("consent")
    again = [told(ConsentGiven(purpose="contact"), -1), told(contact, -2)]
    assert became(events=again) == Given(None)
    assert became(events=[told(ConsentWithdrawn(purpose="newsletter"), -2)]) == Given(None)


def test_consent_is_as_it_was_at_the_instant() -> None:
    """What is withdrawn later holds from then on."""
    events = [told(ConsentWithdrawn(purpose="contact"), 1)]
    assert may_contact(events, days(0).timestamp())
    assert not may_contact(events, days(1).timestamp())
    assert not may_reach_out(events, days(1).timestamp())


def test_a_cap_binds_whatever_the_customer_heard() -> None:
    """Prompts, outreach of other systems, surveys and offers: two in seven days are enough."""
    survey, offer = told(SolicitationSent(kind="survey"), -1), told(SolicitationSent(kind="offer"), -2)
    elsewhere = told(OutreachMade(prompt_id="elsewhere"), -3)
    done = prompt("done", -2, trigger="surprise")
    assert became(events=[survey, offer]) == Withheld("cap")
    assert became(events=[survey, elsewhere]) == Withheld("cap")
    assert became(events=[survey], prompts=[done]) == Withheld("cap")
    assert became(events=[survey]) == Given(None)
    assert became(events=[survey, offer], rule=OWED) == Given(None)


def test_what_the_customer_never_heard_of_does_not_count() -> None:
    """A prompt that was declined, that came to nothing or that still waits for its moment."""
    states = ("declined", "expired", "withheld", "held")
    unheard = [prompt(state, -1, trigger="surprise") for state in states]
    assert heard([], unheard) == []
    made = told(OutreachMade(prompt_id="p-1"), -0.5)
    assert len(heard([made], [prompt("done", -1)])) == 1


def test_the_lot_is_drawn_last_and_kept() -> None:
    """Of those with a holdout, some are given and some held out; of what is capped no lot is drawn."""
    found = {course(name, "praised", due(), HELD_OUT, [], [], STRATEGY, NOON) for name in map(str, range(40))}
    assert found == {Given(None, "given"), Withheld("holdout")}
    assert Withheld("holdout").arm == "held_out"
    survey, offer = told(SolicitationSent(kind="survey"), -1), told(SolicitationSent(kind="offer"), -2)
    assert became(events=[survey, offer], rule=HELD_OUT) == Withheld("cap")


def test_more_of_a_reason_is_said_once_and_the_urgent_first() -> None:
    """Facts of both are kept, none twice, and the graver one is why."""
    one, other = Told(fact("a"), [fact("b")]), due("c", priority=80, facts=[fact("b"), fact("d")])
    urgent = with_more(one, 40, other)
    assert [said.id for said in (urgent.why, *urgent.facts)] == ["c", "b", "d", "a"]
    calm = with_more(one, 90, other)
    assert [said.id for said in (calm.why, *calm.facts)] == ["a", "b", "c", "d"]


def test_a_fact_that_was_kept_is_the_same_fact() -> None:
    """Its instants are text since it was kept: it is not said twice for that."""
    fresh = Fact("promise_overdue", {"due": days(1), "what": "call"}, "/crm", "p", NOON)
    kept = msgspec.json.decode(msgspec.json.encode(fresh), type=Fact)
    assert with_more(Told(kept, []), 40, due("p", facts=[fresh])).facts == [fact("p")]


def test_a_fourth_telling_takes_the_place_of_the_third() -> None:
    """It is said once, with the number that is true now; each telling before it is named once."""

    def retold(name: str, tellings: int, reason: str = "the bill") -> Fact:
        return Fact("retold", {"reason": reason, "tellings": tellings}, "/crm", name, NOON)

    third = Told(retold("c", 3), [fact("b")])
    fourth = msgspec.structs.replace(due("d", facts=[fact("b"), fact("c")]), why=retold("d", 4))
    for priority in (30, 40, 90):
        found = with_more(third, priority, fourth)
        assert found.why == retold("d", 4)
        assert [said.id for said in found.facts] == ["b", "c"]
        assert {said.template for said in found.facts} == {"told_again"}
    other = msgspec.structs.replace(due("e"), why=retold("e", 4, "the meter"))
    assert with_more(third, 40, other) == Told(retold("c", 3), [fact("b"), retold("e", 4, "the meter")])


def test_a_promise_that_is_overdue_is_no_longer_said_to_be_due() -> None:
    """Of one promise and one due, the later state is said; how many were kept is said as it is now."""

    def promise(template: str, what: str) -> Fact:
        return Fact(template, {"due": days(1), "what": what}, "/crm", what, NOON)

    def kept(count: int) -> Fact:
        return Fact("promises_kept", {"count": count}, "/crm", f"kept-{count}", NOON)

    told = Told(promise("promise_due", "call"), [kept(1), promise("promise_due", "write")])
    told = msgspec.json.decode(msgspec.json.encode(told), type=Told)
    more = msgspec.structs.replace(due("p", facts=[kept(2)]), why=promise("promise_overdue", "call"))
    found = with_more(told, 40, more)
    assert found.why == promise("promise_overdue", "call")
    assert [said.id for said in found.facts] == ["write", "kept-2"]


@PROPERTY
@given(
    times=st.lists(st.floats(0, 40 * DAY), max_size=8),
    most=st.integers(1, 4),
    within=st.floats(1, 40 * DAY),
)
def test_a_cap_that_is_obeyed_is_never_exceeded(times: list[float], most: int, within: float) -> None:
    """Whoever asks before each contact leaves no span with more of them than the cap allows."""
    cap = Cap(most=most, within=Duration(within))
    given: list[float] = []
    for at in sorted(times):
        if capped(given, at, [cap]) is None:
            given.append(at)
    for last in given:
        assert sum(last - within < one <= last for one in given) <= most
