"""The strategy: one reviewed, versioned file that says how events are read and when a person is prompted."""

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any, Literal, get_type_hints

import msgspec

from events import TYPES, Channel, Data
from events.base import Scale
from projections.duration import Duration
from projections.hours import Hours, HoursTable
from projections.knot_rules import KnotRules

Dimension = Literal["recognition", "responsiveness"]
"""What a relationship is read from."""

Breach = Literal["retelling", "overlooked", "unanswered", "broken_word"]
"""The kinds of breach whose repetition costs more each time."""

Band = Literal["thriving", "steady", "drifting", "strained", "knotted", "unknown"]
"""What a reading amounts to, in one word."""

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

BREACHES: dict[Breach, Dimension] = {
    "retelling": "recognition",
    "overlooked": "recognition",
    "unanswered": "responsiveness",
    "broken_word": "responsiveness",
}
"""Each kind of breach counts against one dimension."""

DAY = 86_400.0
_UNITS = {"s": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hour": 3600.0, "day": DAY}
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|second|min|minute|h|hour|day)s?\s*")

Valence = Annotated[float, msgspec.Meta(ge=-1, le=1)]
Weight = Annotated[float, msgspec.Meta(gt=0, le=100)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Score = Annotated[float, msgspec.Meta(ge=0, le=100)]


class StrategyError(ValueError):
    """The strategy cannot be used; the message says what is wrong and where."""


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class HalfLives(_Table, frozen=True):
    """How fast evidence fades: the slow `bond` and the quick `mood`."""

    bond: Duration
    mood: Duration


class Prior(_Table, frozen=True):
    """What is assumed before anything is known: `a` of good and `b` of bad evidence."""

    a: Positive
    b: Positive


class Bands(_Table, frozen=True):
    """The lowest health of each band; under `drifting` a relationship is strained."""

    thriving: Score
    steady: Score
    drifting: Score


class SignalRule(_Table, frozen=True):
    """How one event type is read, where its fields equal those of `where`.

    `valence` is fixed, or `valence_from` names a field on the scale 0–100: v = field / 50 − 1.
    """

    type: str
    dimension: Dimension
    weight: Weight
    valence: Valence | None = None
    valence_from: str | None = None
    where: dict[str, str | bool] = {}
    breach: Breach | None = None


class ContactRules(_Table, frozen=True):
    """How the outcome of a contact is read. Waits run on the channel's business clock."""

    weight: Weight
    expected: dict[Channel, Duration]
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


class PromiseRules(_Table, frozen=True):
    """How the outcome of a promise is read."""

    weight: Weight
    grace: Duration
    """How late half of what keeping it just after its due is worth is left."""
    late_at_most: Valence
    """The best valence of a promise kept after its due."""
    kept: Valence
    """The valence of a promise kept in time."""
    overdue: Valence
    """The valence of a promise past its due and still open."""
    broken: Valence


class ComplaintRules(_Table, frozen=True):
    """How the outcome of a complaint is read."""

    weight: Weight
    dimension: Dimension
    raised: Valence
    accepted: Valence
    refused: Valence


class BreachRule(_Table, frozen=True):
    """Repetition: negative evidence of this kind is scaled by max(1, count)^`exponent`."""

    exponent: Annotated[float, msgspec.Meta(ge=0, le=2)]


class PromiseOverdueTrigger(_Table, frozen=True):
    """Prompts when a promise to a customer is past its due and still open."""

    freshness: Duration
    priority: Score
    minutes: Positive


class TellingTrigger(_Table, frozen=True):
    """Prompts at the n-th telling of one reason; the n-th telling is the (n − 1)-th `contact.retold`."""

    tellings: Annotated[int, msgspec.Meta(ge=2)]
    freshness: Duration
    priority: Score
    minutes: Positive


class BandFallenTrigger(_Table, frozen=True):
    """Prompts when fresh events brought a relationship down to one of `bands`."""

    bands: list[Band]
    freshness: Duration
    cooldown: Duration
    priority: Score
    minutes: Positive


class Triggers(_Table, frozen=True):
    """When a person is prompted. A trigger that is absent never fires."""

    promise_overdue: PromiseOverdueTrigger | None = None
    retold: TellingTrigger | None = None
    band_fallen: BandFallenTrigger | None = None


class _File(_Table, frozen=True):
    version: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    landmark: datetime
    half_lives: HalfLives
    priors: dict[Dimension, Prior]
    weights: dict[Dimension, Positive]
    confidence_floor: Share
    bands: Bands
    contact: ContactRules
    promise: PromiseRules
    complaint: ComplaintRules
    breaches: dict[Breach, BreachRule]
    hours: HoursTable
    signals: list[SignalRule]
    unscored: dict[str, str]
    triggers: Triggers
    knots: KnotRules = KnotRules()


class Strategy(_File, frozen=True, kw_only=True):
    """A strategy that was read and checked; make one with `parse`."""

    digest: str
    """A hash of the file: two strategies that differ in a byte never share it."""
    clock: dict[Channel, Hours]
    """Opening hours by channel."""
    rules: dict[str, tuple[SignalRule, ...]]
    """Signal rules by event type, in the order of the file: the first that matches counts."""
    landmark_at: float
    """The landmark in seconds since the Unix epoch."""


def parse(text: bytes) -> Strategy:
    """Reads a strategy from TOML.

    Raises `StrategyError` with a sentence that names the place of the first mistake.
    """
    try:
        file = msgspec.toml.decode(text, type=_File, dec_hook=_duration)
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise StrategyError(f"The strategy is not valid: line {line} is not UTF-8.") from None
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        end = len(text.splitlines())
        # The parser names the line of every mistake but those of the end.
        reason = str(error).replace("(at end of document)", f"(at the end, line {end})")
        raise StrategyError(f"The strategy is not valid: {reason}.") from None
    _check(file)
    rules: dict[str, tuple[SignalRule, ...]] = {}
    for rule in file.signals:
        rules[rule.type] = (*rules.get(rule.type, ()), rule)
    return Strategy(
        **{name: getattr(file, name) for name in file.__struct_fields__},
        digest=blake2b(text, digest_size=8).hexdigest(),
        clock={channel: file.hours.of(channel) for channel in file.contact.expected},
        rules=rules,
        landmark_at=file.landmark.timestamp(),
    )


def _duration(kind: type, value: Any) -> Any:
    if kind is not Duration:
        raise NotImplementedError(f"no decoding for {kind}")
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} is not a duration such as «20 s», «5 min», «8 h» or «14 days»")
    seconds = float(match[1]) * _UNITS[match[2]]
    if seconds == 0:
        raise ValueError(f"{value!r} is not longer than no time at all")
    return Duration(seconds)


def _check(file: _File) -> None:
    if file.landmark.tzinfo is None:
        raise StrategyError("`landmark` needs an offset, for example 2026-01-01T00:00:00Z.")
    _complete("priors", file.priors, DIMENSIONS)
    _complete("weights", file.weights, DIMENSIONS)
    _complete("breaches", file.breaches, BREACHES)
    _complete("contact.expected", file.contact.expected, Channel.__args__)  # type: ignore[attr-defined]
    if not file.bands.thriving > file.bands.steady > file.bands.drifting:
        raise StrategyError("`bands` must fall from thriving over steady to drifting.")
    for name, worst, best in (
        ("contact.returned_at_most", file.contact.missed_at_most, file.contact.returned_at_most),
        ("promise.late_at_most", file.promise.overdue, file.promise.late_at_most),
        ("promise.kept", file.promise.late_at_most, file.promise.kept),
    ):
        if best < worst:
            raise StrategyError(f"`{name}` is {best}, less than the {worst} of not mending it.")
    for place, rule in enumerate(file.signals):
        _check_rule(f"signals[{place}]", rule)
    scored = {rule.type for rule in file.signals}
    for name in file.unscored:
        if name not in TYPES:
            raise StrategyError(f"`unscored` names `{name}`, which is not an event type.")
        if name in scored:
            raise StrategyError(f"`{name}` has a signal and a reason for having none.")
    silent = [name for name in TYPES if name not in scored and name not in file.unscored]
    if silent:
        raise StrategyError(
            f"`{silent[0]}` has neither a signal nor a sentence in `unscored` that says why it has none."
        )


def _check_rule(place: str, rule: SignalRule) -> None:
    cls = TYPES.get(rule.type)
    if cls is None:
        raise StrategyError(f"`{place}` names `{rule.type}`, which is not an event type.")
    if rule.type.startswith("egard.exchange."):
        raise StrategyError(f"`{place}` would score `{rule.type}`: purchases are context, never scored.")
    if rule.type in _JOINED:
        raise StrategyError(
            f"`{place}` would score `{rule.type}`: it is part of a matter, scored once, by its outcome."
        )
    if (rule.valence is None) == (rule.valence_from is None):
        raise StrategyError(f"`{place}` needs either `valence` or `valence_from`.")
    for field, value in rule.where.items():
        try:
            msgspec.convert(value, _kind(place, cls, field))
        except msgspec.ValidationError:
            raise StrategyError(f"`{place}` never matches: `{field}` is never {value!r}.") from None
    if rule.valence_from is not None and _kind(place, cls, rule.valence_from) not in (Scale, Scale | None):
        raise StrategyError(f"`{place}`: `{rule.valence_from}` is not on the scale from 0 to 100.")
    if rule.breach is not None and BREACHES[rule.breach] != rule.dimension:
        raise StrategyError(f"`{place}`: a breach of {rule.breach} counts against {BREACHES[rule.breach]}.")


def _kind(place: str, cls: type[Data], field: str) -> Any:
    """What a field of an event may hold."""
    if field not in cls.__struct_fields__:
        raise StrategyError(f"`{place}` names the field `{field}`, which {cls.__name__} does not have.")
    return get_type_hints(cls, include_extras=True)[field]


def _complete(name: str, given: Mapping[Any, object], wanted: Any) -> None:
    for key in wanted:
        if key not in given:
            raise StrategyError(f"`{name}` lacks `{key}`.")
