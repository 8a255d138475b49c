"""Assigning: what waits is offered to who is there; what somebody had who has gone is everybody's again."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from events import OutreachReleased, PromiseKept, recall
from projections.corrections import standing
from projections.outreach.assigning import Waiting, share_out, ties
from projections.outreach.choosing import promise_id
from projections.strategy import Strategy
from services.outreach.hands import HANDS
from services.outreach.machine import take_from_machines
from services.runtime import outbox
from services.runtime.database import Connection, Pool
from services.runtime.people import holding, people
from services.runtime.team import There, in_hand, team

SOURCE = "/egard/outreach"

SOME = 50
"""Prompts that are offered in one go."""

_BEGINNING = (datetime(1, 1, 2, tzinfo=UTC), "")


class Assigning:
    """Offers prompts to agents. Any number may run; one works at a time."""

    def __init__(self, pool: Pool, strategy: Strategy) -> None:
        self._pool = pool
        self._strategy = strategy
        self._patience = timedelta(seconds=strategy.outreach.team.offered_for)
        self._from = _BEGINNING

    async def some(self, now: datetime) -> int:
        """Takes back from who has gone, and offers what waits; returns how many prompts changed hands."""
        async with holding(self._pool) as connection:
            if not await connection.fetchval(HANDS["try_to_assign"]):
                return 0
            there = await team(connection, self._strategy, now)
            changed = await self._free(connection, there)
            changed += await self._let_others(connection, now)
            changed += await take_from_machines(connection, self._patience, now)
            changed += await self._offer(connection, there, now)
            await self._keep_promises(connection)
            if changed:
                await connection.execute("notify egard_prompts")
        return changed

    async def _free(self, connection: Connection, there: There) -> int:
        """Whoever goes off shift leaves nothing in a drawer. When, follows from the shift."""
        lease = timedelta(seconds=self._strategy.outreach.team.lease)
        ends = [datetime.fromtimestamp(at, UTC) for at in there.gone.values()]
        rows = await connection.fetch(HANDS["of_the_gone"], list(there.gone), ends, lease)
        for row in rows:
            await connection.execute(HANDS["free"], row["customer"], row["prompt_id"])
            await outbox.put_event(
                connection,
                OutreachReleased(prompt_id=row["prompt_id"], agent_id=row["agent_id"], reason="off_shift"),
                subject=row["customer"],
                source=SOURCE,
                id=f"{row['prompt_id']}:off_shift:{row['at'].timestamp():.6f}",
                time=row["at"],
                traceparent=row["traceparent"],
            )
        return len(rows)

    async def _let_others(self, connection: Connection, now: datetime) -> int:
        return len(await connection.fetch(HANDS["offer_to_anybody"], now - self._patience))

    async def _offer(self, connection: Connection, there: There, now: datetime) -> int:
        shifts = there.shifts
        if not shifts:
            return 0
        load = await in_hand(connection, shifts)
        if all(load.get(shift.agent_id, 0.0) >= shift.minutes for shift in shifts):
            return 0
        rows = await connection.fetch(HANDS["unoffered"], *self._from, SOME)
        waiting = await self._waiting(connection, rows, now)
        at = now.timestamp()
        offers = share_out(waiting, shifts, load, there.hard_on, self._strategy, at)
        # Where there is nobody for any of these, there may be for those that wait less long.
        further = not offers and len(rows) == SOME
        self._from = (rows[-1]["delivered_at"], rows[-1]["prompt_id"]) if further else _BEGINNING
        if not offers:
            return 0
        of = {row["prompt_id"]: row["customer"] for row in rows}
        offered: int = await connection.fetchval(
            HANDS["offer"],
            [of[prompt_id] for prompt_id, _ in offers],
            [prompt_id for prompt_id, _ in offers],
            [offer.agent_id for _, offer in offers],
            [offer.why for _, offer in offers],
            now,
        )
        return offered

    async def _waiting(
        self, connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime
    ) -> list[Waiting]:
        """What waits, with who has to do with it by the histories of its customers."""
        named = {row["prompt_id"]: {row["customer"], *(row["subjects"] or ())} for row in rows}
        persons = await people(connection, set().union(*named.values()))
        members = {
            prompt: {member for name in names for member in persons.of(name).members}
            for prompt, names in named.items()
        }
        told = await connection.fetch(HANDS["histories"], list(set().union(*members.values())))
        events = list(
            zip((row["customer"] for row in told), recall([row["body"] for row in told]), strict=True)
        )
        of: dict[str, list[Any]] = {}
        for customer, event in events:
            of.setdefault(customer, []).append(event)
        return [
            Waiting(
                prompt_id=row["prompt_id"],
                since=row["delivered_at"].timestamp(),
                minutes=row["minutes"],
                hard=row["hard"],
                skill=row["skill"],
                ties=ties(
                    standing([event for name in members[row["prompt_id"]] for event in of.get(name, ())]),
                    row["prompt_id"],
                    row["source"],
                    row["event_id"],
                    now.timestamp(),
                    self._strategy,
                ),
            )
            for row in rows
        ]

    async def _keep_promises(self, connection: Connection) -> None:
        """Who was promised a person and has had one since: the promise is kept."""
        for row in await connection.fetch(HANDS["persons_met"]):
            promise = promise_id(row["prompt_id"])
            await outbox.put_event(
                connection,
                PromiseKept(promise_id=promise),
                subject=row["customer"],
                source=SOURCE,
                id=f"{promise}:kept",
                time=row["person_met_at"],
                traceparent=row["traceparent"],
            )
