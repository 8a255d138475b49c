"""A database for one run: on disk, in little memory, and gone with the process."""

import sqlite3
import tempfile
from pathlib import Path

_CACHE_KIB = 2048


def scratch(directory: Path | None) -> sqlite3.Connection:
    """Opens an empty database that takes its room in a directory, or else where temporary files go.

    SQLite removes the name of its file as soon as it is open, so nothing is left behind however the process
    ends. Memory is what the page cache may hold, whether there are a thousand events or a hundred million.
    """
    connection = sqlite3.connect("", isolation_level=None)
    # It sorts in further files, which go where this setting says; the environment is read too early for us.
    place = str(directory or tempfile.gettempdir()).replace("'", "''")
    for setting in (
        f"temp_store_directory = '{place}'",
        "temp_store = file",
        f"cache_size = -{_CACHE_KIB}",
        "journal_mode = off",
    ):
        connection.execute(f"pragma {setting}")
    return connection
