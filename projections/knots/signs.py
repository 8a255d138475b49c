"""Signs of knots: what tells, without reading a history, that no knot can be open; and when that may change.

Nearly nobody has a knot, and most have nothing that one could be made of. Two instants are kept of each
subject for that, and go on as events come, in any order: they may be later than they would have to be, and
never earlier. What else a knot can be made of are contacts and promises that are open, which whoever takes a
reading has before them anyway.
"""

from bisect import bisect
from collections.abc import Iterable, Sequence

import msgspec

from events import (
    ComplaintRaised,
    ContactAttempted,
    ContactClosed,
    ContactMissed,
    ContactRetold,
    ContactTransferred,
    Data,
    Event,
    FrictionMet,
    OutreachMade,
    PerceptionStated,
    PromiseBroken,
)
from projections.knot_rules import KnotRules
from projections.knots.weighing import Tangle
from projections.matters import Contact, Matter, Promise

_SPEAKING: frozenset[type[Data]] = frozenset(
    (ContactRetold, ContactTransferred, PerceptionStated, OutreachMade, PromiseBroken, FrictionMet)
)
"""Data of events that speak for a knot by themselves; of friction, only «the procedure» does."""

_COMING_BACK: frozenset[type[Data]] = frozenset(
    (ContactAttempted, ContactMissed, ContactRetold, ComplaintRaised)
)
"""Data of events that may speak for one if something was closed as resolved before."""

NOTED: frozenset[type[Data]] = _SPEAKING | {ContactClosed}
"""Data of events that may give a subject signs that it had none of."""

TELLING = NOTED | _COMING_BACK
"""No other events tell anything of signs."""

NEVER = float("-inf")


class Signs(msgspec.Struct, frozen=True, gc=False):
    """What is kept of one subject, in seconds since the Unix epoch; minus infinity where there is nothing."""

    spoke: float = NEVER
    """When an event may have last spoken for a knot."""
    resolved: float = NEVER
    """When a contact was last closed as resolved."""

    def merge(self, other: "Signs") -> "Signs":
        """Those of two subjects, or of two sets of one subject's events that know of each other."""
        return Signs(max(self.spoke, other.spoke), max(self.resolved, other.resolved))


NO_SIGNS = Signs()


def is_noted(event: Event) -> bool:
    """Whether an event gives its subject signs, whatever came before."""
    data = event.data
    if type(data) not in NOTED:
        return False
    if type(data) is FrictionMet:
        return data.what == "behind_procedure"
    return type(data) is not ContactClosed or data.resolved


def noted(before: Signs, newest: float, events: Iterable[Event], rules: KnotRules) -> Signs:
    """The signs of a subject after more events, of whose earlier ones the newest is of an instant.

    Of all events at once they are no later than they have to be.
    """
    spoke, misread = before.spoke, rules.misunderstanding
    backs: list[float] = []
    closings: list[float] = []
    for event in events:
        data = event.data
        kind = type(data)
        if kind in _SPEAKING and is_noted(event):
            spoke = max(spoke, event.at)
        if kind in _COMING_BACK:
            backs.append(event.at)
        elif type(data) is ContactClosed and data.resolved:
            closings.append(event.at)
    resolved = max([before.resolved, *closings])
    if misread is not None and resolved > NEVER:
        closings.sort()
        for closing in closings:
            if newest >= closing:
                # Somebody may have come back before we hear that it was closed.
                spoke = max(spoke, min(newest, closing + misread.within))
        for back in backs:
            place = bisect(closings, back)
            closing = max(before.resolved, closings[place - 1] if place else NEVER)
            if back <= closing + misread.within:
                spoke = max(spoke, back)
    return Signs(spoke, resolved)


def speak(signs: Signs, rules: KnotRules, at: float) -> bool:
    """Whether a knot can be open at an instant by what signs say alone, whatever matters are open."""
    return signs.spoke > NEVER and at < signs.spoke + _longest(rules)


class Watch:
    """What is watched of a person: signs, and the matters that are still open, whose instants are found once.

    The signs are those of all the person's subjects, and so are the matters, of which all that are still open
    are to be given. Of several subjects (not `alone`) one may have come back to what another's contact was
    closed as: nobody has noted that.
    """

    def __init__(
        self, signs: Signs, still_open: Sequence[Matter], rules: KnotRules, *, alone: bool = True
    ) -> None:
        self._signs = signs
        self._rules = rules
        self._alone = alone
        deaf, broken = rules.deaf_ear, rules.broken_word
        self._in_vain: list[float] = []
        """When open contacts become ones that nobody answered, in order; none where they are too few."""
        self._overdue: list[float] = []
        """When open promises become broken ones, likewise."""
        if deaf is not None and len(still_open) >= deaf.attempts:
            contacts = [matter for matter in still_open if type(matter) is Contact]
            if len(contacts) >= deaf.attempts:
                self._in_vain = sorted(_in_vain(contact, deaf.patience) for contact in contacts)
        if broken is not None and (len(still_open) >= broken.promises or signs.spoke > NEVER):
            promises = [matter for matter in still_open if type(matter) is Promise]
            if len(promises) >= broken.promises or signs.spoke > NEVER:
                moments = (_overdue(promise, broken.late) for promise in promises)
                self._overdue = sorted(moment for moment in moments if moment is not None)

    def may_be_open(self, at: float) -> bool:
        """Whether a knot can be open at an instant that no event comes after."""
        signs, rules = self._signs, self._rules
        if speak(signs, rules, at):
            return True
        misread = rules.misunderstanding
        if (
            not self._alone
            and misread is not None
            and at < signs.resolved + misread.within + misread.open_for
        ):
            return True
        return self._may_be_deaf(at) or self._may_be_broken(at)

    def _may_be_deaf(self, at: float) -> bool:
        rule, count = self._rules.deaf_ear, bisect(self._in_vain, at)
        return rule is not None and count >= rule.attempts and at < self._in_vain[count - 1] + rule.open_for

    def _may_be_broken(self, at: float) -> bool:
        rule, count = self._rules.broken_word, bisect(self._overdue, at)
        spoke = self._signs.spoke
        if rule is None or not count or at >= max(self._overdue[count - 1], spoke) + rule.open_for:
            return False
        # A promise that was said to be broken is settled: it may stand beside those that are overdue.
        apart = count * max(rule.within, rule.open_for)
        return count >= rule.promises or at < spoke + rule.open_for + apart

    def changes_at(self, tangles: Iterable[Tangle], at: float) -> float | None:
        """The next instant at which time alone may open or close a knot, or change what one rests on.

        `tangles` are those that are open.
        """
        found = [knot.fades_at for tangle in tangles for knot in tangle.knots]
        deaf, broken = self._rules.deaf_ear, self._rules.broken_word
        if deaf is not None:
            found += _next(self._in_vain, deaf.attempts, at)
        if broken is not None:
            found += _next(self._overdue, 1 if self._signs.spoke > NEVER else broken.promises, at)
        return min((one for one in found if one > at), default=None)


def _next(moments: Sequence[float], count: int, at: float) -> Sequence[float]:
    """The first of some moments, in order, that comes after an instant and is the so-manieth or later."""
    place = max(bisect(moments, at), count - 1)
    return moments[place : place + 1]


def _longest(rules: KnotRules) -> float:
    """How long after the last of its evidence any knot stays open."""
    some = (getattr(rules, name) for name in rules.__struct_fields__)
    return max((rule.open_for for rule in some if rule is not None), default=0.0)


def _in_vain(contact: Contact, patience: float) -> float:
    missed = float("inf") if contact.missed is None else contact.missed.at
    return missed if contact.attempted is None else min(missed, contact.attempted.at + patience)


def _overdue(promise: Promise, late: float) -> float | None:
    if promise.made is None or promise.made.to == "agent":
        return None
    said = promise.made if promise.renegotiated is None else promise.renegotiated
    return max(said.at, said.due + late)
