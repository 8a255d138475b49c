"""The engine: one transaction per partition batch, effectively once.

The transaction begins with a compare-and-set of the position: a process that was overtaken writes nothing.
Only events that the journal accepts are folded; what they change, prompt and announce follows from that.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import asyncpg
import msgspec

from projections.fold import Change, gather, judged, no_change
from projections.judgement import SPEAKING, Judgement
from projections.knots.signs import NO_SIGNS, Watch
from projections.links import Person
from projections.reading import Reader
from projections.strategy import Strategy
from services.projector import folding, journal, keeping, links
from services.projector.batch import Batch, Received
from services.projector.deadletters import Buried, settle
from services.projector.erasure import Erasures
from services.projector.folding import Folded
from services.projector.reasons import Reasons
from services.projector.refold import corrected, refold
from services.projector.sql import QUERIES
from services.runtime import present
from services.runtime.database import Connection, Pool
from services.runtime.people import holding, judged_of
from services.runtime.present import Clock
from services.runtime.rows import Relationship, Taken, instant
from services.runtime.taking import take

_SLICE = 1_000
"""Events that are folded before others get their turn: heartbeats are kept by the same loop."""


class Displaced(Exception):  # noqa: N818 - the outcome of a race, not an error
    """Another process moved the position: this one does not own the partition."""


class _PartsOrJoins(Exception):  # noqa: N818 - found out on the way, not an error
    """A batch takes a link back, or the end of one: that changes who is who, which is only done alone."""


class Told(msgspec.Struct, frozen=True):
    """A reading to be announced."""

    customer: str
    revision: int
    taken: Taken
    strategy: str
    """The version of the strategy that it was taken by."""


class Applied(msgspec.Struct, frozen=True):
    """What a batch did."""

    accepted: int
    repeated: int
    refused: int
    told: list[Told]
    buried: Buried = Buried()
    """What was refused."""
    gone: list[str] = []
    """Those of whom nothing is kept any more: their announcements are to be taken back."""
    dropped: int = 0
    """Records of those who were erased before."""


class Engine:
    """Applies batches to the database."""

    def __init__(
        self,
        pool: Pool,
        strategy: Strategy,
        topic: str,
        *,
        erasure_key: str | None = None,
        clock: Clock = present.now,
    ) -> None:
        self._pool = pool
        self._strategy = strategy
        self._reader = Reader(strategy)
        self._reasons = Reasons(strategy, clock)
        self._topic = topic
        self._erasures = Erasures(erasure_key)
        self._clock = clock

    async def apply(self, batch: Batch, announced: int) -> Applied:
        """Applies a batch in one transaction, and notes what was announced before it.

        A batch in which links are spoken of after an erasure takes several, one after the other. Raises
        `Displaced` where the position is another's; then nothing was written of what is left.
        """
        applied = [await self._apply_piece(piece, announced) for piece in batch.pieces()]
        return applied[0] if len(applied) == 1 else _together(applied)

    async def _apply_piece(self, batch: Batch, announced: int) -> Applied:
        try:
            return await self._apply(batch, announced)
        except (asyncpg.UniqueViolationError, _PartsOrJoins):
            # Another partition's batch wrote the first row of a customer of this one, and has committed.
            # Others may do so again and again, while many customers are new: alone, this one meets nobody.
            return await self._apply(batch, announced, alone=True)

    async def _apply(self, batch: Batch, announced: int, *, alone: bool = False) -> Applied:
        # Who is who changes in nobody's hands but of one that works alone: so the ids of a person are known
        # before any row is locked, and rows are locked in key order as ever.
        changing = links.may_change(batch)
        async with holding(self._pool, alone=alone or changing) as connection:
            there = await connection.fetchrow(
                QUERIES["advance_position"],
                self._topic,
                batch.partition,
                batch.first,
                batch.next,
                announced,
                list({customer for customer, _ in batch.received}),
            )
            if there is None:
                raise Displaced
            if there["links"] and not changing and await links.takes_back(connection, batch):
                if not alone:
                    raise _PartsOrJoins
                changing = True
            if not there["staged"]:
                await connection.execute(QUERIES["stage"])
            sifted = await self._erasures.sift(connection, batch, erased=there["erased"])
            batch = sifted.batch
            accepted, reused = await journal.accept(connection, batch)
            buried = await settle(
                connection, self._topic, batch, accepted, reused, mendable=there["dead_letters"]
            )
            told, gone = await self._fold(
                connection, batch, accepted, linked=there["links"], changing=changing
            )
            erased = await self._erasures.erase(connection, sifted.asked)
        return Applied(
            len(accepted),
            len(batch.received) - len(accepted) - len(reused),
            len(batch.rejected) + len(reused),
            [one for one in told if one.customer not in erased],
            buried,
            [*gone, *erased],
            sifted.dropped,
        )

    async def _fold(
        self,
        connection: Connection,
        batch: Batch,
        accepted: list[Received],
        *,
        linked: bool,
        changing: bool,
    ) -> tuple[list[Told], list[str]]:
        """Folds what was accepted: matters, sums, readings, deadlines, causes.

        Returns the readings to be announced, and those who have none any more.
        """
        if not accepted:
            return [], []
        changes = await self._gathered(accepted)
        ties = await links.tie(connection, accepted, changes.keys(), linked=linked, changing=changing)
        kept = await keeping.lock(connection, sorted({*changes, *ties.beside}))
        anew = self._reasons.met_otherwise(batch, kept, accepted, ties)
        folding.note_signs(kept, batch.kinds, accepted, self._strategy)
        known = await keeping.matters(connection, folding.touched(changes, kept), kept.values())
        folded = folding.fold_in(kept, known, changes, self._strategy)
        for customer in await corrected(connection, batch, accepted, kept):
            state = await refold(connection, customer, self._strategy)
            folding.put(folded, kept[customer], state)
        await self._reasons.keep_deadlines(connection, batch, folded, accepted, anew)
        first = await self._reasons.first_contacts(connection, batch, kept, folded, accepted)
        left, gone = links.part(ties, kept)
        made = await judged_of(connection, _to_be_asked(batch, accepted, left, ties))
        taken = await self._readings(connection, left, ties, folded, made)
        for one in left.values():
            one.revision += 1
        now = self._clock()
        await keeping.keep_relationships(
            connection, left.values(), taken.__getitem__, now, self._strategy.version
        )
        await keeping.keep_matters(connection, folded)
        if gone:
            await links.forget(connection, gone)
        bands = {
            name: (one.band, taken[name].reading.band)
            for name, one in left.items()
            if taken[name].reading.band in self._reasons.falls and one.band not in self._reasons.falls
        }
        knotted = {name for name, one in taken.items() if one.knotted}
        # The clock will not find them: from now on, their readings know what time has done.
        tied = {
            name
            for name, one in left.items()
            if name in knotted and one.knots_due is not None and one.knots_due <= taken[name].at
            if taken[name].canonical is None
        }
        await self._reasons.raise_causes(connection, batch, accepted, bands, first, knotted, tied)
        version = self._strategy.version
        return [Told(name, one.revision, taken[name], version) for name, one in left.items()], gone

    async def _gathered(self, accepted: Sequence[Received]) -> dict[str, Change]:
        """What the events amount to by themselves, by customer."""
        changes: dict[str, Change] = {}
        for first in range(0, len(accepted), _SLICE):
            for received in accepted[first : first + _SLICE]:
                event = received.event
                change = changes.get(event.subject)
                if change is None:
                    change = changes[event.subject] = no_change()
                gather(change, event, self._strategy)
            await asyncio.sleep(0)
        return changes

    async def _readings(
        self,
        connection: Connection,
        relationships: Mapping[str, Relationship],
        ties: links.Ties,
        folded: Folded,
        made: Mapping[str, Sequence[Judgement]],
    ) -> dict[str, Taken]:
        """Takes the readings of all ids, one for each person."""
        now = self._clock()
        at = now.timestamp()
        taken: dict[str, Taken] = {}
        others: dict[str, Person] = {}
        linked, unsettled, read = ties.persons.linked, folded.unsettled, self._reader.read
        rules = self._strategy.knots
        for customer, relationship in relationships.items():
            if customer in linked or relationship.newest > at or customer in made:
                person = ties.persons.of(customer)
                others[person.canonical] = person
                continue
            # Nearly everybody; what `take` makes of them, in fewer steps.
            sums, still_open, due = relationship.sums, unsettled.get(customer, ()), None
            if len(still_open) > 1 or relationship.signs is not NO_SIGNS:
                watch = Watch(relationship.signs, still_open, rules)
                if watch.may_be_open(at):
                    others[customer] = Person((customer,))
                    continue
                due = watch.changes_at((), at)
            if still_open:
                sums = judged(sums, still_open, self._strategy, at)
            reading = read(sums, at)
            taken[customer] = Taken(now, reading, knots_due=None if due is None else instant(due))
        if others:
            taken |= await take(
                connection, others.values(), relationships, unsettled, self._reader, now, made
            )
        return taken


def _together(parts: Sequence[Applied]) -> Applied:
    """What several batches did, one after the other: of each customer the last is announced."""
    told: dict[str, Told] = {}
    gone: dict[str, None] = {}
    for part in parts:
        for one in part.told:
            told[one.customer] = one
            gone.pop(one.customer, None)
        for name in part.gone:
            gone[name] = None
            told.pop(name, None)
    return Applied(
        sum(part.accepted for part in parts),
        sum(part.repeated for part in parts),
        sum(part.refused for part in parts),
        list(told.values()),
        Buried(
            sum((Counter(part.buried.new) for part in parts), Counter()),
            sum((Counter(part.buried.again) for part in parts), Counter()),
        ),
        [*gone],
        sum(part.dropped for part in parts),
    )


def _to_be_asked(
    batch: Batch, accepted: Iterable[Received], kept: Mapping[str, Relationship], ties: links.Ties
) -> set[str]:
    """All ids of those of whom a judgement may be in force, or is spoken of in a batch; mostly nobody's."""
    found = {name for name, one in kept.items() if one.judged}
    if not batch.kinds.isdisjoint(SPEAKING):
        found |= {one.event.subject for one in accepted if isinstance(one.event.data, SPEAKING)}
    return {member for name in found for member in ties.persons.of(name).members}
