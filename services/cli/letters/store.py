"""Dead letters as the database holds them."""

from base64 import b64decode
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import msgspec

from services.cli.database import database
from services.runtime.database import Pool
from services.runtime.errors import Fatal
from services.runtime.queries import Queries

QUERIES = Queries(Path(__file__).with_name("queries.sql"))

_headers = msgspec.json.Decoder(list[tuple[str, str | None]]).decode


def opened() -> AbstractAsyncContextManager[Pool]:
    """The database, for these commands."""
    return database("egard-deadletters")


async def counts(pool: Pool) -> dict[str, int]:
    """How many there are of each reason, the most frequent first."""
    return {row["reason"]: row["count"] for row in await pool.fetch(QUERIES["counts"])}


async def letter(pool: Pool, number: int) -> Any:
    """One dead letter with all that it holds. Raises `Fatal` where there is none."""
    row = await pool.fetchrow(QUERIES["letter"], number)
    if row is None:
        raise missing(number)
    return row


def missing(number: int) -> Fatal:
    """What is said of a dead letter that is not there."""
    return Fatal(f"There is no dead letter {number}: it was mended, it expired, or it never was.")


def headers_of(stored: str) -> list[tuple[str, bytes | None]]:
    """The headers of a record, from what the projector stored."""
    return [(name, None if value is None else b64decode(value)) for name, value in _headers(stored)]
