"""Where embedded servers listen."""

import secrets
import socket

from services.embedded.errors import EmbeddedError

_DRAWS = 200


def free_port() -> int:
    """A TCP port of 127.0.0.1 that is free now.

    It is drawn below the range from which Linux and macOS take the ports of outgoing connections. A server
    that is killed and comes back therefore finds its port still free, and its clients find it where it was.

    Raises:
        EmbeddedError: No free port was found.
    """
    for _ in range(_DRAWS):
        port = secrets.choice(range(15_000, 32_768))
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise EmbeddedError(f"No free port was found on 127.0.0.1 in {_DRAWS} draws between 15000 and 32767.")
