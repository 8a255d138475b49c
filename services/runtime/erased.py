"""Who was erased: only a keyed hash of each id remains, enough to know it again when it comes."""

import hmac
from collections.abc import Collection
from pathlib import Path

from services.runtime.database import Connection, Pool
from services.runtime.errors import Fatal
from services.runtime.queries import Queries

QUERIES = Queries(Path(__file__).with_name("erased.sql"))

_SAMPLE = b"egard erasure key"


class Seal:
    """The key of an installation's hashes."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.id = hmac.digest(key, _SAMPLE, "sha256")[:8].hex()
        """Which key it is; the key cannot be told from it."""

    def hash(self, name: str) -> bytes:
        """The hash of an id: without the key nobody can tell whose it is, nor try out names."""
        return hmac.digest(self._key, name.encode(), "sha256")

    async def erased(self, connection: Connection | Pool, names: Collection[str]) -> set[str]:
        """Those of some ids that were erased."""
        hashes = {self.hash(name): name for name in names}
        rows = await connection.fetch(QUERIES["known"], list(hashes))
        return {hashes[row["hash"]] for row in rows}


async def seal(connection: Connection | Pool, key: str | None) -> Seal:
    """The key that the settings give, or the one that the installation keeps.

    Raises `Fatal` where customers were erased under another: they would not be known again.
    """
    found = Seal(key.encode() if key else await connection.fetchval(QUERIES["key"]))
    if await connection.fetchval(QUERIES["other_key"], found.id):
        raise Fatal(
            "Customers were erased under another key than EGARD_ERASURE_KEY gives now, and would come back: "
            "set it to what it was before, or unset it if it was not set."
        )
    return found
