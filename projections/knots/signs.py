"""Signs of knots: what tells, without reading a history, that no knot can be open; and when that may change.

Nearly nobody has a knot, and most have nothing that one could be made of. Two instants are kept of each
subject for that, and go on as events come, in any order: they may be later than they would have to be, and
never earlier. What else a knot can be made of are contacts and promises that are open, which whoever takes a
reading has before them anyway.
"""

from bisect import bisect
from collections.abc import Iterable

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
from projections.knot_rules import BrokenWordRule, DeafEarRule, KnotRules
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
"""Where a subject has no signs and none of its events has such data, it gets none."""

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
        if kind in _SPEAKING and (not isinstance(data, FrictionMet) or data.what == "behind_procedure"):
            spoke = max(spoke, event.at)
        if kind in _COMING_BACK:
            backs.append(event.at)
        elif isinstance(data, ContactClosed) and data.resolved:
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


def may_be_open(
    signs: Signs, still_open: Iterable[Matter], rules: KnotRules, at: float, *, alone: bool = True
) -> bool:
    """Whether a knot of a person can be open at an instant that no event comes after.

    The signs are those of all the person's subjects, and so are the matters, of which all that are still open
    are to be given. Of several subjects (not `alone`) one may have come back to what another's contact was
    closed as: nobody has noted that.
    """
    if at < signs.spoke + _longest(rules):
        return True
    misread = rules.misunderstanding
    if not alone and misread is not None and at < signs.resolved + misread.within + misread.open_for:
        return True
    in_vain, overdue = _moments(still_open, rules)
    deaf, broken = rules.deaf_ear, rules.broken_word
    in_vain = [one for one in in_vain if one <= at]
    if deaf is not None and len(in_vain) >= deaf.attempts and at < in_vain[-1] + deaf.open_for:
        return True
    overdue = [one for one in overdue if one <= at]
    if broken is None or not overdue or at >= max(overdue[-1], signs.spoke) + broken.open_for:
        return False
    # A promise that was said to be broken is settled: it may stand beside those that are overdue.
    apart = len(overdue) * max(broken.within, broken.open_for)
    return len(overdue) >= broken.promises or at < signs.spoke + broken.open_for + apart


def changes_at(
    signs: Signs, still_open: Iterable[Matter], tangles: Iterable[Tangle], rules: KnotRules, at: float
) -> float | None:
    """The next instant at which time alone may open or close a knot, or change what one rests on."""
    found = [knot.fades_at for tangle in tangles for knot in tangle.knots]
    in_vain, overdue = _moments(still_open, rules)
    if rules.deaf_ear is not None:
        found += in_vain[rules.deaf_ear.attempts - 1 :]
    if rules.broken_word is not None:
        found += overdue if signs.spoke > NEVER else overdue[rules.broken_word.promises - 1 :]
    return min((one for one in found if one > at), default=None)


def _longest(rules: KnotRules) -> float:
    """How long after the last of its evidence any knot stays open."""
    some = (getattr(rules, name) for name in rules.__struct_fields__)
    return max((rule.open_for for rule in some if rule is not None), default=0.0)


def _moments(still_open: Iterable[Matter], rules: KnotRules) -> tuple[list[float], list[float]]:
    """When open contacts become ones that nobody answered, and open promises broken ones, in order."""
    in_vain, overdue = [], []
    for matter in still_open:
        if isinstance(matter, Contact):
            if rules.deaf_ear is not None:
                in_vain.append(_in_vain(matter, rules.deaf_ear))
        elif isinstance(matter, Promise) and rules.broken_word is not None:
            overdue.append(_overdue(matter, rules.broken_word))
    return sorted(in_vain), sorted(one for one in overdue if one is not None)


def _in_vain(contact: Contact, rule: DeafEarRule) -> float:
    missed = float("inf") if contact.missed is None else contact.missed.at
    return missed if contact.attempted is None else min(missed, contact.attempted.at + rule.patience)


def _overdue(promise: Promise, rule: BrokenWordRule) -> float | None:
    if promise.made is None or promise.made.to == "agent":
        return None
    said = promise.made if promise.renegotiated is None else promise.renegotiated
    return max(said.at, said.due + rule.late)
