"""The strategy: one reviewed, versioned file that says how events are read and when a person is prompted."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Annotated, Any, Literal, get_args

import msgspec

from events import TYPES, Channel
from projections import strategy_checks as checks
from projections.duration import Duration
from projections.hours import Hours
from projections.knot_rules import KnotRules
from projections.opening import HoursTable
from projections.outreach_rules import OutreachRules
from projections.table import Remark, Table
from projections.trigger_rules import Triggers
from projections.written import Mistake, read

Dimension = Literal["recognition", "responsiveness"]
"""What a relationship is read from."""

Breach = Literal["retelling", "overlooked", "unanswered", "broken_word"]
"""The kinds of breach whose repetition costs more each time."""

DIMENSIONS: tuple[Dimension, ...] = ("recognition", "responsiveness")
_JOINED = frozenset(
    f"egard.{name}"
    for name in (
        *("contact.attempted", "contact.answered", "contact.missed"),
        *("promise.made", "promise.kept", "promise.broken", "promise.released"),
        *("complaint.raised", "complaint.settled"),
    )
)
"""Types whose events are always part of a matter. (A call back that did not reach anybody is not.)"""

_BY_THEMSELVES = [name for name in TYPES if name not in _JOINED and not name.startswith("egard.exchange.")]
"""Types that may have a signal."""

BREACHES: dict[Breach, Dimension] = {
    "retelling": "recognition",
    "overlooked": "recognition",
    "unanswered": "responsiveness",
    "broken_word": "responsiveness",
}
"""Each kind of breach counts against one dimension."""

Valence = Annotated[float, msgspec.Meta(ge=-1, le=1)]
Weight = Annotated[float, msgspec.Meta(gt=0, le=100)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Score = Annotated[float, msgspec.Meta(ge=0, le=100)]


def _each(names: Iterable[str], *, all_of_them: bool = True) -> msgspec.Meta:
    """A table whose names are these: all of them, or some."""
    known = list(names)
    return msgspec.Meta(
        min_length=len(known) if all_of_them else None, extra_json_schema={"propertyNames": {"enum": known}}
    )


Sentence = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]

REACH = 900
"""Half-lives from the landmark within which everything must lie."""


Language = Literal["en", "fr"]
"""What sentences of the strategy may be written in."""

_LANGUAGES: list[Language] = ["en"]


class StrategyError(ValueError):
    """The strategy cannot be used: the message names the first mistake and its line, `mistakes` are all."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        more = len(mistakes) - 1
        rest = f" There {'is 1 more mistake' if more == 1 else f'are {more} more mistakes'}" if more else ""
        super().__init__(f"{mistakes[0]}{rest}{'; `egard strategy check` names all.' if more else ''}")
        self.mistakes = mistakes


class HalfLives(Table, frozen=True):
    """How fast evidence fades: the slow `bond` and the quick `mood`."""

    bond: Duration
    """After so long, evidence weighs half in the health and the scores."""
    mood: Duration
    """The same for what was lately: the trend is the mood against the bond."""


class Prior(Table, frozen=True):
    """What is assumed before anything is known: `a` of good and `b` of bad evidence."""

    a: Positive
    """How much good evidence is assumed."""
    b: Positive
    """How much bad evidence is assumed."""


class Bands(Table, frozen=True):
    """The lowest health of each band; under `drifting` a relationship is strained."""

    thriving: Score
    """The lowest health of a relationship that thrives."""
    steady: Score
    """The lowest health of a steady one."""
    drifting: Score
    """The lowest health of one that drifts; what is lower is strained."""

    def remarks(self) -> Iterator[Remark]:
        """A better band begins higher."""
        for better, worse in (("thriving", "steady"), ("steady", "drifting")):
            high, low = getattr(self, better), getattr(self, worse)
            if high <= low:
                yield Remark(
                    (better,),
                    f"`{better}` begins at {high:g}, and `{worse}` at {low:g}; bands fall from thriving over "
                    f"steady to drifting, so write a number above {low:g}.",
                )


class SignalRule(Table, frozen=True):
    """How one event type is read, where its fields equal those of `where`.

    `valence` is fixed, or `valence_from` names a field on the scale 0–100: v = field / 50 − 1.
    """

    type: Annotated[str, msgspec.Meta(extra_json_schema={"enum": _BY_THEMSELVES})]
    """The event type. Of several signals of one type, the first that fits an event counts."""
    dimension: Dimension
    """What it speaks of."""
    weight: Weight
    """How much it counts beside others."""
    valence: Valence | None = None
    """How it is felt, from -1 (as bad as can be) to 1 (as good as can be)."""
    valence_from: str | None = None
    """The field of the event that says how it was felt, on the scale 0–100."""
    where: dict[str, str | bool] = msgspec.field(default_factory=dict)
    """Which events it is about: fields and the values that they must have."""
    breach: Breach | None = None
    """What kind of breach it is, where it is bad: repetition of the same kind costs more each time."""

    def remarks(self) -> Iterator[Remark]:
        """It reads an event type that may be read by itself, by fields that this type has."""
        cls = TYPES.get(self.type)
        if cls is None:
            yield Remark(("type",), checks.no_type(self.type))
            return
        if self.type.startswith("egard.exchange."):
            yield Remark(
                ("type",),
                f"`{self.type}` cannot have a signal: purchases are context, never scored. Take this signal "
                "out, and say so under [unscored].",
            )
        if self.type in _JOINED:
            family = self.type.split(".")[1]
            yield Remark(
                ("type",),
                f"`{self.type}` cannot have a signal: it is part of a {family}, which is scored once, by its "
                f"outcome. Take this signal out; [{family}] says what the outcomes are worth.",
            )
        if self.valence is None and self.valence_from is None:
            yield Remark((), "This signal needs a line `valence = …`, with a number from -1 to 1.")
        if self.valence is not None and self.valence_from is not None:
            yield Remark(("valence_from",), "`valence` is said already; take one of the two out.")
        yield from checks.conditions(cls, self.where)
        if self.valence_from is not None:
            yield from checks.scale(cls, self.valence_from)
        if self.breach is not None and BREACHES[self.breach] != self.dimension:
            yield Remark(
                ("breach",),
                f"A breach of {self.breach} counts against {BREACHES[self.breach]}, and this signal against "
                f"{self.dimension}; write another `breach`, or take it out.",
            )


class ContactRules(Table, frozen=True):
    """How the outcome of a contact is read. Waits run on the channel's business clock."""

    weight: Weight
    """How much the outcome of a contact counts beside other things."""
    expected: Annotated[dict[Channel, Duration], _each(get_args(Channel))]
    """The wait that is neither good nor bad."""
    missed_at_most: Valence
    """The best valence of a contact that was missed and not made good."""
    returned_at_most: Valence
    """The valence of a contact that was missed, then at once answered or called back."""
    call_back: Duration
    """How late, in open hours, half of what calling back at once is worth is left."""
    answered_unknown_wait: Valence
    """The valence of an answer when nothing tells how long it took."""
    give_up: Duration
    """How long after its start an unanswered contact stops getting worse, and begins to fade."""

    def remarks(self) -> Iterator[Remark]:
        """Calling back is worth no less than not calling back."""
        yield from checks.order(self, "missed_at_most", "returned_at_most")


class PromiseRules(Table, frozen=True):
    """How the outcome of a promise is read."""

    weight: Weight
    """How much the outcome of a promise counts beside other things."""
    grace: Duration
    """How late half of what keeping it just after its due is worth is left."""
    late_at_most: Valence
    """The best valence of a promise kept after its due."""
    kept: Valence
    """The valence of a promise kept in time."""
    overdue: Valence
    """The valence of a promise past its due and still open."""
    broken: Valence
    """The valence of a promise that was said to be broken."""

    def remarks(self) -> Iterator[Remark]:
        """Keeping a promise late is worth no less than not keeping it, and in time no less than late."""
        yield from checks.order(self, "overdue", "late_at_most")
        yield from checks.order(self, "late_at_most", "kept")


class ComplaintRules(Table, frozen=True):
    """How the outcome of a complaint is read."""

    weight: Weight
    """How much the outcome of a complaint counts beside other things."""
    dimension: Dimension
    """What complaints speak of."""
    raised: Valence
    """The valence of a complaint that is not settled."""
    accepted: Valence
    """The valence of one whose settlement the customer accepted."""
    refused: Valence
    """The valence of one whose settlement the customer refused."""


class BreachRule(Table, frozen=True):
    """Repetition: negative evidence of this kind is scaled by max(1, count)^`exponent`."""

    exponent: Annotated[float, msgspec.Meta(ge=0, le=2)]
    """0: the third time costs as much as the first. 0.5: four times weigh as eight single ones."""


class StrategyFile(Table, frozen=True, kw_only=True):
    version: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    """Its name: every reading says by which version it was taken. Change it with the file."""
    landmark: Annotated[datetime, msgspec.Meta(tz=True)]
    """The instant from which evidence is counted. Leave it: with another, all must be folded anew."""
    half_lives: HalfLives
    """How fast evidence fades."""
    priors: Annotated[dict[Dimension, Prior], _each(DIMENSIONS)]
    """What is assumed before anything is known, by dimension."""
    weights: Annotated[dict[Dimension, Positive], _each(DIMENSIONS)]
    """How much each dimension counts in the health."""
    confidence_floor: Share
    """Under this confidence a relationship is not known well enough, and its band is unknown."""
    bands: Bands
    """Where each band begins."""
    contact: ContactRules
    """How contacts are read."""
    promise: PromiseRules
    """How promises are read."""
    complaint: ComplaintRules
    """How complaints are read."""
    breaches: Annotated[dict[Breach, BreachRule], _each(BREACHES)]
    """How repetition counts, by kind of breach."""
    hours: HoursTable
    """When we are there: waits count only then."""
    signals: list[SignalRule]
    """How events are read that are scored by themselves."""
    unscored: Annotated[dict[str, Sentence | dict[Language, Sentence]], _each(TYPES, all_of_them=False)]
    """Why an event type is not scored: a sentence, or the same in each of `languages`."""
    triggers: Triggers
    """When a person is prompted."""
    outreach: OutreachRules = msgspec.field(default_factory=OutreachRules)
    """How prompts are given."""
    knots: KnotRules = KnotRules()
    """Which patterns are looked for, and what each weighs."""
    languages: list[Language] = msgspec.field(default_factory=_LANGUAGES.copy)
    """In what the sentences are; one that stands alone is in the first of them."""

    @classmethod
    def overall(cls, raw: Mapping[str, Any]) -> Iterator[Remark]:
        """Each event type is accounted for once, and each sentence in each language."""
        yield from checks.accounted(raw.get("signals"), raw.get("unscored"))
        yield from checks.spoken(raw.get("languages", _LANGUAGES), raw.get("unscored"))


class Strategy(StrategyFile, frozen=True, kw_only=True):
    """A strategy that was read and checked; make one with `parse`."""

    digest: str
    """A hash of the file: two strategies that differ in a byte never share it."""
    text: str
    """The file, as it was written."""
    clock: dict[Channel, Hours]
    """Opening hours by channel."""
    rules: dict[str, tuple[SignalRule, ...]]
    """Signal rules by event type, in the order of the file: the first that matches counts."""
    landmark_at: float
    """The landmark in seconds since the Unix epoch."""


def parse(text: bytes) -> Strategy:
    """Reads a strategy from TOML. Raises `StrategyError` with all that is wrong with it."""
    file = read(text, StrategyFile)
    if isinstance(file, list):
        raise StrategyError(file)
    rules: dict[str, tuple[SignalRule, ...]] = {}
    for rule in file.signals:
        rules[rule.type] = (*rules.get(rule.type, ()), rule)
    return Strategy(
        **{name: getattr(file, name) for name in file.__struct_fields__},
        digest=blake2b(text, digest_size=8).hexdigest(),
        text=text.decode("utf-8"),
        clock={channel: file.hours.of(channel) for channel in file.contact.expected},
        rules=rules,
        landmark_at=file.landmark.timestamp(),
    )


def reach(strategy: Strategy) -> tuple[datetime, datetime]:
    """The first and the last instant whose evidence can be counted in sums: 900 half-lives of the landmark.

    Sums carry 2^((t − L) / h), and a float ends a little beyond 2^1000.
    """
    farthest = timedelta(seconds=REACH * min(strategy.half_lives.bond, strategy.half_lives.mood))
    return _moved(strategy.landmark, -farthest), _moved(strategy.landmark, farthest)


_EVER = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))


def _moved(at: datetime, by: timedelta) -> datetime:
    """An instant moved, within the calendar."""
    try:
        return at + by
    except OverflowError:
        return _EVER[by > timedelta()]
