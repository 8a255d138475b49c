"""Agents at the desk, over its API: they take prompts, and do with them what agents do."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import httpx

from tests.chaos.record import Action, Record, Verb

NAMES = ("agent-0", "agent-1", "agent-2")

_PATIENCE = 4.0
"""Seconds that an agent waits for an answer."""
_LOOKED_AT = 30
"""How many prompts an agent sees at once."""


class Agent:
    """One agent, who never gives up over an answer that did not come."""

    def __init__(self, name: str, http: httpx.AsyncClient, record: Record, draw: Random) -> None:
        self._name = name
        self._http = http
        self._record = record
        self._draw = draw
        self._words = count(1)
        self._colleagues = [other for other in NAMES if other != name]

    async def run(self, until: asyncio.Event) -> None:
        """Works until the end of the day, and finishes what was begun."""
        while not until.is_set():
            waiting = await self._look()
            if waiting:
                await self._take_on(self._draw.choice(waiting))
            await asyncio.sleep(self._draw.uniform(0.2, 0.8))

    async def _look(self) -> list[str]:
        try:
            answer = await self._http.get("/v1/prompts", params={"state": "open", "limit": _LOOKED_AT})
        except httpx.TransportError:
            return []
        if answer.status_code != httpx.codes.OK:
            self._expect(answer, "GET /v1/prompts", httpx.codes.SERVICE_UNAVAILABLE)
            return []
        return [prompt["id"] for prompt in answer.json()["prompts"]]

    async def _take_on(self, prompt_id: str) -> None:
        lot = self._draw.random()
        if lot < 0.9 and not await self._do("claim", prompt_id):
            return
        if lot < 0.4:
            await self._do("done", prompt_id, "note", minutes=4)
        elif lot < 0.5:
            await self._do("decline", prompt_id, "reason")
        elif lot < 0.58:
            await self._do("release", prompt_id)
        elif lot < 0.66:
            await self._do("snooze", prompt_id, "reason", soon="until")
        elif lot < 0.74:
            await self._do("delegate", prompt_id, "reason", to=self._draw.choice(self._colleagues))
        elif lot < 0.82:
            if await self._do("gesture", prompt_id, "what", cost=self._draw.choice([0, 4, 12])):
                await self._do("done", prompt_id, "note")
        elif lot < 0.9:
            due = datetime.now(UTC) + timedelta(days=1)
            await self._do("renegotiate", prompt_id, due=due.isoformat(), agreed=self._draw.random() < 0.8)
        else:
            # Nobody has to claim what is done at once.
            await self._do("done", prompt_id, "note")

    async def _do(
        self, verb: Verb, prompt_id: str, words: str | None = None, soon: str | None = None, **more: Any
    ) -> bool:
        """Does something, again until there is an answer; returns whether it is done.

        `soon` names what is to be a time that is still to come, whenever it is asked for.
        """
        while True:
            said = None if words is None else f"{self._name}, word {next(self._words)}"
            who = more.get("to", "" if verb == "renegotiate" else self._name)
            action = self._record.acts(Action(verb, prompt_id, who, said))
            given: dict[str, Any] = {"agent_id": self._name, **more}
            if words is not None:
                given[words] = said
            if soon is not None:
                given[soon] = (datetime.now(UTC) + timedelta(seconds=10)).isoformat()
            path = f"/v1/prompts/{prompt_id}/{verb}"
            try:
                answer = await self._http.post(path, json=given)
            except httpx.TransportError:
                await asyncio.sleep(0.5)
                continue
            if answer.status_code == httpx.codes.OK:
                action.acknowledged = True
                return True
            if answer.status_code == httpx.codes.CONFLICT:
                action.refused = True
                return False
            self._expect(answer, f"POST {path}", httpx.codes.SERVICE_UNAVAILABLE)
            await asyncio.sleep(0.5)

    def _expect(self, answer: httpx.Response, what: str, expected: int) -> None:
        if answer.status_code != expected:
            self._record.wrong.append(f"{what} was answered {answer.status_code}: {answer.text[:300]}")


async def work(record: Record, *, desk: str, seed: int, until: asyncio.Event) -> None:
    """Some agents at work, until the end of the day."""
    async with (
        httpx.AsyncClient(base_url=desk, timeout=_PATIENCE) as http,
        asyncio.TaskGroup() as group,
    ):
        for name in NAMES:
            draw = Random(f"{seed}/{name}")
            group.create_task(Agent(name, http, record, draw).run(until))
