"""Part 4, as a section of the page."""

from collections.abc import Sequence

from services.insight.uplift.estimating import FEWEST, OUTCOMES, Outcome
from tests.study.covering import Found, Rates, rates, runs
from tests.study.outcomes import COMPLAIN, FEWEST_DRAWN, MOST_DRAWN, NOTHING, PLANTED, RENEW, truth_of
from tests.study.page import table
from tests.study.steps import step

SEEDS = range(1000)
COVERING, CALLED = (0.93, 0.97), (0.03, 0.07)
"""The goals: what share of intervals holds the truth, and of nothing is called an effect."""

SIZES = ((FEWEST, 30), (30, 100), (100, MOST_DRAWN))
"""Customers held out, from one number to below the next."""

NAMES: dict[Outcome, str] = {
    "health": "health, points",
    "complaints": "complaints, share",
    "renewals": "renewals, share",
    "harm": "harm, share",
}


def section() -> str:
    """Runs the part and writes its section."""
    with step("Uplift: tables with a planted effect", len(SEEDS)) as told:
        planted = list(runs(PLANTED, SEEDS, told))
    with step("Uplift: tables with none", len(SEEDS)) as told:
        nothing = list(runs(NOTHING, SEEDS, told))
    return f"{_text(planted, nothing)}\n\n{_limits()}"


def _text(planted: Sequence[Found], nothing: Sequence[Found]) -> str:
    truth, with_effect, without = truth_of(PLANTED), rates(planted), rates(nothing)
    return f"""\
## 4. Does outreach help? How far the estimator can be trusted

Not in the plan, which is older. Not whether outreach helps, which only a brand that uses Égard can find out, but whether what Égard will say of it can be
trusted. Here the estimator alone; through the whole engine in part 6. {len(SEEDS):,} consecutive seeds ({SEEDS[0]} to {SEEDS[-1]}), none left out, each of them a table of what became of the
{FEWEST_DRAWN} to {MOST_DRAWN:,} customers on whom the lot of one trigger fell, of whom 10% or 20% were held out: the health of most hardly moves, a
fifth fall, exponentially, {COMPLAIN:.0%} raise a complaint and {RENEW:.0%} renew (`tests/study/outcomes.py`). A prompt moves only four in ten at all.
The intervals are Welch's for health and Newcombe's for shares; with fewer than {FEWEST} customers in an arm none is given.

### An effect that is there

| outcome | the planted effect | intervals given | that hold the truth | called an effect |
| --- | --: | --: | --: | --: |
{_rows([(NAMES[name], f"{getattr(truth, name):+.3f}", with_effect[name]) for name in OUTCOMES])}

### An effect that is not there

| outcome | the planted effect | intervals given | that hold the truth | called an effect |
| --- | --: | --: | --: | --: |
{_rows([(NAMES[name], "0", without[name]) for name in OUTCOMES])}

By how many customers were held out, share of intervals that hold the truth, with an effect and without:

{_by_size(planted, nothing)}

**What this allows to say.** {_verdict(with_effect, without)}
"""


def _limits() -> str:
    return f"""\
### Limits

- The tables are plausible and not anybody's. What falls otherwise than these, much further and more seldom, needs more
  customers than {FEWEST} before Welch's interval holds what it says.
- Each figure is of one look at one outcome of one trigger. Whoever looks every week until an interval excludes zero, or looks
  at twenty rows for the one that does, finds effects that are not there more often than in one case of twenty."""


def _rows(lines: Sequence[tuple[str, str, Rates]]) -> str:
    return "\n".join(
        f"| {name} | {truth} | {one.told:,} | {one.covering:.1%} | {one.called:.1%} |"
        for name, truth, one in lines
    )


def _by_size(planted: Sequence[Found], nothing: Sequence[Found]) -> str:
    rows = []
    for least, below in SIZES:
        one, other = (
            rates(each for each in found if least <= each.held_out < below) for found in (planted, nothing)
        )
        label = f"{least} to {below - 1}" if below < MOST_DRAWN else f"{least} and more"
        rows.append(
            [
                f"{label} ({one['health'].told} seeds)",
                *(f"{one[name].covering:.1%}, {other[name].covering:.1%}" for name in OUTCOMES),
            ]
        )
    return table(["held out", *(NAMES[name].split(",")[0] for name in OUTCOMES)], rows)


def _verdict(planted: dict[Outcome, Rates], nothing: dict[Outcome, Rates]) -> str:
    missed = [
        *_missed({name: planted[name].covering for name in OUTCOMES}, COVERING),
        *_missed({name: nothing[name].covering for name in OUTCOMES}, COVERING),
        *_missed({name: nothing[name].called for name in OUTCOMES}, CALLED),
    ]
    goal = "The goal, 93% to 97% of intervals that hold the truth and 3% to 7% of nothing called an effect,"
    if missed:
        return f"{goal} is missed for {', '.join(missed)}; for the others it is met."
    power = ", ".join(f"{planted[name].called:.0%} for {name}" for name in OUTCOMES)
    return (
        f"{goal} is met for each outcome. When the page says that an effect is shown, one should believe it as one believes a "
        "95% interval, and no more. When it says that none is shown, there may well be one: of the effects that were "
        f"planted here, so many were seen: {power}."
    )


def _missed(shares: dict[Outcome, float], goal: tuple[float, float]) -> list[str]:
    least, most = goal
    return [f"{NAMES[name]} ({share:.1%})" for name, share in shares.items() if not least <= share <= most]
