"""The job in Quix Streams: a sink of our own that writes whole checkpoints.

Quix's own state would ask RocksDB for each record and send each change to a changelog topic; leaving
deduplication to PostgreSQL, a batch at a time, is faster, and makes of Quix's at-least-once an
effectively-once: what comes again after a crash is in `seen` already, in the same transaction as the sums.
"""

import os
import time
from typing import Any

import psycopg
from quixstreams import Application
from quixstreams.sinks.base import BaseSink

from tests.bench.foreign import job

_BATCH = 20_000
_TYPES = ["text", "int8", *["float8"] * len(job.SUMS)]


class PostgresSink(BaseSink):  # type: ignore[misc]
    """Gathers the records of all partitions and writes them when Quix makes a checkpoint."""

    def __init__(self, database: str) -> None:
        super().__init__()
        self._connection = psycopg.connect(database, autocommit=True)
        for statement in job.STAGES:
            self._connection.execute(statement)
        self._values: list[bytes] = []
        self._began: float | None = None

    def add(self, value: bytes, *_: Any, **__: Any) -> None:
        """Keeps one record for the next checkpoint."""
        if self._began is None:
            self._began = time.time()
        self._values.append(value)

    def flush(self) -> None:
        """Writes what was gathered in one transaction; Quix commits the offsets afterwards."""
        if self._values:
            found = job.read(self._values)
            with self._connection.transaction(), self._connection.cursor() as cursor:
                self._write(cursor, found)
            self._values.clear()

    def _write(self, cursor: Any, found: dict[job.Name, job.Event]) -> None:
        with cursor.copy("copy stage_seen from stdin (format binary)") as copy:
            copy.set_types(["text", "uuid"])
            for name in found:
                copy.write_row(name)
        new = cursor.execute(job.ACCEPT).fetchall()
        with cursor.copy("copy stage_sums from stdin (format binary)") as copy:
            copy.set_types(_TYPES)
            for row in job.add_up(found[name] for name in new):
                copy.write_row(row)
        cursor.execute(job.ADD)
        cursor.execute(job.CLEAR)
        cursor.execute(
            "update progress set records = records + %s, began = coalesce(began, %s)",
            (len(self._values), self._began),
        )


def main() -> None:
    """Runs until it is ended."""
    application = Application(
        broker_address=os.environ["BENCH_KAFKA"],
        consumer_group=os.environ["BENCH_GROUP"],
        auto_offset_reset="earliest",
        auto_create_topics=False,
        commit_every=_BATCH,
        commit_interval=1.0,
        consumer_extra_config={"queued.min.messages": 200_000, "fetch.wait.max.ms": 100},
        processing_guarantee="at-least-once",
        state_dir=os.environ["BENCH_FOLDER"],
        loglevel="WARNING",
    )
    topic = application.topic("egard.interactions", key_deserializer="bytes", value_deserializer="bytes")
    application.dataframe(topic).sink(PostgresSink(os.environ["BENCH_DATABASE"]))
    application.run()


if __name__ == "__main__":
    main()
