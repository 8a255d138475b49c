"""What outreach knows of a person when it decides, asked for in one statement."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import msgspec

from events import recall
from projections.links import Person
from projections.outreach.prompts import Prompt
from projections.rhythm import Population
from projections.strategy import Strategy
from projections.triggers import Known
from services.runtime.database import Connection
from services.runtime.queries import Queries

QUERIES = Queries(Path(__file__).with_name("queries.sql"))

SOURCE = "/egard/outreach"
"""The source of the events that outreach publishes."""

_prompt = msgspec.json.Decoder(Prompt).decode


class Situation(msgspec.Struct):
    """A person, as far as they are known."""

    known: Known
    prompts: list[Prompt]
    """All there ever were, under any of the person's ids."""
    revisions: Mapping[str, int]
    """How often each of the person's ids was touched."""

    def revision(self, customer: str, subjects: Collection[str] | None) -> int | None:
        """How often those were touched whom a prompt is about; None where nobody knows them any more."""
        found = [self.revisions[name] for name in {customer, *(subjects or ())} if name in self.revisions]
        return sum(found) if found else None

    def rests_on(self, customer: str, subjects: Iterable[str]) -> list[str] | None:
        """Under which ids there is what a prompt and its brief say, its matter's own first: with any of them
        forgotten, it goes. None where that is the customer's own alone."""
        some = list(dict.fromkeys(subjects))
        some += sorted(self.revisions.keys() - {customer, *some})
        return None if some == [customer] else some


async def situation(connection: Connection, members: Collection[str], strategy: Strategy) -> Situation:
    """What is known of a person; whoever asks should hold the person's lock."""
    person = Person(tuple(sorted(members)))
    return (await situations(connection, [person], strategy))[person.canonical]


async def situations(
    connection: Connection, some: Iterable[Person], strategy: Strategy
) -> dict[str, Situation]:
    """What is known of some people, by their canonical ids; whoever asks should hold their locks."""
    whose = {member: person.canonical for person in some for member in person.members}
    bodies: dict[str, list[bytes]] = {name: [] for name in whose.values()}
    prompts: dict[str, list[Prompt]] = {name: [] for name in whose.values()}
    revisions: dict[str, dict[str, int]] = {name: {} for name in whose.values()}
    population = Population(0, 0.0)
    for row in await connection.fetch(QUERIES["known"], list(whose)):
        customer, body, prompt, revision, gaps, observed_s = row
        if body is not None:
            bodies[whose[customer]].append(body)
        elif prompt is not None:
            kept = _prompt(prompt)
            # It may rest on what happened under an id of somebody else by now.
            for name in {whose[one] for one in (customer, *kept.rests_on) if one in whose}:
                prompts[name].append(kept)
        elif revision is not None:
            revisions[whose[customer]][customer] = revision
        else:
            population = Population(gaps, observed_s)
    return {
        name: Situation(Known(recall(told), strategy, population), prompts[name], revisions[name])
        for name, told in bodies.items()
    }
