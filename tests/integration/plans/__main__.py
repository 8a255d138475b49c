"""`make plans`: writes the plans of all statements anew, as PostgreSQL makes them for the present schema."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from services.embedded import EmbeddedDatabase
from services.runtime import migrations
from tests.integration.plans.filling import fill
from tests.integration.plans.shapes import Planner
from tests.integration.plans.statements import agree, agreed, statements


async def renew() -> int:
    """Fills a database, asks for every plan, and says which are others than before."""
    with TemporaryDirectory() as folder:
        async with EmbeddedDatabase(Path(folder) / "database", durable=False) as server:
            await migrations.migrate(server.url)
            connection = await asyncpg.connect(server.url)
            print("Filling every table …", file=sys.stderr)
            await fill(connection)
            planner = await Planner.of(connection)
            shapes = {place: await planner.shape(place, text) for place, text in statements()}
            await connection.close()
    before = agreed()
    agree(shapes)
    for place in sorted(before.keys() | shapes.keys()):
        if before.get(place) != shapes.get(place):
            what = "new" if place not in before else "gone" if place not in shapes else "changed"
            print(f"{what}: {place[1]} of {place[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(renew()))
