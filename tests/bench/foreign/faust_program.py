"""The job in Faust: an agent that takes large batches of raw records and writes each in one transaction.

Faust's own tables would send each change to a changelog topic and keep sums apart from what was seen; leaving
deduplication to PostgreSQL is faster, and makes of Faust's at-least-once an effectively-once: what comes
again after a crash is in `seen` already, in the same transaction as the sums.
"""

import os
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
import faust

from tests.bench.foreign import job

_BATCH = 20_000

app = faust.App(
    os.environ["BENCH_GROUP"],
    broker=f"aiokafka://{os.environ['BENCH_KAFKA']}",
    autodiscover=False,
    datadir=os.environ["BENCH_FOLDER"],
    key_serializer="raw",
    value_serializer="raw",
    consumer_auto_offset_reset="earliest",
    topic_allow_declare=False,
    topic_disable_leader=True,
    stream_wait_empty=False,
    stream_buffer_maxsize=_BATCH,
    broker_max_poll_records=5_000,
)
topic = app.topic("egard.interactions", key_type=bytes, value_type=bytes)
_began: list[float] = []


def _noticed(value: bytes) -> bytes:
    """Every record passes here; the first one says when reading began."""
    if not _began:
        _began.append(time.time())
    return value


@app.agent(topic)  # type: ignore[untyped-decorator]
async def keep(stream: Any) -> None:
    """Writes batch after batch; Faust acknowledges each afterwards."""
    connection = await asyncpg.connect(os.environ["BENCH_DATABASE"])
    for statement in job.STAGES:
        await connection.execute(statement)
    stream.add_processor(_noticed)
    async for values in stream.take(_BATCH, within=0.5):
        async with connection.transaction():
            await _write(connection, values)


async def _write(connection: asyncpg.Connection, values: Sequence[bytes]) -> None:
    found = job.read(values)
    await connection.copy_records_to_table("stage_seen", records=list(found))
    new = await connection.fetch(job.ACCEPT)
    added = job.add_up(found[row[0], row[1]] for row in new)
    await connection.copy_records_to_table("stage_sums", records=added)
    await connection.execute(job.ADD)
    await connection.execute(job.CLEAR)
    await connection.execute(
        "update progress set records = records + $1, began = coalesce(began, $2)", len(values), _began[0]
    )


if __name__ == "__main__":
    app.main()
