"""Part 1, as a section of the page."""

from collections.abc import Mapping

from tests.study import figures
from tests.study.complaints import read_all, verdicts
from tests.study.measures import Interval
from tests.study.page import table
from tests.study.steps import step
from tests.study.verdict import (
    AT_ANSWER,
    DAYS,
    DEVELOPMENT,
    EVALUATION,
    GOAL,
    HEALTH,
    SAMPLES,
    SIDE,
    SIDE_AT_ANSWER,
    Ranked,
    Verdict,
    compare,
)


def section() -> str:
    """Runs the part and writes its section. Raises `AbsentError`."""
    with step("Complaints: readings, without the verdicts", 29_037) as told:
        complaints = read_all(told)
    with step(f"Complaints: the verdicts, and {SAMPLES:,} samples of companies", 2) as told:
        bad = verdicts()
        developed = compare(complaints, bad, DEVELOPMENT)
        told(1)
        evaluated = compare(complaints, bad, EVALUATION)
    return _text(developed, evaluated)


def _text(developed: Verdict, evaluated: Verdict) -> str:
    fifths = figures.lines(
        "complaints-fifths",
        range(1, 6),
        [("rated 2 or less", [one[3] for one in evaluated.fifths])],
        ("health at the closing, from the lowest fifth to the highest", "share rated 2 or less"),
        [f"{low:.0f}-{high:.0f}" for low, high, _, _ in evaluated.fifths],
    )
    forest = figures.forest(
        "complaints-auc",
        [(name, [ranked.overall, ranked.within]) for name, ranked in evaluated.ranked.items()],
        ["over all pairs", "within company"],
        "AUC against a rating of 2 or less, August to November",
        at=0.5,
    )
    return f"""\
## 1. Complaints: does low health go with a bad rating?

Complaints on Brazil's federal consumer platform in 2014: each row is a customer. Events by
`tests/study/complaints.map.toml`, readings by `tests/study/complaints.strategy.toml`; neither knows the customer's verdict,
and both were fixed before anybody looked at one. Intervals are from {SAMPLES:,} samples of whole companies.

### August to November, the evaluation

{_counts(evaluated)}

{_measures(evaluated)}

{_differences(evaluated.differences)}

{forest}

{fifths}

{_allowed(evaluated)}

### Where the difference comes from

Looked at afterwards, so it can explain and must not be used to choose settings. Responsiveness is the side of the reading that
knows of wait and promise; the other side, recognition, knows here only of having been to the company before.

{_differences(evaluated.afterwards)}

{_afterwards(evaluated)}

### May to July, where the study was developed

{_counts(developed)}

{_measures(developed)}

{_differences(developed.differences)}

### Limits

- Only ratings that were given are known, by {evaluated.rated / evaluated.filed:.0%} of these customers; what the
  others thought is not known.
- One complaint is no relationship. Nothing here tests recognition, repetition, fading over months, or silence.
- Slow answers and hard cases go together. That the slow are rated badly does not say that a faster answer would have
  been rated better.
- The day of closing is not innocent: a rating ends the complaint. What is read at the closing can profit from that by
  fading; what is read when the answer came cannot.
- The shape of the relation between days and ratings was in the description of the data, for all months, before the
  settings were made (see the plan).
"""


def _counts(found: Verdict) -> str:
    return (
        f"{found.filed:,} complaints, of which {found.rated:,} were rated, {found.bad:,} of these 2 or less "
        f"({found.bad / found.rated:.0%}); {found.companies} companies; {found.pairs_within:,} pairs within one company."
    )


def _measures(found: Verdict) -> str:
    return table(
        ("measure", "AUC over all pairs", "AUC within company"),
        [(name, ranked.overall, ranked.within) for name, ranked in found.ranked.items()],
    )


def _differences(differences: Mapping[str, Ranked]) -> str:
    return table(
        ("AUC minus that of raw days, same samples", "over all pairs", "within company"),
        [(name, _signed(ranked.overall), _signed(ranked.within)) for name, ranked in differences.items()],
    )


def _signed(one: Interval) -> str:
    return f"{one.value:+.3f} [{one.low:+.3f}, {one.high:+.3f}]"


def _allowed(found: Verdict) -> str:
    health, days = found.ranked[HEALTH], found.ranked[DAYS]
    closing, answer = found.differences[HEALTH], found.differences[AT_ANSWER]
    if min(health.overall.low, health.within.low) > 0.5:
        first = (
            f"Low health goes with bad ratings: of two customers of one company, one content and one not, the "
            f"reading is right about the order in {health.within.value:.0%} of pairs, where chance gives 50%."
        )
    else:
        first = "That low health goes with bad ratings is not shown here."
    least = min(closing.overall.low, closing.within.low)
    goal = (
        f"The lower bounds of its difference from raw days are {closing.overall.low:+.3f} over all pairs and "
        f"{closing.within.low:+.3f} within company; the goal of {GOAL} or more is {'met' if least >= GOAL else 'not met'}."
    )
    return (
        f"**What this allows to say.** {first} It is a weak relation. {goal} {_added(closing, answer, days)}"
    )


def _afterwards(found: Verdict) -> str:
    whole = found.differences[AT_ANSWER].within.value
    side, faded = found.afterwards[SIDE_AT_ANSWER].within.value, found.afterwards[SIDE].within.value
    return (
        f"Within company and when the answer came, responsiveness alone is {side:+.3f} from raw days, which it is made "
        f"of, and health {whole:+.3f}: having been to the company before, as one of the two sides of health, moves it by "
        f"{whole - side:+.3f}. Until the closing, fading moves responsiveness by {faded - side:+.3f}: those who wait for "
        "longer until the closing are read as if less were known."
    )


def _added(closing: Ranked, answer: Ranked, days: Ranked) -> str:
    if min(answer.overall.low, answer.within.low) > 0:
        return (
            f"Read when the answer came, the score is ahead of raw days by {answer.overall.value:+.3f} over all "
            f"pairs and {answer.within.value:+.3f} within company: it adds that much."
        )
    plain = (
        "**The score adds nothing to raw days to the answer here**: read when the answer came, it is not shown to be "
        f"ahead of them. Whoever only wants to rank such complaints can count days (AUC {days.overall.value:.3f})."
    )
    if min(closing.overall.low, closing.within.low) > 0:
        return (
            f"{plain} Read at the closing it is ahead ({_signed(closing.overall)}), and that comes from the day of "
            "closing alone, on which ratings themselves have a hand."
        )
    return plain
