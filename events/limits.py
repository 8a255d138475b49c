"""How large an event may be, and how far ahead of its arrival."""

from datetime import timedelta

MAX_NAME_BYTES = 256
"""The longest id or subject, in bytes of UTF-8."""

MAX_BODY_BYTES = 32 * 1024
"""The longest event, in bytes."""

MAX_DEPTH = 64
"""How deep an event may be nested: so deep it can be read from anywhere, however deep the caller's stack."""

MAX_AHEAD = timedelta(minutes=10)
"""How far an event's time may run ahead of its arrival."""
