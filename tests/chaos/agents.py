"""Agents at the desk, over its API: they take prompts, and do with them what agents do."""

import asyncio
from itertools import count
from random import Random
from typing import Any

import httpx

from tests.chaos.record import Action, Record, Verb

AGENTS = 3

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
        if lot < 0.6:
            await self._do("done", prompt_id, "note", minutes=4)
        elif lot < 0.75:
            await self._do("decline", prompt_id, "reason")
        elif lot < 0.85:
            await self._do("release", prompt_id)
        elif lot >= 0.9:
            # Nobody has to claim what is done at once.
            await self._do("done", prompt_id, "note")

    async def _do(self, verb: Verb, prompt_id: str, words: str | None = None, **more: object) -> bool:
        """Does something, again until there is an answer; returns whether it is done."""
        while True:
            said = None if words is None else f"{self._name}, word {next(self._words)}"
            action = self._record.acts(Action(verb, prompt_id, self._name, said))
            given: dict[str, Any] = {"agent_id": self._name, **more}
            if words is not None:
                given[words] = said
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
        for number in range(AGENTS):
            draw = Random(f"{seed}/agent/{number}")
            group.create_task(Agent(f"agent-{number}", http, record, draw).run(until))
