"""Lengths of time as people write them."""

import re
from typing import Any

DAY = 86_400.0
_UNITS = {"s": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hour": 3600.0, "day": DAY}
_LONGEST = 100 * 365.25 * DAY
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|second|min|minute|h|hour|day)s?\s*")


class Duration(float):
    """A length of time in seconds; written in the file as "20 s", "5 min", "8 h" or "14 days"."""

    @classmethod
    def wanted(cls) -> str:
        """How it is written."""
        return 'a length of time in quotes, such as "20 s", "5 min", "8 h" or "14 days"'

    @classmethod
    def read(cls, value: Any) -> "Duration":
        """What a written value means. Raises `ValueError`."""
        match = _DURATION.fullmatch(value) if isinstance(value, str) else None
        seconds = 0.0 if match is None else float(match[1]) * _UNITS[match[2]]
        if not 0 < seconds <= _LONGEST:
            raise ValueError(value)
        return cls(seconds)

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """The JSON Schema of what is written."""
        return {
            "type": "string",
            "pattern": f"^{_DURATION.pattern}$",
            "examples": ["20 s", "5 min", "8 h", "14 days"],
        }
