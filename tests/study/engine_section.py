"""Part 6, as a section of the page."""

from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from statistics import mean

from services.insight.uplift.answers import Compared, Helped
from services.insight.uplift.estimating import OUTCOMES, Outcome
from tests.study.engine.worlds import HOLDOUT, LIFT, STEP, TRIGGERS, Found, Scale, found
from tests.study.measures import Interval, over_seeds
from tests.study.page import table
from tests.study.steps import step

SEEDS = range(1, 11)
SCALE = Scale(customers=400, days=150, settled=30)
_PROCESSES = 2

Worlds = Mapping[bool, Sequence[Found]]
"""What was found where outreach helps, and where it does nothing, in the order of the seeds."""


def section() -> str:
    """Runs the part and writes its section."""
    return text({helps: _played(helps) for helps in (True, False)})


def _played(helps: bool) -> list[Found]:
    label = "Engine: worlds in which outreach helps" if helps else "Engine: worlds in which it does nothing"
    waiting, done = list(SEEDS), dict[int, Found]()
    with (
        step(label, len(SEEDS)) as told,
        ProcessPoolExecutor(_PROCESSES, mp_context=get_context("spawn")) as pool,
    ):
        # None waits inside the pool: on Ctrl-C those under way clear up after themselves, and no other begins.
        running: set[Future[Found]] = set()
        while waiting or running:
            while waiting and len(running) < _PROCESSES:
                running.add(pool.submit(found, waiting.pop(0), helps, SCALE))
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            done |= {one.seed: one for one in (future.result() for future in ended)}
            told(len(done))
    return [done[seed] for seed in SEEDS]


def text(worlds: Worlds) -> str:
    """The section, of what was found."""
    everything = [one for some in worlds.values() for one in some]
    return f"""\
## 6. Does outreach help, through the whole engine?

{len(SEEDS)} consecutive seeds ({SEEDS[0]} to {SEEDS[-1]}), none left out, of a simulated brand with {SCALE.customers} customers over {SCALE.days} days, each
played twice: once outreach helps (the customer takes it as the simulator has it, and {LIFT:.0%} of a whole trust comes back at once),
once the customer never hears of it. {sum(one.events for one in everything):,} events went through the engine, and agents reached out {sum(one.made for one in everything):,} times.
The strategy is the shipped one with two triggers alone, `knot_opened` and `band_fallen`, and {HOLDOUT:.0%} held out.

### What runs

Code of the services, on a real PostgreSQL: the projector's engine folds batches of records into journal, matters and
relationships, and writes causes and deadlines; the clock turns deadlines, goes its rounds and measures outcomes; outreach takes
causes, decides, draws the lot and keeps it with the prompt, looks after what is held, and offers it to who is on shift; the relay empties the
outbox; agents claim and answer at the desk's routes; what they did is folded again, and customers react by events. The figures are those
of `GET /v1/uplift`. The days pass in turns of {STEP.total_seconds() / 3600:.0f} hours, by a clock that services and database are given
([ADR-0040](adr/ADR-0040-what-time-it-is-is-asked-for-in-one-place.md)): events are folded and decided on at their time, and the rest is done at the end
of a turn. The first {SCALE.settled} days are told at once, as a history is imported.

Not in it: Kafka (records are handed over in memory, an event of a customer after the other), the gateway, announcements, the desk's live
stream, and what is given to machines, which nobody there sees to. Agents take all that they are offered, and at once.

### What came of it

"Bond" is how much more the hidden bond moved among those given than among those held out: what uplift tries to see, and never sees
itself. "More needed" is how many more customers the report asks for, to see 3 points of health in four cases of five. The last column has what the report
calls an effect: points of health, or percentage points of customers.

{_each(worlds)}

{_means(worlds)}

{_called(worlds)}

**What this allows to say.** {verdict(worlds)}

### Limits

- One brand of the simulator's, ten times. It is no model of a real one, and what is planted is what we wrote down.
- The planted effect is on the hidden bond. Health reads what happens between brand and customer, and a better bond changes that little.
- Agents are obliging: they decline nothing, and each outreach is as good as any other."""


def _each(worlds: Worlds) -> str:
    rows = [
        [f"{_world(helps)}, {trigger}, {one.seed}", *_row(one, _helped(one, trigger), trigger)]
        for helps, some in worlds.items()
        for trigger in TRIGGERS
        for one in some
    ]
    head = ["world, trigger, seed", "given / held out", "bond", "health, points", "more needed"]
    return table([*head, "called an effect"], rows)


def _row(one: Found, helped: Helped | None, trigger: str) -> list[str]:
    if helped is None:
        return ["0 / 0", "–", "too few", "–", "–"]
    health = _compared(helped, "health")
    return [
        f"{helped.given} / {helped.held_out}",
        f"{one.bond[trigger]:+.1f}" if trigger in one.bond else "–",
        _points(health.difference, health.low, health.high),
        "–" if health.more is None else str(health.more),
        ", ".join(_named(each) for each in helped.outcomes if each.shown) or "–",
    ]


def _named(one: Compared) -> str:
    assert one.difference is not None
    if one.outcome == "health":
        return f"health {one.difference:+.1f}"
    return f"{one.outcome} {one.difference:+.0%}"


def _means(worlds: Worlds) -> str:
    rows = [
        [f"{_world(helps)}, {trigger}", *map(_interval, (_bond(some, trigger), _health(some, trigger)))]
        for helps, some in worlds.items()
        for trigger in TRIGGERS
    ]
    return table(["mean over the seeds, with Student's interval", "bond", "health, points"], rows)


def _called(worlds: Worlds) -> str:
    rows = [
        [_world(helps), *(f"{sum(each.shown for each in told)} of {len(told)}" for told in by_outcome)]
        for helps, some in worlds.items()
        for by_outcome in [[_told(some, outcome) for outcome in OUTCOMES]]
    ]
    return table(["intervals that exclude zero", *OUTCOMES], rows)


def verdict(worlds: Worlds) -> str:
    """The sentences that the figures allow."""
    called = {helps: _shown(some) for helps, some in worlds.items()}
    sentences = [
        f"Where outreach does nothing, {called[False][0]} of {called[False][1]} intervals of the report exclude zero, and one in twenty should.",
        f"Where it helps, {called[True][0]} of {called[True][1]} do.",
    ]
    for trigger in TRIGGERS:
        bond, health = _bond(worlds[True], trigger), _health(worlds[True], trigger)
        sentences.append(
            f"Over the ten seeds, `{trigger}` where it helps moves the bond by {_interval(bond)} points "
            f"({_is_shown(bond)}), and health by {_interval(health)} ({_is_shown(health)})."
        )
    for trigger in TRIGGERS:
        for name, one in (
            ("bond", _bond(worlds[False], trigger)),
            ("health", _health(worlds[False], trigger)),
        ):
            if not one.low <= 0.0 <= one.high:
                sentences.append(
                    f"Where it does nothing, the {name} of `{trigger}` differs by {_interval(one)}: chance, for no customer "
                    "there hears of anything, and a reminder of what one interval is worth."
                )
    told = [each for some in worlds.values() for each in _told(some, "health")]
    short = [each for each in told if each.more]
    sizes = [one.given + one.held_out for some in worlds.values() for one in _all_helped(some)]
    needed = [
        one.given + one.held_out + (_compared(one, "health").more or 0)
        for some in worlds.values()
        for one in _all_helped(some)
        if _compared(one, "health").more is not None
    ]
    sentences.append(
        f"Of one such brand the lot falls on {mean(sizes):.0f} customers of a trigger that can be compared, and {mean(needed):.0f} would show 3 points of "
        f"health in four cases of five ({len(short)} of {len(told)} reports ask for more): an effect on health of half that size "
        f"takes four times as many, {4 * mean(needed):.0f}."
    )
    return " ".join(sentences)


def _is_shown(one: Interval) -> str:
    return "no effect is shown" if one.low <= 0.0 <= one.high else "an effect is shown"


def _bond(some: Sequence[Found], trigger: str) -> Interval:
    return over_seeds([one.bond[trigger] for one in some if trigger in one.bond])


def _health(some: Sequence[Found], trigger: str) -> Interval:
    helped = [each for one in some if (each := _helped(one, trigger)) is not None]
    differences = [_compared(each, "health").difference for each in helped]
    return over_seeds([each for each in differences if each is not None])


def _shown(some: Sequence[Found]) -> tuple[int, int]:
    told = [each for outcome in OUTCOMES for each in _told(some, outcome)]
    return sum(each.shown for each in told), len(told)


def _told(some: Sequence[Found], outcome: Outcome) -> list[Compared]:
    """The comparisons for which there is an interval."""
    found_ones = [_compared(each, outcome) for each in _all_helped(some)]
    return [each for each in found_ones if each.low is not None]


def _all_helped(some: Sequence[Found]) -> list[Helped]:
    return [each for one in some for trigger in TRIGGERS if (each := _helped(one, trigger)) is not None]


def _helped(one: Found, trigger: str) -> Helped | None:
    return next((each for each in one.triggers if each.trigger == trigger), None)


def _compared(helped: Helped, outcome: Outcome) -> Compared:
    return next(each for each in helped.outcomes if each.outcome == outcome)


def _world(helps: bool) -> str:
    return "helps" if helps else "nothing"


def _points(value: float | None, low: float | None, high: float | None) -> str:
    if value is None or low is None or high is None:
        return "too few"
    return f"{value:+.1f} [{low:+.1f}, {high:+.1f}]"


def _interval(one: Interval) -> str:
    return _points(one.value, one.low, one.high)
