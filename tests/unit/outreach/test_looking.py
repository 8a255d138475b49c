"""What becomes of a prompt that is under way, looked at with all that is known now."""

from datetime import time

import msgspec
import pytest

from events import (
    ConsentWithdrawn,
    ContactAttempted,
    ContactRetold,
    Event,
    OutreachSnoozed,
    PreferenceSet,
    PromiseKept,
    PromiseMade,
    SolicitationSent,
)
from projections.causes import Cause
from projections.outreach.looking import Ends, Lapses, Look, Opens, Stays, Step, Waits, look
from projections.outreach.prompts import Episode, Prompt
from projections.outreach_rules import Quiet
from projections.triggers import Due, Known, decide
from tests.awake import awake
from tests.unit.outreach.prompted import NOON, days, prompt, told

STRATEGY = awake()
NOON_NAP = msgspec.structs.replace(
    STRATEGY,
    outreach=msgspec.structs.replace(STRATEGY.outreach, quiet=Quiet(begins=time(11), ends=time(13))),
)
PROMISES = [
    told(PromiseMade(promise_id=name, what=f"call {name}", due=days(-0.1)), -1, name) for name in "pq"
]
RETOLD = [told(ContactRetold(contact_id="c", reason="bill"), at, f"r{at}") for at in (-0.4, -0.2)]


def owed(name: str = "p") -> Cause:
    """A promise is overdue."""
    return Cause("ann", "promise_overdue", f"{name}@due", days(-0.1), "/crm", name, None)


def third() -> Cause:
    """A reason was told for the third time."""
    return Cause("ann", "retold", f"3:{RETOLD[1].identity.hex()}", days(-0.2), "/crm", "r-0.2", None)


def waiting(state: str, *causes: Cause, events: list[Event], **more: object) -> Prompt:
    """A prompt that rests on these causes, as it would have been decided."""
    found = [(cause, decide(cause, Known(events, STRATEGY), STRATEGY, NOON)) for cause in causes]
    episodes = [Episode(one.prompt_id, one.episode, cause) for cause, one in found if isinstance(one, Due)]
    return prompt(state, -0.05, trigger=causes[0].trigger, episodes=episodes, **more)


def step(one: Prompt, events: list[Event], at: float = 0, others: list[Prompt] | None = None) -> Step:
    """What becomes of it so many days after noon."""
    return seen(one, events, at, others).step


def seen(one: Prompt, events: list[Event], at: float = 0, others: list[Prompt] | None = None) -> Look:
    """The same, with what it states then."""
    return look(one, Known(events, STRATEGY), [one, *(others or [])], STRATEGY, days(at))


@pytest.mark.parametrize("state", ["held", "open", "snoozed"])
def test_a_prompt_whose_reason_is_gone_ends(state: str) -> None:
    """The promise is kept: whether it was given, waits for its moment or was put off, nobody is called."""
    one = waiting(state, owed(), events=PROMISES, owed=True, deliver_at=days(1), snoozed_until=days(1))
    assert step(one, PROMISES) == Stays()
    assert step(one, [*PROMISES, told(PromiseKept(promise_id="p"), -0.01)]) == Ends("settled", NOON)


def test_what_somebody_has_in_hand_is_left_to_them() -> None:
    """Until the lease is over: then it is everybody's again."""
    kept = [*PROMISES, told(PromiseKept(promise_id="p"), -0.01)]
    one = waiting("claimed", owed(), events=PROMISES, lease_until=days(0.01))
    assert step(one, kept) == Stays()
    assert step(one, kept, at=0.01) == Lapses()


def test_of_several_reasons_those_that_are_left_are_stated() -> None:
    """Of two promises one is kept: the prompt stays, and speaks of the other."""
    one = waiting("open", owed("p"), owed("q"), events=PROMISES, owed=True)
    both = seen(one, PROMISES)
    assert both.told is not None
    assert [fact.id for fact in (both.told.why, *both.told.facts)] == ["p", "q"]
    left = seen(one, [*PROMISES, told(PromiseKept(promise_id="p"), -0.01)])
    assert left.step == Stays()
    assert left.told is not None
    assert left.told.why.id == "q"


def test_consent_that_is_withdrawn_ends_what_waits() -> None:
    """From outreach what is not owed, from contact everything."""
    outreach = told(ConsentWithdrawn(purpose="outreach"), -0.01)
    contact = told(ConsentWithdrawn(purpose="contact"), -0.01)
    promised = waiting("open", owed(), events=PROMISES, owed=True)
    retold = waiting("open", third(), events=RETOLD)
    assert step(retold, [*RETOLD, outreach]) == Ends("consent", NOON)
    assert step(promised, [*PROMISES, outreach]) == Stays()
    assert step(promised, [*PROMISES, contact]) == Ends("consent", NOON)


def test_a_held_prompt_is_given_when_its_moment_comes() -> None:
    """Not before, and not in quiet hours that a newer wish of the customer brought."""
    one = waiting("held", third(), events=RETOLD, deliver_at=days(0.1))
    assert step(one, RETOLD) == Stays()
    assert step(one, RETOLD, at=0.1) == Opens()
    later = told(PreferenceSet(hours="18:00-20:00"), -0.01)
    assert step(one, [*RETOLD, later], at=0.1) == Waits(days(0.25))


def test_a_held_prompt_that_has_become_too_old_is_never_given() -> None:
    """Unless the customer is owed it."""
    one = waiting("held", third(), events=RETOLD, deliver_at=days(2))
    assert step(one, RETOLD, at=2) == Ends("stale", days(2))
    promised = waiting("held", owed(), events=PROMISES, deliver_at=days(3), owed=True)
    assert step(promised, PROMISES, at=3) == Opens()


def test_a_cap_is_asked_again_when_the_moment_comes() -> None:
    """Two prompts that were held over the night and a survey: the second one is one too many."""
    one = waiting("held", third(), events=RETOLD, deliver_at=days(0.1))
    survey = told(SolicitationSent(kind="survey"), -0.01)
    other = prompt("open", 0, trigger="praised")
    assert step(one, [*RETOLD, survey], at=0.1) == Opens()
    assert step(one, [*RETOLD, survey], at=0.1, others=[other]) == Ends("cap", days(0.1))
    promised = waiting("held", owed(), events=PROMISES, deliver_at=days(0.1), owed=True)
    assert step(promised, [*PROMISES, survey], at=0.1, others=[other]) == Opens()


def test_a_snoozed_prompt_wakes_at_its_time_and_not_at_night() -> None:
    """However old its reason is by then: whoever put it off knew."""
    one = waiting("snoozed", third(), events=RETOLD, snoozed_until=days(4))
    assert step(one, RETOLD, at=3.9) == Stays()
    assert step(one, RETOLD, at=4) == Opens()
    found = look(one, Known(RETOLD, STRATEGY), [one], NOON_NAP, days(4))
    assert found.step == Waits(days(4 + 1 / 24))


def test_a_snoozed_prompt_wakes_when_the_event_comes_that_it_waits_for() -> None:
    """One of before does not wake it, nor one of another type."""
    one = waiting(
        "snoozed", third(), events=RETOLD, snoozed_for="egard.contact.attempted", changed_at=days(-0.02)
    )
    before, after = (told(ContactAttempted(contact_id="d", channel="phone"), at) for at in (-0.03, -0.01))
    assert step(one, [*RETOLD, before]) == Stays()
    assert step(one, [*RETOLD, before, after]) == Opens()
    again = told(OutreachSnoozed(prompt_id=one.prompt_id, awaiting="egard.contact.attempted"), -0.005)
    assert step(one, [*RETOLD, before, after, again]) == Stays()


def test_a_prompt_that_nobody_takes_in_time_is_over() -> None:
    """One that is owed has no such time."""
    one = waiting("open", third(), events=RETOLD, expires_at=days(0.9))
    assert step(one, RETOLD, at=0.8) == Stays()
    assert step(one, RETOLD, at=1) == Ends("untaken", days(0.9))
    assert step(waiting("open", owed(), events=PROMISES, owed=True), PROMISES, at=60) == Stays()
