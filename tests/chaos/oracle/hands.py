"""Into whose hands it comes: prompts to people or machines, promises of a person, and thanks to agents."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from events import OutreachPrompted, OutreachReleased, PraiseGiven, PromiseMade, TeamThanked
from projections.outreach.choosing import promise_id
from services.runtime.kafka import MACHINE, PROMPTS
from tests.chaos.found import Found, Handed
from tests.chaos.oracle.known import Known
from tests.chaos.oracle.violation import Violation

OUTREACH = "/egard/outreach"


def check(known: Known, found: Found) -> Iterator[Violation]:
    """Holds the topics of prompts, and what outreach says by itself, against prompts and praise."""
    yield from _topics(known, found)
    yield from _persons(known, found)
    yield from _thanks(known)


def _topics(known: Known, found: Found) -> Iterator[Violation]:
    """Each prompt stands on the topic of whoever sees to it; a relay that died says the same again."""
    by = {
        event.data.prompt_id: event.data.by
        for event in known.everything
        if isinstance(event.data, OutreachPrompted)
    }
    left = {
        event.data.prompt_id
        for event in known.everything
        if isinstance(event.data, OutreachReleased) and event.data.reason == "machine"
    }
    handed: defaultdict[str, defaultdict[str, set[Handed]]] = defaultdict(lambda: defaultdict(set))
    for one in found.handed:
        handed[one.prompt_id][one.topic].add(one)
    for row in found.prompts:
        there: Mapping[str, set[Handed]] = handed.pop(row.prompt_id, {})
        wanted = {MACHINE if by.get(row.prompt_id) == "machine" else PROMPTS} if row.given else set()
        if row.prompt_id in left:
            wanted.add(PROMPTS)
        for topic in wanted - there.keys():
            yield Violation("prompt missing", f"{row.prompt_id} is not on {topic}")
        for topic in there.keys() - wanted:
            yield Violation(
                "prompt without reason", f"{row.prompt_id} is on {topic}, where it does not belong"
            )
        for topic, records in there.items():
            if len(records) > 1:
                yield Violation("prompt doubled", f"{row.prompt_id} is on {topic} in {len(records)} ways")
            for one in records:
                if (one.key, one.customer, one.trigger) != (row.customer, row.customer, row.trigger):
                    yield Violation("strange", f"{row} was handed over as {one}")
                if topic == MACHINE and one.person_by != row.person_due:
                    yield Violation(
                        "strange", f"{row} was handed to a machine with a person by {one.person_by}"
                    )
    for name in handed:
        yield Violation("prompt without reason", f"{name} is on a topic of prompts, and is no prompt")


def _persons(known: Known, found: Found) -> Iterator[Violation]:
    """A person who gets in touch beside a machine was promised, once, in the ledger."""
    wanted = Counter(
        (row.customer, promise_id(row.prompt_id), row.person_due)
        for row in found.prompts
        if row.person_due is not None
    )
    promised = Counter(
        (event.subject, event.data.promise_id, event.data.due)
        for event in known.everything
        if event.source == OUTREACH and isinstance(event.data, PromiseMade)
    )
    for promise in wanted - promised:
        yield Violation("prompt missing", f"a person was to be promised, and was not: {promise}")
    for promise in promised - wanted:
        yield Violation("prompt without reason", f"a person was promised, and no prompt says so: {promise}")


def _thanks(known: Known) -> Iterator[Violation]:
    """Praise of an agent reaches them once, and nobody is thanked whom nobody praised."""
    thanked = Counter(
        (event.subject, event.id)
        for event in known.everything
        if event.source == OUTREACH and isinstance(event.data, TeamThanked)
    )
    praised = {
        (f"agent:{event.data.agent_id}", f"{event.identity.hex()}:thanked"): event
        for event in known.everything
        if isinstance(event.data, PraiseGiven) and event.data.agent_id is not None
    }
    for thanks, event in praised.items():
        if thanks not in thanked and not known.touched(event):
            yield Violation("thanks", f"the praise {event.id} of {event.subject} never reached {thanks[0]}")
    for thanks, count in thanked.items():
        if thanks not in praised:
            yield Violation("thanks", f"{thanks} is of no praise")
        elif count > 1:
            yield Violation("thanks", f"{thanks} is there {count} times")
