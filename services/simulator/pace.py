"""How fast life goes: the ordinary pace, and the quickened one that a demo is shown at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """A regime that holds from an instant on."""

    happenings_per_s: float = 0.0
    """New things that begin in each second across all customers, beside what customers do of themselves."""

    patches_per_minute: float = 0.0
    """Customers who enter a bad patch in each minute, beside those who do of themselves."""

    cast: int = 0
    """How many customers most happenings are about, so that their stories can be followed."""

    forgotten: float = 0.0
    """The least share of promises that is forgotten."""

    live: bool = False
    """Whether time is squeezed and the brand is open around the clock."""

    def squeeze(self, seconds: float) -> float:
        """How long something takes at this pace that ordinarily takes so many seconds.

        Live, a power law brings both conversations and promises into what a spectator can watch: six minutes
        take four seconds, a working day twenty, a week one minute.
        """
        if not self.live:
            return seconds
        return float(4.0 * (max(0.0, seconds) / 360.0) ** 0.36)


ORDINARY = Pace()
"""Everything takes as long as it takes."""

LIVE = Pace(happenings_per_s=1.0, patches_per_minute=4.0, cast=40, forgotten=0.36, live=True)
"""The demo's pace."""
