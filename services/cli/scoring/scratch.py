"""A database for one run: on disk, in little memory, and gone with the process."""

import os
import sqlite3
import tempfile
from pathlib import Path

_CACHE_KIB = 2048


def scratch(directory: Path | None) -> sqlite3.Connection:
    """Opens an empty database that takes its room in a directory, or else where temporary files go.

    SQLite removes the name of its file as soon as it is open, so nothing is left behind however the process
    ends. Memory is what the page cache may hold, whether there are a thousand events or a hundred million.
    """
    # The one way to tell SQLite, which sorts in further files of that kind.
    os.environ["SQLITE_TMPDIR"] = str(directory or tempfile.gettempdir())
    connection = sqlite3.connect("", isolation_level=None)
    for setting in (f"cache_size = -{_CACHE_KIB}", "journal_mode = off", "temp_store = file"):
        connection.execute(f"pragma {setting}")
    return connection
