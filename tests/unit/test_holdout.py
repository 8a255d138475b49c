"""The lot of the holdout."""

from itertools import product
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.outreach.holdout import held_out
from tests.unit.histories import PROPERTY

MANY = 20_000

words = st.text(max_size=20)
shares = st.floats(0, 1)


def close(found: int, share: float, of: int) -> bool:
    """Whether a count is within four standard deviations of what a share makes of so many."""
    return abs(found - share * of) <= 4 * sqrt(of * share * (1 - share))


@PROPERTY
@given(words, words, words, shares, words)
def test_a_lot_is_the_same_however_often_it_is_drawn(
    customer: str, trigger: str, episode: str, share: float, salt: str
) -> None:
    """Whoever draws a lot again draws the same."""
    drawn = held_out(customer, trigger, episode, share, salt)
    assert drawn == held_out(customer, trigger, episode, share, salt)


def test_a_lot_is_the_same_for_ever() -> None:
    """These lots were drawn when the lot was made: who changes it changes who is held out."""
    drawn = [held_out("customer", "silence", str(number), 0.5, "egard") for number in range(24)]
    assert "".join("x" if one else "." for one in drawn) == "x....x..x..xxx....x.x..."


@PROPERTY
@given(words, words, words, words)
def test_none_are_held_out_of_a_share_of_nothing_and_all_of_everything(
    customer: str, trigger: str, episode: str, salt: str
) -> None:
    """A share of 0 holds nobody out, whatever the lot, and a share of 1 everybody."""
    assert not held_out(customer, trigger, episode, 0.0, salt)
    assert held_out(customer, trigger, episode, 1.0, salt)


@PROPERTY
@given(words, words, words, shares, shares, words)
def test_a_larger_share_holds_the_same_ones_out_and_more(
    customer: str, trigger: str, episode: str, one: float, other: float, salt: str
) -> None:
    """Who is held out of a smaller share is held out of a larger one too."""
    small, large = sorted((one, other))
    if held_out(customer, trigger, episode, small, salt):
        assert held_out(customer, trigger, episode, large, salt)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.2, 0.5])
@pytest.mark.parametrize("salt", ["egard", "another"])
def test_as_many_are_held_out_as_should_be(share: float, salt: str) -> None:
    """Over many customers the share is right, within what chance allows."""
    found = sum(held_out(f"customer-{number}", "silence", "1", share, salt) for number in range(MANY))
    assert close(found, share, MANY)


def test_as_many_episodes_of_one_customer_are_held_out_as_should_be() -> None:
    """Nobody is held out for good: each episode of a customer has a lot of its own."""
    found = sum(held_out("anna", "praised", f"episode-{number}", 0.1, "egard") for number in range(MANY))
    assert close(found, 0.1, MANY)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("silence", "1", "egard"), ("praised", "1", "egard")),
        (("silence", "1", "egard"), ("silence", "2", "egard")),
        (("silence", "1", "egard"), ("silence", "1", "another")),
    ],
    ids=["triggers", "episodes", "salts"],
)
def test_lots_are_independent(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    """Being held out by one trigger, in one episode, with one salt, says nothing of another."""
    counts = dict.fromkeys(product((True, False), repeat=2), 0)
    for number in range(MANY):
        drawn = [
            held_out(f"customer-{number}", trigger, episode, 0.2, salt)
            for trigger, episode, salt in (one, other)
        ]
        counts[drawn[0], drawn[1]] += 1
    assert close(counts[True, True], 0.2 * 0.2, MANY)
    assert close(counts[True, False], 0.2 * 0.8, MANY)
    assert close(counts[False, True], 0.8 * 0.2, MANY)


def test_what_is_drawn_for_is_told_apart() -> None:
    """A customer and an episode that read like others when written in one have a lot of their own."""
    one = [held_out(f"anna{number}", "praised", "c", 0.5, "egard") for number in range(100)]
    other = [held_out("anna", "praised", f"{number}c", 0.5, "egard") for number in range(100)]
    assert one != other
