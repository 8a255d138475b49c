"""The way from an event to a prompt with nothing in it: the steps of the design, each as short as it can be.

HTTP in (`tests/bench/bare.py`), Kafka, one statement that commits what was read, a notification, one that
commits the prompt, a notification, and HTTP out as server-sent events. Each step is a process of its own, as
the services are. Nothing is checked, folded or decided, and what is not notified is lost.

`python -m tests.bench.bare_way fold`, `decide` or `show PORT`.
"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import uvicorn
import uvloop
from aiokafka import AIOKafkaConsumer
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route

from services.embedded.ports import free_port
from tests.bench.load import until_open
from tests.bench.tellings import Due
from tests.bench.topics import PARTITIONS, topic
from tests.bench.watching import Agent, published
from tests.processes import ROOT

TOPIC = "egard.bench.bare"

MARK = b"-third-telling"
"""What the body of an event that prompts holds."""

_TABLES = """
create table bare_folds (customer text not null, body bytea not null);
create table bare_prompts (customer text not null);
"""
_FOLD = """
with put as (insert into bare_folds select * from unnest($1::text[], $2::bytea[]))
select pg_notify('bare_fold', customer) from unnest($3::text[]) as customer
"""
_DECIDE = """
with put as (insert into bare_prompts values ($1)) select pg_notify('bare_prompt', $1)
"""


async def _fold() -> None:
    connection = await asyncpg.connect(os.environ["EGARD_DATABASE"])
    fold = await connection.prepare(_FOLD)
    consumer = AIOKafkaConsumer(
        TOPIC, bootstrap_servers=os.environ["EGARD_KAFKA"], auto_offset_reset="earliest"
    )
    async with consumer:
        _ready()
        while True:
            found = await consumer.getmany(timeout_ms=1000)
            some = [(one.key.decode(), one.value) for records in found.values() for one in records]
            if some:
                due = [customer for customer, body in some if MARK in body]
                await fold.fetch([customer for customer, _ in some], [body for _, body in some], due)


async def _decide() -> None:
    connection = await asyncpg.connect(os.environ["EGARD_DATABASE"])
    decide = await connection.prepare(_DECIDE)
    waiting: asyncio.Queue[str] = asyncio.Queue()
    await connection.add_listener("bare_fold", lambda *said: waiting.put_nowait(said[-1]))
    _ready()
    while True:
        await decide.fetch(await waiting.get())


async def _show(port: int) -> None:
    connection = await asyncpg.connect(os.environ["EGARD_DATABASE"])
    waiting: asyncio.Queue[str] = asyncio.Queue()
    await connection.add_listener("bare_prompt", lambda *said: waiting.put_nowait(said[-1]))

    async def events() -> AsyncIterator[bytes]:
        yield b"retry: 1000\n\n"
        while True:
            yield b'data: {"customer":"%b"}\n\n' % (await waiting.get()).encode()

    async def stream(_: Any) -> StreamingResponse:
        return StreamingResponse(events(), media_type="text/event-stream")

    listener = socket.create_server(("127.0.0.1", port))
    config = uvicorn.Config(
        Starlette(routes=[Route("/v1/prompts/stream", stream)]), log_config=None, access_log=False
    )
    _ready()
    await uvicorn.Server(config).serve(sockets=[listener])


def _ready() -> None:
    print("ready", flush=True)


class BareWay:
    """The bare way, from outside."""

    def __init__(self, port: int, agent: Agent) -> None:
        self._port = port
        self._agent = agent

    async def prompt(self, due: Sequence[Due]) -> list[float]:
        """Publishes events, and returns how many seconds each prompt took."""
        sent = await published(self._port, "none", due)
        seen = await self._agent.seen(sent)
        return [seen[name] - at for name, at in sent.items()]


@asynccontextmanager
async def bare_way(brokers: str, database: str, log: Path) -> AsyncIterator[BareWay]:
    """The bare way, with an agent at its end."""
    connection = await asyncpg.connect(database)
    await connection.execute(_TABLES)
    await connection.close()
    environment = {**os.environ, "EGARD_KAFKA": brokers, "EGARD_DATABASE": database, "BENCH_TOPIC": TOPIC}
    gateway, desk = free_port(), free_port()
    async with topic(brokers, TOPIC, PARTITIONS), AsyncExitStack() as stack:
        for words in (("fold",), ("decide",), ("show", str(desk))):
            process = await _process(stack, ("tests.bench.bare_way", *words), environment, log)
            assert process.stdout is not None
            assert await process.stdout.readline(), f"the bare way did not start: {words[0]}"
        await until_open(desk, process)
        await until_open(gateway, await _process(stack, ("tests.bench.bare", str(gateway)), environment, log))
        agent = await stack.enter_async_context(Agent.at(f"http://127.0.0.1:{desk}", "none"))
        yield BareWay(gateway, agent)


async def _process(
    stack: AsyncExitStack, words: Sequence[str], environment: Mapping[str, str], log: Path
) -> asyncio.subprocess.Process:
    """A module run as a process, which ends with the stack."""
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *words),
            env=environment,
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=out,
        )

    async def end() -> None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    stack.push_async_callback(end)
    return process


async def _run(role: str, *more: str) -> None:
    match role:
        case "fold":
            await _fold()
        case "decide":
            await _decide()
        case _:
            await _show(int(*more))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(*sys.argv[1:]))
