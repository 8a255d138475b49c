"""What agents did: each thing that was acknowledged is an event, once; and no event says more."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from events import Data, OutreachClaimed, OutreachDeclined, OutreachMade, OutreachReleased
from tests.chaos.found import Found
from tests.chaos.oracle.known import Known
from tests.chaos.oracle.violation import Violation
from tests.chaos.record import Record, Verb

_VERBS: dict[type[Data], Verb] = {
    OutreachClaimed: "claim",
    OutreachReleased: "release",
    OutreachDeclined: "decline",
    OutreachMade: "done",
}
_ENDS: dict[str, Verb] = {"done": "done", "declined": "decline"}

_Deed = tuple[str, Verb, str]
"""A prompt, what was done with it, and by whom."""


def check(record: Record, known: Known, found: Found) -> Iterator[Violation]:
    """Holds the events of the desk against what the agents know, and against the prompts."""
    happened: Counter[_Deed] = Counter()
    said: Counter[str] = Counter()
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for event in known.everything:
        data = event.data
        if event.source == "/egard/desk" and isinstance(
            data, OutreachClaimed | OutreachReleased | OutreachDeclined | OutreachMade
        ):
            happened[data.prompt_id, _VERBS[type(data)], data.agent_id or ""] += 1
            said[(data.note if isinstance(data, OutreachMade) else getattr(data, "reason", None)) or ""] += 1
            numbers[data.prompt_id].append(int(event.id.rpartition(":")[2]))
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
    for row in found.prompts:
        if sorted(numbers[row.prompt_id]) != [*range(1, row.actions + 1)]:
            yield Violation("action", f"{row} was acted on as {sorted(numbers[row.prompt_id])}")
        for state, verb in _ENDS.items():
            if (row.state == state) != ((row.prompt_id, verb) in ended):
                yield Violation("action", f"{row} is {row.state}, and its events do not say so")


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
