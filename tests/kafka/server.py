"""A real Apache Kafka, for what the embedded broker cannot show: rebalances, retention, restarts, bulk.

It is one KRaft node from the jars of Maven Central, so it needs Java 17 and, the first time, Maven. Set
`EGARD_TEST_KAFKA=host:port` to use a broker of your own instead; tests that must stop or freeze it are then
skipped.
"""

import asyncio
import base64
import hashlib
import os
import shutil
import signal
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from services.embedded import EmbeddedError
from services.embedded.leash import Leash
from services.embedded.ports import free_port

_POM = Path(__file__).with_name("pom.xml")
_TOOLS = Path(__file__).with_name("tools.xml")
_CACHE = Path(__file__).parents[2] / ".cache" / "kafka"

_READY_WITHIN = 60.0
"""Seconds for the broker to answer."""

_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    # One node holds everything, so nothing can be replicated.
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # Fifty partitions of bookkeeping each would only take time.
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    # A broker that comes back after a kill is let in when its former self is given up.
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "2000",
    # A test waits for nobody: groups form at once, retention and compaction act within a second.
    "group.initial.rebalance.delay.ms": "0",
    "log.initial.task.delay.ms": "500",
    "log.retention.check.interval.ms": "1000",
    "log.cleaner.backoff.ms": "1000",
}

_JAVA = (
    "java",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # a test ends before the better compiler pays
    "-XX:-UsePerfData",  # leaves files in the system's temporary folder
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
)


def kafka_unavailable() -> str | None:
    """Why no Kafka can be had here, in one line fit for `pytest.skip`; None when one can."""
    if os.environ.get("EGARD_TEST_KAFKA"):
        return None
    if shutil.which("java") is None:
        return "Apache Kafka needs Java 17 (or set EGARD_TEST_KAFKA=host:port)."
    if shutil.which("mvn") is None and not _jars().exists():
        return "Maven is needed once to fetch Apache Kafka (or set EGARD_TEST_KAFKA=host:port)."
    return None


class Door(NamedTuple):
    """A listener of its own for some clients: a proxy's, so that it can stand between them and the broker."""

    port: int
    """Where the broker listens."""
    said: int
    """Where it says that it listens: clients go on to the port that a broker tells them."""


class KafkaServer:
    """One node of Apache Kafka on 127.0.0.1, or the broker that `EGARD_TEST_KAFKA` names.

    Topics must be created: nothing makes them appear. The node ends with this process, even by SIGKILL, and
    everything it writes is in one folder. After `stop` or `kill`, `start` brings it back on the same port
    with its data.

    With a broker that is not ours, `start` and `stop` do nothing, and whatever else needs to be in charge
    of it skips the running test.

    Args:
        folder: Where everything is kept: `data`, `tmp`, `server.properties` and `kafka.log`.
        settings: More of Kafka's broker settings, by name; they win over ours.
        doors: Further listeners, by name in capitals.
    """

    def __init__(
        self,
        folder: Path,
        *,
        settings: Mapping[str, str] | None = None,
        doors: Mapping[str, Door] | None = None,
    ) -> None:
        self.folder = folder.absolute()
        self._log = self.folder / "kafka.log"
        self._settings = dict(settings or {})
        self._doors = dict(doors or {})
        self._foreign = os.environ.get("EGARD_TEST_KAFKA") or None
        self._ports: tuple[int, int] | None = None
        self._server: Leash | None = None

    @property
    def address(self) -> str:
        """`host:port`, for any client's bootstrap servers; it stays the same through `kill` and `restart`.

        Raises:
            EmbeddedError: The server was never started.
        """
        if self._foreign is not None:
            return self._foreign
        if self._ports is None:
            raise EmbeddedError("Kafka was never started, so it has no address.")
        return f"127.0.0.1:{self._ports[0]}"

    @property
    def pid(self) -> int:
        """The process id of the running server.

        Raises:
            EmbeddedError: It is not running.
        """
        self._in_charge()
        if self._server is None or self._server.ended:
            raise EmbeddedError("Kafka is not running.")
        return self._server.pid

    async def start(self) -> None:
        """Start the server and return when it answers; the first time on a machine, fetch it.

        Raises:
            EmbeddedError: It is running already, cannot be fetched, or does not start.
        """
        if self._foreign is not None:
            if self._settings or self._doors:
                self._in_charge()
            return
        if self._server is not None and not self._server.ended:
            raise EmbeddedError("Kafka is running already.")
        jars = await _fetch()
        if self._ports is None:
            self._ports = (free_port(), free_port())
        (self.folder / "tmp").mkdir(parents=True, exist_ok=True)
        properties = self._write_properties(*self._ports)
        # Native libraries are unpacked into the temporary folder, and stay there when the server is killed.
        java = [*_JAVA, f"-Djava.io.tmpdir={self.folder / 'tmp'}", "-cp", f"{jars}/*"]
        if not (self.folder / "data" / "meta.properties").exists():
            await self._format(java, properties)
        self._server = await Leash.start(
            [*java, "kafka.Kafka", str(properties)],
            log=self._log,
            signals=[signal.SIGTERM, signal.SIGKILL],
        )
        try:
            await self._until_ready(self._server)
        except BaseException:
            await self._server.stop()
            raise

    async def stop(self) -> None:
        """Stop the server in good order, frozen or not. Harmless when not running."""
        if self._server is not None:
            await self._server.stop()

    async def kill(self) -> None:
        """End the server at once, as a crash would; return when it is gone. Harmless when not running."""
        self._in_charge()
        if self._server is not None:
            await self._server.kill()

    async def restart(self) -> None:
        """Stop the server if it runs, and start it on the same port with the same data.

        Raises:
            EmbeddedError: The server does not start.
        """
        self._in_charge()
        await self.stop()
        await self.start()

    async def freeze(self) -> None:
        """Make the server stand still with its connections open, as a long pause or a lost network would.

        Raises:
            EmbeddedError: It is not running.
        """
        os.kill(self.pid, signal.SIGSTOP)
        # A thread at work on another core may still answer a request after the signal was sent.
        while _at_work(self.pid):  # noqa: ASYNC110 (nobody tells us)
            await asyncio.sleep(0.001)

    def thaw(self) -> None:
        """Let a frozen server go on.

        Raises:
            EmbeddedError: It is not running.
        """
        os.kill(self.pid, signal.SIGCONT)

    async def __aenter__(self) -> Self:
        """Start the server."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server; the folder stays."""
        await self.stop()

    def _in_charge(self) -> None:
        if self._foreign is not None:
            pytest.skip(f"The broker at {self._foreign} is not ours to configure, stop or freeze.")

    def _write_properties(self, port: int, controller_port: int) -> Path:
        listening = {"PLAINTEXT": Door(port, port)} | self._doors
        said = {name: f"{name}://127.0.0.1:{door.said}" for name, door in listening.items()}
        heard = {name: f"{name}://127.0.0.1:{door.port}" for name, door in listening.items()}
        settings = _SETTINGS | {
            "listeners": ",".join([*heard.values(), f"CONTROLLER://127.0.0.1:{controller_port}"]),
            "advertised.listeners": ",".join(said.values()),
            "listener.security.protocol.map": ",".join(f"{one}:PLAINTEXT" for one in [*said, "CONTROLLER"]),
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller_port}",
            "log.dirs": str(self.folder / "data"),
        }
        path = self.folder / "server.properties"
        path.write_text("".join(f"{name}={value}\n" for name, value in (settings | self._settings).items()))
        return path

    async def _format(self, java: list[str], properties: Path) -> None:
        """Give the node's storage its identity, which KRaft wants before the first start."""
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        command = [*java, "kafka.tools.StorageTool", "format", "--standalone"]
        # With an equals sign: one id in 64 begins with a dash, and would be taken for an option.
        if await _run([*command, f"--cluster-id={cluster}", "--config", str(properties)], self._log):
            raise EmbeddedError(f"Kafka's storage cannot be made (the reason is in {self._log}).")

    async def _until_ready(self, server: Leash) -> None:
        """Return when the broker is registered with its controller and tells so to clients."""
        try:
            async with asyncio.timeout(_READY_WITHIN):
                while not server.ended:
                    if await answers(self.address):
                        return
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pass
        raise EmbeddedError(f"Kafka does not answer after its start (the reason is in {self._log}).")


async def tool(main: str) -> list[str]:
    """The command that runs one of Kafka's own tools, by its main class; the first time, they are fetched.

    Raises:
        EmbeddedError: They cannot be fetched.
    """
    return [*_JAVA, "-cp", f"{await _fetch(_TOOLS)}/*", main]


def _at_work(pid: int) -> bool:
    """Whether a thread of the process is in another state than stopped; where there is no /proc, never."""
    try:
        stats = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    except (FileNotFoundError, ProcessLookupError):
        return True  # a thread ended while we looked
    return any(stat.rpartition(")")[2].split()[0] != "T" for stat in stats)


def _jars(pom: Path = _POM) -> Path:
    """Where the jars are that a pom, as it stands, asks for."""
    return _CACHE / hashlib.sha256(pom.read_bytes()).hexdigest()[:16]


async def _fetch(pom: Path = _POM) -> Path:
    """The folder of a pom's jars, filled by Maven if it is missing: all or nothing, and safe to race for."""
    jars = _jars(pom)
    if jars.exists():
        return jars
    _CACHE.mkdir(parents=True, exist_ok=True)
    unfinished = _CACHE / f"unfinished-{uuid.uuid4()}"
    try:
        command = ["mvn", "--batch-mode", "--quiet", "-Dstyle.color=never", "--file", str(pom)]
        copy = ["dependency:copy-dependencies", f"-DoutputDirectory={unfinished}"]
        if await _run([*command, *copy], _CACHE / "maven.log"):
            raise EmbeddedError(f"Maven cannot fetch Apache Kafka (the reason is in {_CACHE / 'maven.log'}).")
        if not jars.exists():
            unfinished.rename(jars)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return jars


async def _run(command: list[str], log: Path) -> int:
    """Run a program to its end; return its exit code. It is stopped if we are."""
    program = await Leash.start(command, log=log, signals=[signal.SIGTERM, signal.SIGKILL])
    try:
        return await program.wait()
    finally:
        await program.stop()


async def answers(address: str) -> bool:
    """Whether a broker at this address tells clients that it serves."""
    host, _, port = address.rpartition(":")
    try:
        # Asked first because aiokafka reports each vain attempt as an error.
        _, writer = await asyncio.open_connection(host, int(port))
    except OSError:
        return False
    writer.close()
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    try:
        await admin.start()
        return bool((await admin.describe_cluster())["brokers"])
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()
