"""What a service is, what it is given, and how a process runs some of them."""

import asyncio
import logging
import signal
import socket
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, ClassVar, TypeVar

import uvicorn
from litestar.types import ControllerRouterHandler

from projections.strategy import Strategy
from services.runtime import memory, present, strategies, telemetry, version
from services.runtime.access import access_of
from services.runtime.database import TRANSIENT, Pool, check_schema, connect, unusable
from services.runtime.ending import end
from services.runtime.errors import Fatal
from services.runtime.present import Clock
from services.runtime.producer import Producer
from services.runtime.settings import Settings
from services.runtime.web import application

log = logging.getLogger("egard.service")

_T = TypeVar("_T")


class Context:
    """What every service of a process shares: settings, strategy, database, producer, and the time."""

    def __init__(
        self,
        settings: Settings,
        strategy: Strategy,
        pool: Pool,
        producer: Producer,
        clock: Clock = present.now,
    ) -> None:
        self.settings = settings
        self.strategy = strategy
        self.pool = pool
        self.producer = producer
        self.clock = clock
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(cls, settings: Settings) -> "Context":
        """Connects to everything. Raises `Fatal` with one sentence where something is not there."""
        strategy = strategies.load(settings.strategy)
        pool = await connect(settings.database)
        try:
            try:
                await check_schema(pool)
                await strategies.keep(pool, strategy)
                await version.warn(pool, strategy)
            except TRANSIENT as error:
                raise unusable(settings.database, error) from None
            producer = Producer(settings.kafka, client="egard")
            await producer.start()
        except BaseException:
            pool.terminate()
            raise
        return cls(settings, strategy, pool, producer)

    def fail(self, error: BaseException) -> None:
        """Stops the process: what went wrong is said once."""
        if not self.failed.done():
            self.failed.set_exception(error)

    async def close(self) -> None:
        """Disconnects."""
        await self.producer.stop()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.pool.close(), 5)
        self.pool.terminate()
        if self.failed.done():
            self.failed.exception()


class Service:
    """One of the pieces; a process runs one or several."""

    name: ClassVar[str]

    def __init__(self, context: Context) -> None:
        self.context = context
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begins its work. Raises `Fatal` where it cannot."""

    async def stop(self) -> None:
        """Ends its work."""
        await end(self._tasks)

    def hang_up(self) -> None:
        """Ends what would keep the web server from ending: answers that go on, and calls of our own."""

    def handlers(self) -> Sequence[ControllerRouterHandler]:
        """Its routes."""
        return ()

    async def unready(self) -> str | None:
        """What keeps it from serving, in a sentence; None when it is ready."""
        return None

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs work beside the rest; if it fails, the process stops."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.context.fail(error)


def concerns_somebody(record: logging.LogRecord) -> bool:
    """Whether an operator should see what the web server logs.

    Answers that are given up when the process ends are told with a traceback each, after a line that says how
    many they are: the line is enough.
    """
    return record.exc_info is None or not isinstance(record.exc_info[1], asyncio.CancelledError)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the process's business, not the web server's."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises `Fatal` where the port is taken."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise Fatal(f"Port {port} of {host} cannot be used: {error.strerror or error}.") from None
    return listener


async def run(
    context: Context, services: Sequence[Service], listener: socket.socket, stop: asyncio.Event
) -> None:
    """Runs services and their web server until `stop` is set or one of them fails.

    Raises what it failed with.
    """
    started: list[Service] = []
    web = stopping = None
    logging.getLogger("uvicorn.error").addFilter(concerns_somebody)
    access = access_of(context.settings)
    try:
        server = _Server(
            uvicorn.Config(
                application(services, access),
                log_config=None,
                access_log=False,
                proxy_headers=False,
                lifespan="off",
                timeout_graceful_shutdown=3,
                backlog=512,
            )
        )
        # Who connects before the services have started waits in the listener's queue.
        await unless(stop, access.start(context.fail))
        for service in services:
            started.append(service)  # before it starts: one that does not get so far is cleared away too
            await unless(stop, service.start())
        web = asyncio.create_task(server.serve(sockets=[listener]))
        if not stop.is_set():  # who is ended while the services start serves nothing
            log.info(
                "Serving %s on http://%s:%d; %s.",
                ", ".join(service.name for service in services),
                *listener.getsockname()[:2],
                "nobody is asked for a key" if context.settings.access == "open" else "access by keys",
            )
        memory.spare()
        stopping = asyncio.create_task(stop.wait())
        ends: set[asyncio.Future[Any]] = {web, stopping, context.failed}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if context.failed.done():
            context.failed.result()
    finally:
        if stopping is not None:
            stopping.cancel()
        if web is not None:
            # Whoever is being answered still needs the services; nobody new is let in.
            for service in started:
                service.hang_up()
            server.should_exit = True
            with suppress(asyncio.CancelledError):
                await web
        for service in reversed(started):
            await service.stop()
        await access.stop()
        listener.close()
        telemetry.stop()


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, _T]) -> _T | None:
    """The result of some work; None where `stop` is set before, and then the work is given up."""
    task, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        stopping.cancel()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def stop_on_signals(stop: asyncio.Event) -> None:
    """Sets an event on Ctrl-C and on a request to end."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
