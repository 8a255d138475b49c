"""What becomes of open knots where something is mended, without looking for all of them again."""

from collections.abc import Callable, Iterable
from functools import cached_property

from events import (
    ComplaintRaised,
    ComplaintSettled,
    ContactReturned,
    Event,
    PromiseKept,
)
from projections.knots.knot import Knot
from projections.knots.promises import promises_of
from projections.knots.story import Story
from projections.strategy import Strategy

Becomes = Callable[[Knot], Knot | None]
"""What becomes of an open knot: itself where nothing changes, another with less evidence, or none."""


class Mending:
    """What mending one thing would do to the knots of a story; to be asked of one thing after another.

    What mends comes after all that the story has, is about something that was still open, and ties nothing.
    """

    def __init__(self, knots: Iterable[Knot], told: Story, strategy: Strategy) -> None:
        self._knots = list(knots)
        self._open = {knot.kind for knot in self._knots if knot.open}
        self._told = told
        self._strategy = strategy

    def becomes(self, done: Event) -> Becomes | None:
        """What becomes of open knots; None where all stay as they are.

        A call back that reaches the customer ends a pursuit and a deaf ear; a settlement that is accepted
        ends the misunderstandings about which the customer complained; a promise kept may end a broken word,
        or is no more among its evidence.
        """
        rule = self._strategy.knots.broken_word
        match done.data:
            case ContactReturned(reached=True):
                ended = self._open & {"pursuit", "deaf_ear"}
                return None if not ended else lambda knot: None if knot.kind in ended else knot
            case ComplaintSettled(accepted=True, complaint_id=name):
                about = self._complained.get((done.subject, name))
                if about is None:
                    return None
                return lambda knot: None if knot.kind == "misunderstanding" and knot.about in about else knot
            case PromiseKept() if rule is not None and "broken_word" in self._open:
                word = promises_of(self._told, rule).word_if_kept(done, done.data)
                return lambda knot: word if knot.kind == "broken_word" else knot
        return None

    @cached_property
    def _complained(self) -> dict[tuple[str, str], set[str | None]]:
        """What each complaint is about, among the evidence of misunderstandings that may still be open."""
        found: dict[tuple[str, str], set[str | None]] = {}
        if "misunderstanding" not in self._open:
            return found
        for knot in self._knots:
            for event in knot.evidence if knot.kind == "misunderstanding" else ():
                if isinstance(event.data, ComplaintRaised):
                    found.setdefault((event.subject, event.data.complaint_id), set()).add(knot.about)
        return found
