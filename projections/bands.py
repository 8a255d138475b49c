"""What a reading amounts to."""

from typing import Literal

Band = Literal["thriving", "steady", "drifting", "strained", "knotted", "unknown"]
"""What a reading amounts to, in one word."""
