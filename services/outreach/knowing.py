"""What outreach knows of a person when it decides, asked for in one statement."""

from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec

from events import recall
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


async def situation(connection: Connection, members: Collection[str], strategy: Strategy) -> Situation:
    """What is known of a person; whoever asks should hold the person's lock."""
    rows = await connection.fetch(QUERIES["known"], list(members))
    history = recall([row["body"] for row in rows if row["body"] is not None])
    population = next(Population(row["gaps"], row["observed_s"]) for row in rows if row["gaps"] is not None)
    return Situation(
        Known(history, strategy, population),
        [_prompt(row["prompt"]) for row in rows if row["prompt"] is not None],
        {row["customer"]: row["revision"] for row in rows if row["customer"] is not None},
    )
