"""A database and a broker that Égard starts by itself: for the demo and the tests, not for production.

Both come from wheels (the extra `embedded`), listen on 127.0.0.1 only, and are gone when this process is.
"""

from services.embedded.broker import PARTITION_BYTES, PARTITIONS, EmbeddedBroker
from services.embedded.database import EmbeddedDatabase
from services.embedded.errors import EmbeddedError

__all__ = ["PARTITIONS", "PARTITION_BYTES", "EmbeddedBroker", "EmbeddedDatabase", "EmbeddedError"]
