"""How a process ends while it is being used."""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import psutil

from events import RecognitionRemembered
from services.embedded import EmbeddedBroker
from services.runtime.kafka import INTERACTIONS
from tests.processes import ROOT, Serving
from tests.stack import Teller, until

PUBLISHERS = 6


_SERVE = """
import asyncio, sys
from pathlib import Path
from tests.processes import ROOT, Serving

async def main():
    _, kafka, database, log = sys.argv
    serving = Serving("clock", kafka=kafka, database=database, log=Path(log))
    await serving.start()
    print(serving.pid, flush=True)
    await asyncio.sleep(3600)

asyncio.run(main())
"""


async def test_what_a_test_serves_ends_with_the_test(tmp_path: Path, database_url: str) -> None:
    """When whoever tries a service is killed by SIGKILL, the service ends in good order: nothing is left."""
    async with EmbeddedBroker() as broker:
        owner = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _SERVE, broker.address, database_url, str(tmp_path / "log")),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        assert owner.stdout is not None
        served = psutil.Process(int(await owner.stdout.readline()))
        owner.kill()
        await owner.wait()

        async def gone() -> bool:
            return not served.is_running()

        await until(gone)


async def test_whoever_is_publishing_when_the_gateway_ends_hears_yes_or_later(
    tmp_path: Path, database_url: str
) -> None:
    """A request that was let in is answered with 202 or 503; the others find nobody; nothing else is said."""
    statuses: list[int] = []
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS])
        gateway = Serving("gateway", kafka=broker.address, database=database_url, log=tmp_path / "log")
        async with gateway, httpx.AsyncClient(base_url=gateway.url) as http:

            async def publish(teller: Teller) -> None:
                with suppress(httpx.TransportError):  # the socket is closed: nobody was let in
                    while True:
                        event = teller.tell(RecognitionRemembered(what="x"))
                        kind = {"Content-Type": "application/cloudevents+json"}
                        answer = await http.post("/v1/events", content=event.body, headers=kind)
                        statuses.append(answer.status_code)

            async def busy() -> bool:
                return len(statuses) > 20 * PUBLISHERS

            async with asyncio.TaskGroup() as group:
                for number in range(PUBLISHERS):
                    group.create_task(publish(Teller(f"customer-{number}")))
                await until(busy)
                await gateway.stop()
        assert await gateway.ended() == 0
    assert set(statuses) <= {202, 503}
    assert "Traceback" not in gateway.said()
