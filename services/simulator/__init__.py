"""A brand's life, simulated: events in the published language, and the hidden bond beside them.

Pure and deterministic by seed; what it claims and what not is in docs/simulator.md.
"""

from services.simulator.pace import LIVE, ORDINARY, Pace
from services.simulator.world import World

__all__ = ["LIVE", "ORDINARY", "Pace", "World"]
