"""Part 4, as a section of the page."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from services.insight.uplift.estimating import FEWEST, OUTCOMES, Outcome
from tests.study.covering import Found, Rates, rates, runs
from tests.study.measures import Interval, over_seeds
from tests.study.outcomes import COMPLAIN, FEWEST_DRAWN, MOST_DRAWN, NOTHING, PLANTED, RENEW, truth_of
from tests.study.outreach_worlds import CUSTOMERS, DAYS, HOLDOUT, LIFT, TRIGGERS, Seen, seen
from tests.study.page import table
from tests.study.steps import step

SEEDS = range(1000)
COVERING, CALLED = (0.93, 0.97), (0.03, 0.07)
"""The goals: what share of intervals holds the truth, and of nothing is called an effect."""

WORLDS = range(1, 11)
_PROCESSES = 2

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
    worlds = {helps: _worlds(helps) for helps in (True, False)}
    return f"{_text(planted, nothing)}\n\n{_of_worlds(worlds)}\n\n{_limits()}"


def _worlds(helps: bool) -> list[Seen]:
    label = "Uplift: worlds in which outreach helps" if helps else "Uplift: worlds in which it does nothing"
    found: list[Seen] = []
    with (
        step(label, len(WORLDS)) as told,
        ProcessPoolExecutor(_PROCESSES, mp_context=get_context("spawn")) as pool,
    ):
        for done, some in enumerate(pool.map(seen, WORLDS, [helps] * len(WORLDS)), start=1):
            found += some
            told(done)
    return found


def _text(planted: Sequence[Found], nothing: Sequence[Found]) -> str:
    truth, with_effect, without = truth_of(PLANTED), rates(planted), rates(nothing)
    return f"""\
## 4. Does outreach help? How far the estimator can be trusted

Not in the plan, which is older. Not whether outreach helps, which only a brand that uses Égard can find out, but whether what Égard will say of it can be
trusted. {len(SEEDS):,} consecutive seeds ({SEEDS[0]} to {SEEDS[-1]}), none left out, each of them a table of what became of the
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


def _of_worlds(worlds: dict[bool, list[Seen]]) -> str:
    return f"""\
### Through the triggers

{len(WORLDS)} consecutive seeds ({WORLDS[0]} to {WORLDS[-1]}), none left out, of a simulated brand with {CUSTOMERS} customers over {DAYS} days, twice: once outreach helps
(the customer takes it as the simulator has it, and {LIFT:.0%} of a whole trust comes back at once), once the customer never hears of it.
Who is prompted for is decided event by event, by the pure functions that the services use (triggers, cooldown, consent, caps, quiet hours,
the lot; not Kafka, PostgreSQL, shifts and budget). The strategy is the shipped one with these two triggers alone, and {HOLDOUT:.0%} held out.
An agent acts on each prompt within six hours. "Bond" is how much more the hidden bond moved among those given than among those held out:
what uplift tries to see, and never sees itself.

{_worlds_table(worlds)}

{_over_seeds(worlds)}

**What this allows to say.** {_worlds_verdict(worlds)}"""


def _worlds_table(worlds: dict[bool, list[Seen]]) -> str:
    rows = [
        [
            f"{'helps' if helps else 'nothing'}, {one.trigger}, {one.seed}",
            f"{one.given} / {one.held_out}",
            f"{one.bond:+.1f}",
            _interval(one, 0),
            ", ".join(effect.outcome for effect in one.effects if effect.shown) or "–",
        ]
        for helps, some in worlds.items()
        for trigger in TRIGGERS
        for one in some
        if one.trigger == trigger
    ]
    return table(
        ["world, trigger, seed", "given / held out", "bond", "health, points", "called an effect"], rows
    )


def _interval(one: Seen, place: int) -> str:
    effect = one.effects[place]
    if effect.low is None or effect.high is None or effect.difference is None:
        return "too few"
    return f"{effect.difference:+.1f} [{effect.low:+.1f}, {effect.high:+.1f}]"


def _over_seeds(worlds: dict[bool, list[Seen]]) -> str:
    rows = []
    for helps, some in worlds.items():
        for trigger in TRIGGERS:
            of_trigger = [one for one in some if one.trigger == trigger]
            health = [one.effects[0].difference for one in of_trigger]
            rows.append(
                [
                    f"{'helps' if helps else 'nothing'}, {trigger}",
                    _points(over_seeds([one.bond for one in of_trigger])),
                    _points(over_seeds([each for each in health if each is not None])),
                ]
            )
    return table(["mean over the seeds, with Student's interval", "bond", "health, points"], rows)


def _points(one: Interval) -> str:
    return f"{one.value:+.1f} [{one.low:+.1f}, {one.high:+.1f}]"


def _worlds_verdict(worlds: dict[bool, list[Seen]]) -> str:
    counts = []
    for helps, some in worlds.items():
        told = [effect for one in some for effect in one.effects if effect.low is not None]
        shown = sum(effect.shown for effect in told)
        where = "Where outreach helps" if helps else "Where it does nothing"
        counts.append(f"{where}, {shown} of {len(told)} intervals exclude zero.")
    return (
        f"{' '.join(counts)} Of nothing, one interval in twenty should. "
        "Of trust that is given back at once little is left after thirty days, as the simulator has bonds return, so that the second "
        "table says how much there was to see. "
        "A bond that comes back is seen only as far as it shows in what happens: health reads how the brand treats the customer, "
        "which a better bond changes little, and some dozens of customers show little of anything. The page says so by its intervals "
        "and by how many more it takes, and does not say that outreach works."
    )


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
