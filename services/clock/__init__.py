"""The clock: what should have happened by now, and did not."""

from services.clock.service import Clock

__all__ = ["Clock"]
