"""What agents did: each thing that was acknowledged is an event, once; and no event says more."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from events import (
    Data,
    Event,
    GestureMade,
    OutreachClaimed,
    OutreachDeclined,
    OutreachDelegated,
    OutreachMade,
    OutreachReleased,
    OutreachSnoozed,
    PromiseRenegotiated,
)
from tests.chaos.found import Found
from tests.chaos.oracle.known import Known
from tests.chaos.oracle.violation import Violation
from tests.chaos.record import Record, Verb

_VERBS: dict[type[Data], Verb] = {
    OutreachClaimed: "claim",
    OutreachReleased: "release",
    OutreachDeclined: "decline",
    OutreachMade: "done",
    OutreachSnoozed: "snooze",
    OutreachDelegated: "delegate",
    GestureMade: "gesture",
    PromiseRenegotiated: "renegotiate",
}
_ENDS: dict[str, Verb] = {"done": "done", "declined": "decline"}

DESK = "/egard/desk"

_Deed = tuple[str, Verb, str]
"""A prompt, what was done with it, and by whom."""


def check(record: Record, known: Known, found: Found) -> Iterator[Violation]:
    """Holds the events of the desk against what the agents know, and against the prompts."""
    happened: Counter[_Deed] = Counter()
    said: Counter[str] = Counter()
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for event in known.everything:
        if event.source == DESK:
            prompt_id, _, number = event.id.rpartition(":")
            happened[_deed(event, prompt_id)] += 1
            said[_words(event.data)] += 1
            numbers[prompt_id].append(int(number))
    yield from _counted(record, happened)
    for action in record.actions:
        if action.words is None:
            continue
        count = said[action.words]
        if count > 1 or count < action.acknowledged or (count and action.refused):
            yield Violation("action", f"{action} is there {count} times")
    rows = {row.prompt_id: row for row in found.prompts}
    for prompt_id in numbers.keys() - rows.keys():
        yield Violation("action", f"{prompt_id} was acted on, and is no prompt")
    ended = {(prompt_id, verb) for prompt_id, verb, _ in happened}
    # A machine says so by an event of its own, and may say it too late.
    elsewhere = {
        (event.data.prompt_id, "done")
        for event in known.everything
        if event.source != DESK and isinstance(event.data, OutreachMade)
    }
    for row in found.prompts:
        if sorted(numbers[row.prompt_id]) != [*range(1, row.actions + 1)]:
            yield Violation("action", f"{row} was acted on as {sorted(numbers[row.prompt_id])}")
        for state, verb in _ENDS.items():
            told = (row.prompt_id, verb) in ended
            if told != (row.state == state) and (told or (row.prompt_id, verb) not in elsewhere):
                yield Violation("action", f"{row} is {row.state}, and its events do not say so")


def _deed(event: Event, prompt_id: str) -> _Deed:
    """What an event of the desk says was done. Each kind is known: a new one should be too."""
    assert event.data is not None
    named = getattr(event.data, "prompt_id", prompt_id)
    return named, _VERBS[type(event.data)], getattr(event.data, "agent_id", None) or ""


def _words(data: Data | None) -> str:
    """What the agent said."""
    match data:
        case OutreachMade(note=note):
            return note or ""
        case GestureMade(what=what):
            return what
    return getattr(data, "reason", None) or ""


def _counted(record: Record, happened: Counter[_Deed]) -> Iterator[Violation]:
    """Of each deed there are as many events as were acknowledged, and some more where no answer came."""
    certain: Counter[_Deed] = Counter()
    possible: Counter[_Deed] = Counter()
    for action in record.actions:
        deed = (action.prompt_id, action.verb, action.agent_id)
        certain[deed] += action.acknowledged
        possible[deed] += not action.refused
    for deed in happened.keys() | certain.keys():
        if not certain[deed] <= happened[deed] <= possible[deed]:
            yield Violation(
                "action",
                f"{deed} is there {happened[deed]} times; {certain[deed]} of at most {possible[deed]} "
                "were acknowledged",
            )
