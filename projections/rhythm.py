"""A customer's own rhythm: how unusual the present silence is, beside how often they have come before.

Contacts come in bouts (who was not answered tries again, and that is no rhythm), so those within a day of the
one before are one. Bouts are taken as a Poisson process with a rate of the customer's own, and the rates of
customers as Gamma distributed: the model of Schmittlein, Morrison and Colombo, «Counting Your Customers:
Who Are They and What Will They Do Next?», Management Science 33 (1), 1987, without its death of customers.
Given k gaps in an observed time S, the rate is Gamma distributed with shape r + k and rate α + S, where r
gaps at the population's mean gap g (α = r·g) stand for what is known of customers in general. A silence of at
least s then has the probability

    P = ((α + S) / (α + S + s))^(r + k)

With few contacts it is the population's, with many the customer's own. It is shown, and never scored: people
have their reasons to be silent.
"""

from collections.abc import Iterable

import msgspec

from events import Event
from projections.corrections import standing
from projections.duration import DAY
from projections.matters import Contact, matter_of

BOUT = DAY
"""Contacts no further apart than this are one bout."""

PRIOR = 2.0
"""r: as many gaps as what is known of customers in general counts for."""

UNUSUAL = 0.05
"""Below this a silence is called unusual: one gap in twenty is as long, in such a rhythm."""


class Population(msgspec.Struct, frozen=True):
    """How often customers come in general."""

    gaps: int
    """How many gaps between bouts were looked at."""
    observed: float
    """In how much time, in seconds: from each customer's first bout to the day of looking."""

    @property
    def mean_gap(self) -> float | None:
        """Seconds from one bout to the next; None while nobody came twice.

        It is what time was watched for each gap seen, so that silences that still last count too.
        """
        return self.observed / self.gaps if self.gaps else None


class Rhythm(msgspec.Struct, frozen=True, kw_only=True):
    """How a silence compares with a rhythm."""

    bouts: int
    silence: float
    """Seconds since the last contact."""
    usual_gap: float
    """Seconds between bouts as this customer is expected to come: own gaps, and the population's."""
    own: float
    """How much of that is the customer's own: 0 for one who came once, towards 1 with many."""
    probability: float
    """That a customer of this rhythm is silent for so long, or longer."""

    @property
    def unusual(self) -> bool:
        """Whether so long a silence is unusual."""
        return self.probability < UNUSUAL


def contact_times(events: Iterable[Event]) -> list[float]:
    """When a customer came, by all events of a person: the first event of each contact that stands."""
    began: dict[tuple[str, str], float] = {}
    for event in standing(events):
        found = matter_of(event)
        if found is not None and isinstance(found[1], Contact):
            key = (event.subject, found[0])
            began[key] = min(began.get(key, event.at), event.at)
    return list(began.values())


def bouts(times: Iterable[float]) -> list[tuple[float, float]]:
    """When each bout began and ended, of contacts at some times in any order."""
    found: list[tuple[float, float]] = []
    for time in sorted(times):
        if found and time - found[-1][1] <= BOUT:
            found[-1] = (found[-1][0], time)
        else:
            found.append((time, time))
    return found


def rhythm(times: Iterable[float], at: float, population: Population) -> Rhythm | None:
    """How unusual the silence at an instant is (all in seconds since the Unix epoch).

    Contacts after the instant are not known at it. None where there is no contact, or nothing to go by: one
    contact, and a population in which nobody came twice.
    """
    known = bouts(time for time in times if time <= at)
    if not known:
        return None
    gaps = len(known) - 1
    observed = known[-1][0] - known[0][0]
    silence = at - known[-1][1]
    shape, rate = float(gaps), observed
    if population.mean_gap is not None:
        shape += PRIOR
        rate += PRIOR * population.mean_gap
    if not shape:
        return None
    return Rhythm(
        bouts=len(known),
        silence=silence,
        usual_gap=rate / shape,
        own=gaps / shape,
        probability=(rate / (rate + silence)) ** shape,
    )
