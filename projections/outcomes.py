"""What the outcome of a matter says: a pure function of its row, the strategy and the instant of reading."""

from events import Channel
from projections.evidence import Signal
from projections.matters import Complaint, Contact, Matter, Part, Promise
from projections.strategy import Breach, Strategy


def wait_valence(waited: float, expected: float) -> float:
    """How a wait is felt: v = 2·2^(−waited/expected) − 1, so at once is +1 and as expected is 0."""
    return float(2.0 * 2.0 ** (-waited / expected) - 1.0)


def mended_valence(worst: float, best: float, late: float, half: float) -> float:
    """What mending late is worth: v = worst + (best − worst)·2^(−late/half), never less than not mending."""
    return float(worst + (best - worst) * 2.0 ** (-late / half))


def settled(matter: Matter, strategy: Strategy) -> Signal | None:
    """The signal of a matter whose outcome no longer depends on when one looks; None for an open one."""
    if type(matter) is Contact:
        return None if matter.open else _settled_contact(matter, strategy)
    if type(matter) is Promise:
        return None if _to_agent(matter) else _settled_promise(matter, strategy)
    return _complaint(matter, strategy)


def at_read(matter: Matter, strategy: Strategy, at: float) -> Signal | None:
    """The signal of a matter that is still open at an instant (seconds since the Unix epoch)."""
    if type(matter) is Contact:
        return _open_contact(matter, strategy, at) if matter.open else None
    if type(matter) is Promise:
        return _open_promise(matter, strategy, at) if matter.open and not _to_agent(matter) else None
    return None


def signal_at(matter: Matter, strategy: Strategy, at: float) -> Signal | None:
    """The one signal of a matter, open or settled, at an instant."""
    return settled(matter, strategy) or at_read(matter, strategy, at)


def fixed_after(matter: Matter, strategy: Strategy) -> float:
    """The instant after which an open matter says the same whenever one looks.

    An unanswered contact stops getting worse once the customer gave up; a promise is overdue after its due,
    by a day or by a year. Minus infinity where looking never mattered.
    """
    moment = None
    if type(matter) is Contact:
        start = _start(matter, strategy)
        moment = None if start is None else start + strategy.contact.give_up
    elif type(matter) is Promise:
        moment = matter.due
    return float("-inf") if moment is None else moment


def _start(contact: Contact, strategy: Strategy) -> float | None:
    """When the wait began: the attempt, or else what a miss lets us infer.

    Nobody waits longer than until they give up, whatever a publisher's `waited_s` says.
    """
    attempted, missed = contact.attempted, contact.missed
    if missed is None:
        return None if attempted is None else attempted.at
    start = missed.at - min(missed.waited_s or 0.0, strategy.contact.give_up)
    return start if attempted is None else min(attempted.at, start)


def channel_of(contact: Contact) -> Channel:
    """The channel of a contact: that of the attempt, or else as the others say."""
    return (
        (contact.attempted and contact.attempted.channel)
        or (contact.missed and contact.missed.channel)
        or (contact.answered and contact.answered.channel)
        or "other"
    )


def wait_of(contact: Contact, strategy: Strategy, at: float) -> tuple[float, float] | None:
    """Since when somebody waits at an instant, and how many open seconds; None where nobody does yet."""
    start = _start(contact, strategy)
    return None if start is None or at < start else (start, _waited(contact, start, at, strategy))


def _waited(contact: Contact, start: float, end: float, strategy: Strategy) -> float:
    """The wait in open seconds; after `give_up` it gets no longer."""
    end = min(end, start + strategy.contact.give_up)
    return strategy.clock[channel_of(contact)].between(start, end)


def _felt(contact: Contact, start: float, end: float, strategy: Strategy) -> float:
    waited = _waited(contact, start, end, strategy)
    return wait_valence(waited, strategy.contact.expected[channel_of(contact)])


def _settled_contact(contact: Contact, strategy: Strategy) -> Signal:
    rules = strategy.contact
    answer = contact.answered
    end: Part | None = answer if contact.returned is None else contact.returned
    if answer is not None and contact.returned is not None:
        end = min(answer, contact.returned)
    assert end is not None  # noqa: S101 - it is settled
    start = _start(contact, strategy)
    at = end.at if start is None else max(start, min(end.at, start + rules.give_up))
    if start is not None and contact.missed is not None and contact.missed < end:
        late = _waited(contact, start, end.at, strategy)
        valence = mended_valence(rules.missed_at_most, rules.returned_at_most, late, rules.call_back)
    elif answer is end and answer is not None and answer.waited_s is not None:
        channel = answer.channel or (contact.attempted and contact.attempted.channel) or "other"
        valence = wait_valence(answer.waited_s, rules.expected[channel])
    elif start is None or start > end.at:
        # A miss after the answer says nothing of how long the answer took.
        valence, at = rules.answered_unknown_wait, end.at
    else:
        valence = _felt(contact, start, end.at, strategy)
    return Signal(at, "responsiveness", valence, rules.weight, "unanswered" if valence < 0 else None)


def _open_contact(contact: Contact, strategy: Strategy, at: float) -> Signal | None:
    rules = strategy.contact
    start = _start(contact, strategy)
    if start is None or at < start:
        return None
    valence = _felt(contact, start, at, strategy)
    if contact.missed is not None and contact.missed.at <= at:
        valence = min(valence, rules.missed_at_most)
    elif valence >= 0:
        return None
    return Signal(min(at, start + rules.give_up), "responsiveness", valence, rules.weight, "unanswered")


def _to_agent(promise: Promise) -> bool:
    """Whether it was made to one of ours: it stands in the ledger, and says nothing of the customer."""
    return promise.made is not None and promise.made.to == "agent"


def _settled_promise(promise: Promise, strategy: Strategy) -> Signal | None:
    rules = strategy.promise
    ends = [part for part in (promise.kept, promise.released, promise.broken) if part is not None]
    if not ends:
        return None
    end = min(ends)
    if end is promise.released:
        return None
    if end is promise.broken:
        return Signal(end.at, "responsiveness", rules.broken, rules.weight, "broken_word")
    if promise.due is None or end.at <= promise.due:
        return Signal(end.at, "responsiveness", rules.kept, rules.weight)
    # Dated at the due, as an open one is: keeping it late takes the place of what it was overdue.
    valence = mended_valence(rules.overdue, rules.late_at_most, end.at - promise.due, rules.grace)
    breach: Breach | None = "broken_word" if valence < 0 else None
    return Signal(promise.due, "responsiveness", valence, rules.weight, breach)


def _open_promise(promise: Promise, strategy: Strategy, at: float) -> Signal | None:
    if promise.due is None or at <= promise.due:
        return None
    return Signal(
        promise.due, "responsiveness", strategy.promise.overdue, strategy.promise.weight, "broken_word"
    )


def _complaint(complaint: Complaint, strategy: Strategy) -> Signal | None:
    rules = strategy.complaint
    for part, valence in (
        (complaint.accepted, rules.accepted),
        (complaint.refused, rules.refused),
        (complaint.raised, rules.raised),
    ):
        if part is not None:
            return Signal(part.at, rules.dimension, valence, rules.weight)
    return None
