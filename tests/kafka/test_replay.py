"""Histories replayed on Apache Kafka: each event in the journal once, whatever is killed or frozen meanwhile.

`make test` replays small ones; `make replay` (marker `long`) takes the whole service desk, 414,591 events,
and as large a simulated life.
"""

import asyncio
import time
from pathlib import Path

import pytest

from tests.kafka.place import Place
from tests.processes import ROOT, egard, lines
from tests.stack import until

SERVICE_DESK = ROOT.parent / "shared" / "data" / "service_desk.csv.gz"
SERVICE_DESK_ROWS = 414_591

KILLS = 4

_CHECKSUM = """
select count(*), sum(events), sum(bond_recognition_positive + bond_responsiveness_negative) from relationships
"""


@pytest.fixture(scope="session")
def histories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where histories are kept for the session."""
    return tmp_path_factory.mktemp("histories")


async def simulated(folder: Path, customers: int, days: int) -> Path:
    """A simulated life."""
    path = folder / f"life-{customers}-{days}.ndjson"
    if not path.exists():
        size = ("--customers", str(customers), "--days", str(days), "--seed", "3")
        code, said = await egard("simulate", *size, output=path)
        assert code == 0, said
    return path


async def service_desk(folder: Path) -> Path:
    """The service desk's fourteen years."""
    if not SERVICE_DESK.exists():
        pytest.skip("The service desk's data is not beside this clone.")
    path = folder / "service_desk.ndjson"
    if not path.exists():
        where = (str(SERVICE_DESK), "--map", "tests/study/service_desk.map.toml")
        code, said = await egard("import", *where, output=path)
        assert code == 0, said
        assert f"{SERVICE_DESK_ROWS:,} rows read, of which {SERVICE_DESK_ROWS:,} gave" in said
    return path


async def replay(place: Place, history: Path, *, straight: bool) -> None:
    """Publishes a history twice, and sees that the second time changes nothing."""
    size = lines(history)
    async with place.serving("gateway", "projector") as serving:
        to = "kafka" if straight else serving.url
        began = time.monotonic()
        code, said = await egard("publish", str(history), "--to", to, environment=place.environment)
        assert code == 0, said
        published = time.monotonic() - began
        await place.settled(within=900)
        took = time.monotonic() - began
        print(
            f"\n{history.name}: {size} events {'straight to Kafka' if straight else 'over HTTP'}, "
            f"published in {published:.1f} s, folded in {took:.1f} s ({size / took:.0f}/s)"
        )
        assert await place.journal_size() == size
        before = await place.row(_CHECKSUM)
        await place.verified()
        code, said = await egard("publish", str(history), "--to", to, environment=place.environment)
        assert code == 0, said
        await place.settled(within=900)
        assert await place.journal_size() == size
        assert await place.row(_CHECKSUM) == before


async def disturbed(place: Place, history: Path, *, pause: float, frozen: bool) -> None:
    """Publishes a history while one projector is killed four times, and another frozen and thawed."""
    size = lines(history)
    async with place.serving("projector", log="steady.log") as steady, place.serving("gateway") as gateway:
        victim = place.serving("projector", log="victim.log")
        await victim.start()
        publishing = asyncio.create_task(
            egard("publish", str(history), "--to", gateway.url, environment=place.environment)
        )
        try:
            # The first hits it at work, the next ones while it starts or joins.
            await until(place.journal_size)
            for _ in range(KILLS):
                await victim.kill()
                await victim.start(ready=False)
                await asyncio.sleep(pause)
            if frozen:
                await victim.ready()
                steady.freeze()
                # Longer than Kafka waits for a member (10 s): the other takes over and this one is a zombie.
                await asyncio.sleep(14)
                steady.thaw()
            code, said = await publishing
            assert code == 0, said
            await place.settled(within=900)
            # What it was killed over is announced when it, or another, takes the partition.
            await victim.ready()
            await until(place.announced, within=60)
        finally:
            publishing.cancel()
            await victim.stop()
        assert await place.journal_size() == size
        await place.verified()


async def test_a_life_over_http_is_journalled_once_and_again_changes_nothing(
    place: Place, histories: Path
) -> None:
    """A simulated life published over HTTP, twice, is in the journal once and verifies."""
    await replay(place, await simulated(histories, 150, 60), straight=False)


async def test_a_life_straight_to_kafka_is_journalled_once_and_again_changes_nothing(
    place: Place, histories: Path
) -> None:
    """A simulated life published straight to Kafka, twice, is in the journal once and verifies."""
    await replay(place, await simulated(histories, 150, 60), straight=True)


async def test_killed_projectors_lose_double_and_conceal_nothing(place: Place, histories: Path) -> None:
    """Four kills under load: every event is folded once, and the last reading of everybody announced."""
    await disturbed(place, await simulated(histories, 600, 60), pause=1.0, frozen=False)


@pytest.mark.long
@pytest.mark.parametrize("straight", [False, True], ids=["http", "kafka"])
@pytest.mark.parametrize("history", ["service_desk", "simulated"])
async def test_a_great_history_is_journalled_once(
    place: Place, histories: Path, history: str, straight: bool
) -> None:
    """Over 400,000 events, over HTTP and straight to Kafka, published twice: each is in the journal once."""
    await replay(place, await great(histories, history), straight=straight)


@pytest.mark.long
@pytest.mark.parametrize("history", ["service_desk", "simulated"])
async def test_a_great_history_survives_kills_and_a_freeze(
    place: Place, histories: Path, history: str
) -> None:
    """Over 400,000 events while projectors are killed four times and frozen once: each is folded once."""
    await disturbed(place, await great(histories, history), pause=6.0, frozen=True)


async def great(folder: Path, name: str) -> Path:
    """A history of over 400,000 events."""
    return await (service_desk(folder) if name == "service_desk" else simulated(folder, 5000, 180))
