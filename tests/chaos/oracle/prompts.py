"""Prompts: what must prompt did so once, nothing prompted twice, and nothing without a reason.

Who is prompted may depend on what was known when it was decided, and so on the order of arrival. What is
demanded here holds in any order: of what was never taken back, contested, or told under several ids.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from events import (
    ComplaintRaised,
    ComplaintSettled,
    ContactRetold,
    Event,
    OutreachExpired,
    OutreachPrompted,
    OutreachWithheld,
    PromiseMade,
    PromiseRenegotiated,
    RecognitionOverlooked,
)
from tests.chaos.found import Found, Prompt
from tests.chaos.oracle.known import Known
from tests.chaos.oracle.violation import Violation

_MARGIN = timedelta(seconds=10)
"""What was due so lately may not have been seen yet."""
_LONG = timedelta(hours=2)
"""Longer than any run."""


def check(known: Known, found: Found) -> Iterator[Violation]:
    """Holds prompts, and the events that tell of them, against the reasons that the record has."""
    yield from _once(found)
    yield from _told(known, found)
    rows: dict[tuple[str, str], dict[str, Prompt]] = defaultdict(dict)
    for row in found.prompts:
        # Of one reason there is one prompt under way: what comes meanwhile is told to it.
        for subject, trigger, episode in row.tells_of:
            rows[subject, trigger].setdefault(episode, row)
        if not _has_reason(known, row):
            yield Violation("prompt without reason", f"{row}")
    for customer in sorted(known.events):
        if not customer.startswith("agent:"):
            yield from of_promises(known, found.looked_at, customer, rows[customer, "promise_overdue"])
            if customer not in known.ever_linked:
                yield from _complaints(known, found, customer, rows[customer, "complaint_raised"])
                yield from _retold(known, customer, rows[customer, "retold"])
                yield from _fallen(known, customer, rows[customer, "band_fallen"])


def _once(found: Found) -> Iterator[Violation]:
    for what, times in (
        ("id", Counter(row.prompt_id for row in found.prompts)),
        ("episode", Counter(f"{row.subject}, {row.trigger}, {row.episode}" for row in found.prompts)),
    ):
        for name, count in times.items():
            if count > 1:
                yield Violation("prompt doubled", f"{count} prompts of one {what}: {name}")


def _told(known: Known, found: Found) -> Iterator[Violation]:
    """Each prompt has the one event that tells of it, and each of these events its prompt."""
    told: dict[object, Counter[tuple[str, str]]] = defaultdict(Counter)
    for event in known.everything:
        if isinstance(event.data, OutreachPrompted | OutreachWithheld | OutreachExpired):
            told[type(event.data)][event.subject, event.data.prompt_id] += 1
    wanted = {
        OutreachPrompted: [row for row in found.prompts if row.given],
        OutreachWithheld: [row for row in found.prompts if row.withheld is not None],
        OutreachExpired: [row for row in found.prompts if row.state == "expired"],
    }
    for kind, rows in wanted.items():
        keys = {(row.customer, row.prompt_id) for row in rows}
        for key in keys - told[kind].keys():
            yield Violation("prompt missing", f"no {kind.__name__} tells of {key}")
        for key, count in told[kind].items():
            if key not in keys:
                yield Violation("prompt without reason", f"{kind.__name__} tells of {key}, which is not so")
            elif count > 1:
                yield Violation("prompt doubled", f"{kind.__name__} tells of {key} {count} times")


def _has_reason(known: Known, row: Prompt) -> bool:
    """Whether there is, or was, a reason for a prompt, though it may have been taken back since."""
    events = known.published(row.subject)
    if row.trigger == "promise_overdue":
        matter, _, due = row.episode.rpartition("@")
        moment = datetime.fromisoformat(due)
        dues = {
            event.data.due.astimezone(UTC)
            for event in events
            if isinstance(event.data, PromiseMade | PromiseRenegotiated) and event.data.promise_id == matter
        }
        return moment in dues and moment == row.cause_at <= row.prompted_at
    # A cause may rest on an event that we published: a batch tells of a fall by its newest one.
    # And it may be of another id than what it led to: that of somebody who was, or is, the same person.
    near = known.ever_linked if row.subject in known.ever_linked else {row.subject}
    named = [event for name in near for event in known.events[name] if _name(event) in row.rests_on]
    if row.trigger == "knot_opened" and any(not source for _, source, _ in row.rests_on):
        return any(known.events[name] for name in near)  # time alone has tied it
    if row.trigger == "retold":
        return any(_tellings(known, event) > 1 for event in named)
    return bool(named)


def _name(event: Event) -> tuple[str, str, str]:
    return event.subject, event.source, event.id


def _tellings(known: Known, event: Event) -> int:
    """How often a person who may at some time have been all those linked with them told the same again."""
    if not isinstance(event.data, ContactRetold):
        return 0
    near = known.ever_linked if event.subject in known.ever_linked else {event.subject}
    return sum(len(known.retellings.get(name, {}).get(event.data.reason, ())) for name in near)


def of_promises(
    known: Known, looked_at: datetime, customer: str, rows: Mapping[str, Prompt]
) -> Iterator[Violation]:
    """A promise that was made, and of which nothing else was ever heard, prompts once when it is overdue.

    What an agent said of it at the desk was heard as well; `rows` are prompts by the episode of a promise.
    """
    trigger = known.strategy.triggers.promise_overdue
    assert trigger is not None
    about: dict[str, list[Event]] = defaultdict(list)
    for event in known.events[customer]:
        promise_id = getattr(event.data, "promise_id", None)
        if promise_id is not None:
            about[promise_id].append(event)
    given = {episode.rpartition("@")[0]: row for episode, row in rows.items()}
    for promise_id, events in about.items():
        data = events[0].data
        if len(events) > 1 or not isinstance(data, PromiseMade) or data.to == "agent":
            continue
        age = looked_at - data.due
        if age < _MARGIN or any(known.touched(event) for event in events):
            continue
        row, freshness = given.get(promise_id), timedelta(seconds=trigger.freshness)
        if row is None:
            yield Violation("prompt missing", f"{customer} waits for {promise_id}, due {data.due}")
        elif row.withheld is not None and age < freshness:
            yield Violation("prompt missing", f"{row} was fresh, and was withheld")
        elif row.withheld is None and age > freshness + _LONG:
            yield Violation("prompt without reason", f"{row} was stale, and was given")


def _complaints(known: Known, found: Found, customer: str, rows: dict[str, Prompt]) -> Iterator[Violation]:
    """A complaint of which nothing else was heard prompts once; while it is fresh, nothing withholds it."""
    trigger = known.strategy.triggers.complaint_raised
    assert trigger is not None
    about: dict[str, list[Event]] = defaultdict(list)
    for event in known.published(customer):
        if isinstance(event.data, ComplaintRaised | ComplaintSettled):
            about[event.data.complaint_id].append(event)
    for complaint_id, events in about.items():
        [first, *more] = events
        if more or not isinstance(first.data, ComplaintRaised) or known.touched(first):
            continue
        row, age = rows.get(complaint_id), found.looked_at - first.time
        if row is None:
            yield Violation("prompt missing", f"{customer} complained, {complaint_id}, and nobody was told")
        elif row.withheld is not None and age < timedelta(seconds=trigger.freshness):
            yield Violation("prompt missing", f"{row} was fresh, and was withheld")


def _retold(known: Known, customer: str, rows: dict[str, Prompt]) -> Iterator[Violation]:
    """A reason prompts once at each telling that the trigger names, where nothing was taken back.

    Whether it is given or withheld hangs on what else the customer heard of us: that there is a row is what
    is demanded.
    """
    trigger = known.strategy.triggers.retold
    assert trigger is not None
    for reason, events in known.retellings.get(customer, {}).items():
        if any(known.touched(event) for event in events):
            continue
        identities = {event.identity.hex() for event in events}
        # An earlier telling that arrives late gives the same prompt, and the same number, another episode.
        given = {
            (number, row.prompt_id)
            for episode, row in rows.items()
            for number, _, identity in [episode.partition(":")]
            if identity in identities
        }
        wanted = sum(number - 1 <= len(events) for number in trigger.tellings)
        if len(given) > wanted:
            yield Violation("prompt doubled", f"{customer} told {reason!r} again: {given}")
        elif len(given) < wanted:
            yield Violation("prompt missing", f"{customer} told {reason!r} again {len(events)} times")


def _fallen(known: Known, customer: str, rows: dict[str, Prompt]) -> Iterator[Violation]:
    """A band prompts at most once in a cooldown; that of who met with nothing but slights is decided on.

    What came of it, a prompt or none, hangs on what else the customer heard of us, and on the lot.
    """
    trigger = known.strategy.triggers.band_fallen
    assert trigger is not None
    given = {row.prompt_id for row in rows.values() if row.given}
    if len(given) > 1:
        yield Violation("prompt doubled", f"{customer}'s band fell: {given}")
    events = known.published(customer)
    if any(not isinstance(event.data, RecognitionOverlooked) or known.touched(event) for event in events):
        return
    fresh = all(known.newest - event.at < trigger.freshness - _LONG.total_seconds() for event in events)
    if fresh and known.band(events) in trigger.bands and not rows:
        yield Violation("prompt missing", f"{customer}'s band fell, by {len(events)} slights")
