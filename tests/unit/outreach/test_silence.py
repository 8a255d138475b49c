"""How outreach was taken, and what it means that nobody said."""

import pytest

from events import ContactAttempted, ContactMissed, Event, FeedbackGiven, OutreachMade, OutreachReacted
from projections.duration import DAY
from projections.outreach.silence import Silent, silence_after
from tests.unit.outreach.prompted import days, told

MADE = told(OutreachMade(prompt_id="p"), 0)
WEEK = 7 * DAY


def after(*events: Event, at: float = 8) -> object:
    """How an outreach was taken, so many days after it."""
    return silence_after("p", [MADE, *events], WEEK, days(at))


def test_a_week_without_a_sign_is_silence() -> None:
    """It is told as of the end of the week, whenever somebody looks."""
    assert after(at=7) == Silent(days(7))
    assert after(at=90) == Silent(days(7))
    assert after(at=6.9) is None


@pytest.mark.parametrize(
    "sign", [ContactAttempted(contact_id="c", channel="phone"), FeedbackGiven(score=80, about="all")]
)
def test_whoever_is_heard_of_is_not_silent(sign: object) -> None:
    """How they took it is not known by that; a sign of before the outreach or after the week says nothing."""
    assert after(told(sign, 3)) == "unknown"  # type: ignore[arg-type]
    assert after(told(sign, -1)) == Silent(days(7))  # type: ignore[arg-type]
    assert after(told(sign, 7.5)) == Silent(days(7))  # type: ignore[arg-type]


def test_what_we_do_is_no_sign_of_the_customer() -> None:
    """That we did not answer says nothing of whether they are there: no attempt is known of."""
    assert after(told(ContactMissed(contact_id="c", cause="no_reply"), 3)) == Silent(days(7))


def test_what_was_said_of_it_counts_the_last_word_first() -> None:
    """Welcome, after it had seemed to meet silence."""
    none = told(OutreachReacted(prompt_id="p", reaction="none"), 7)
    welcome = told(OutreachReacted(prompt_id="p", reaction="welcome"), 9)
    other = told(OutreachReacted(prompt_id="q", reaction="unwelcome"), 9.5)
    assert after(none, welcome, other) == "welcome"


def test_an_outreach_that_was_taken_back_has_no_reaction() -> None:
    """Nobody reached out: nobody was silent."""
    assert silence_after("p", [], WEEK, days(8)) == "unknown"
