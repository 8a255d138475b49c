"""What is tried: broker, database and services as processes, and the proxies between them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from services.embedded import EmbeddedDatabase
from services.embedded.ports import free_port
from services.runtime import migrations
from services.runtime.kafka import create_topics
from tests.awake import awake_file
from tests.chaos.kept import Kept
from tests.chaos.proxy import Proxy
from tests.chaos.schedule import LINKS, PRODUCER, SERVICES
from tests.kafka.server import Door, KafkaServer
from tests.processes import Serving

PARTITIONS = 4

Links = Mapping[tuple[str, str], Proxy]
"""The proxies, by whose connections they carry, and where to."""


class System:
    """All of it, running. Whoever only looks on connects directly."""

    def __init__(self, folder: Path, kafka: KafkaServer, database: EmbeddedDatabase, links: Links) -> None:
        self.folder = folder
        self.kafka = kafka
        self.database = database
        self.links = links
        self.strategy = awake_file(folder)
        self.services = {name: Kept(name, self._serving(name)) for name in SERVICES}
        self.environment = {
            "EGARD_KAFKA": kafka.address,
            "EGARD_DATABASE": database.url,
            "EGARD_STRATEGY": str(self.strategy),
        }
        """The settings of a command that looks on."""

    def calling(self, name: str) -> str:
        """The URL by which others call a service."""
        return f"http://127.0.0.1:{self.links[name, 'http'].port}"

    @property
    def produced_to(self) -> str:
        """The broker, as the publisher that writes straight to it sees it."""
        return f"127.0.0.1:{self.links[PRODUCER, 'kafka'].port}"

    def looking(self, name: str) -> Serving:
        """A service that nothing strikes."""
        return Serving(
            name,
            kafka=self.kafka.address,
            database=self.database.url,
            log=self.folder / f"{name}.log",
            strategy=self.strategy,
        )

    async def ready(self) -> None:
        """Waits until all services serve. Raises `TimeoutError` where one does not come back."""
        await asyncio.gather(*(one.ready() for one in self.services.values()))

    def said(self) -> dict[str, str]:
        """What each service wrote."""
        return {name: one.serving.said() for name, one in self.services.items()}

    def _serving(self, name: str) -> Serving:
        kafka, database = self.links[name, "kafka"], self.links[name, "database"]
        serving = Serving(
            name.partition("-")[0],
            kafka=f"127.0.0.1:{kafka.port}",
            database=_by(database, self.database.url),
            log=self.folder / f"{name}.log",
            strategy=self.strategy,
        )
        if (name, "http") in self.links:
            self.links[name, "http"].target = serving.port
        return serving


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[System]:
    """Everything, with empty topics and an empty database; it is ended with the block."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(EmbeddedDatabase(folder / "database", durable=False))
        await migrations.migrate(database.url)
        port = urlsplit(database.url).port or 0
        links: dict[tuple[str, str], Proxy] = {}
        for target, names in LINKS.items():
            for name in names:
                proxy = Proxy(port if name == "database" else free_port())
                links[target, name] = await stack.enter_async_context(proxy)
        doors = {
            target.upper().replace("-", "_"): Door(proxy.target, proxy.port)
            for (target, name), proxy in links.items()
            if name == "kafka"
        }
        kafka = await stack.enter_async_context(KafkaServer(folder / "kafka", doors=doors))
        await create_topics(kafka.address, partitions=PARTITIONS, replication=1)
        system = System(folder, kafka, database, links)
        try:
            for one in system.services.values():
                one.start()
            await system.ready()
            yield system
        finally:
            await asyncio.gather(*(one.stop() for one in system.services.values()))


def _by(proxy: Proxy, url: str) -> str:
    """The database's address, by a proxy."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.replace(f":{parts.port}", f":{proxy.port}")).geturl()
