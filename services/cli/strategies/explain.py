"""A strategy in plain words: what is good, what hurts, how long it is remembered, what prompts a person."""

import textwrap
from collections.abc import Iterable, Iterator

import msgspec

from projections.duration import Duration
from projections.evidence import Signal
from projections.outcomes import wait_valence
from projections.reading import contributions, prior_health
from projections.strategy import DIMENSIONS, Breach, Dimension, Language, SignalRule, Strategy
from services.cli.strategies.opening_hours import openings
from services.cli.strategies.prompting import outreach, triggers
from services.cli.strategies.voice import Voice
from services.runtime.typography import typeset

_WIDTH = 96
_AGAIN = 4
"""How often something happens in the example of what happens again."""


def explanation(strategy: Strategy, language: Language) -> str:
    """What a strategy means, as a text to read."""
    voice = Voice(language)
    title = _wrapped(voice.text("title", version=strategy.version), language)
    parts = [f"{title}\n{'=' * len(title)}"]
    for name, lines in (
        ("what", _what(strategy, voice)),
        ("bands", _bands(strategy, voice)),
        ("memory", _memory(strategy, voice)),
        ("good", _signals(strategy, voice, good=True)),
        ("bad", _signals(strategy, voice, good=False)),
        ("contact", _contact(strategy, voice)),
        ("promise", _promise(strategy, voice)),
        ("complaint", _complaint(strategy, voice)),
        ("again", _again(strategy, voice)),
        ("unscored", _unscored(strategy, voice)),
        ("hours", openings(strategy, voice)),
        ("knots", _knots(strategy, voice)),
        ("triggers", triggers(strategy, voice)),
        ("outreach", outreach(strategy, voice)),
    ):
        heading = voice.text(name)
        parts.append("\n".join([heading, "-" * len(heading), *(_wrapped(line, language) for line in lines)]))
    return "\n\n".join(parts)


def _wrapped(line: str, language: Language) -> str:
    said = typeset({"": line}, language)[""]
    indent = "  " if said.startswith("• ") else ""
    return textwrap.fill(
        said, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _what(strategy: Strategy, voice: Voice) -> Iterator[str]:
    whole = sum(strategy.weights[name] for name in DIMENSIONS)
    shares = {name: voice.share(strategy.weights[name] / whole) for name in DIMENSIONS}
    same = len(set(strategy.weights.values())) == 1
    yield voice.text(
        "what_said", shares=voice.text("shares_same") if same else voice.text("shares", **shares)
    )
    yield voice.text("prior", health=voice.number(prior_health(strategy)))


def _bands(strategy: Strategy, voice: Voice) -> Iterator[str]:
    bands = strategy.bands
    for name, least in (("thriving", bands.thriving), ("steady", bands.steady), ("drifting", bands.drifting)):
        yield "• " + voice.text("band_from", band=voice.bands[name], health=voice.number(least))
    yield "• " + voice.text("band_below", band=voice.bands["strained"], health=voice.number(bands.drifting))
    floor = voice.share(strategy.confidence_floor)
    yield "• " + voice.text("band_unknown", band=voice.bands["unknown"], floor=floor)


def _memory(strategy: Strategy, voice: Voice) -> Iterator[str]:
    lives = strategy.half_lives
    yield voice.text("memory_said", bond=voice.length(lives.bond), mood=voice.length(lives.mood))


def _moves(
    strategy: Strategy, dimension: Dimension, valence: float, weight: float, breach: Breach | None = None
) -> float:
    """The points of health that a signal moves where nothing else is known."""
    signal = Signal(strategy.landmark_at, dimension, valence, weight, breach)
    return contributions([signal], strategy, strategy.landmark_at)[0]


def _signals(strategy: Strategy, voice: Voice, *, good: bool) -> Iterator[str]:
    conditional = False
    for dimension in DIMENSIONS:
        rules = [rule for rule in strategy.signals if rule.dimension == dimension]
        found = sorted(
            ((abs(_best(strategy, rule)), rule) for rule in rules if _is_good(strategy, rule) == good),
            key=lambda one: -one[0],
        )
        yield voice.text("for", dimension=voice.dimensions[dimension])
        for _, rule in found:
            conditional = conditional or bool(rule.where)
            yield "• " + _signal(strategy, voice, rule)
        if not found:
            yield "• " + voice.text("nothing")
    if conditional:
        yield voice.text("conditions")


def _best(strategy: Strategy, rule: SignalRule) -> float:
    valence = 1.0 if rule.valence is None else rule.valence
    return _moves(strategy, rule.dimension, valence, rule.weight, rule.breach)


def _is_good(strategy: Strategy, rule: SignalRule) -> bool:
    return _best(strategy, rule) >= 0


def _signal(strategy: Strategy, voice: Voice, rule: SignalRule) -> str:
    event = voice.case(rule.type, rule.where)
    name = rule.type.removeprefix("egard.")
    if rule.valence is None:
        ends = [_moves(strategy, rule.dimension, valence, rule.weight) for valence in (-1.0, 1.0)]
        least, most = map(voice.points, ends)
        return voice.text("signal_scaled", event=event, type=name, least=least, most=most)
    moved = _best(strategy, rule)
    return voice.text(
        "signal", event=event, type=name, strength=voice.strength(moved), points=voice.points(moved)
    )


def _contact(strategy: Strategy, voice: Voice) -> Iterator[str]:
    rules = strategy.contact

    def points(valence: float) -> str:
        return voice.points(_moves(strategy, "responsiveness", valence, rules.weight))

    yield voice.text("contact_said", points=points(wait_valence(0.0, 1.0)))
    for channel, wait in sorted(rules.expected.items(), key=lambda one: one[1]):
        yield "• " + voice.text("expected", channel=voice.values[channel], wait=voice.length(wait))
    yield voice.text(
        "contact_missed",
        missed=points(rules.missed_at_most),
        returned=points(rules.returned_at_most),
        call_back=voice.length(rules.call_back),
        unknown=points(rules.answered_unknown_wait),
        give_up=voice.length(rules.give_up),
    )


def _promise(strategy: Strategy, voice: Voice) -> Iterator[str]:
    rules = strategy.promise
    valences = {
        "kept": rules.kept,
        "overdue": rules.overdue,
        "broken": rules.broken,
        "late": rules.late_at_most,
    }
    moved = {
        name: voice.points(_moves(strategy, "responsiveness", valence, rules.weight))
        for name, valence in valences.items()
    }
    yield voice.text("promise_said", **moved, grace=voice.length(rules.grace))


def _complaint(strategy: Strategy, voice: Voice) -> Iterator[str]:
    rules = strategy.complaint
    moved = {
        name: voice.points(_moves(strategy, rules.dimension, getattr(rules, name), rules.weight))
        for name in ("raised", "accepted", "refused")
    }
    yield voice.text("complaint_said", **moved, dimension=voice.dimensions[rules.dimension])


def _again(strategy: Strategy, voice: Voice) -> Iterator[str]:
    yield voice.text("again_said")
    for breach, rule in strategy.breaches.items():
        times = voice.number(_AGAIN ** (1 + rule.exponent))
        yield "• " + voice.text("again_kind", breach=voice.breaches[breach], times=times)


def _unscored(strategy: Strategy, voice: Voice) -> Iterator[str]:
    grouped: dict[str, list[str]] = {}
    for name, said in strategy.unscored.items():
        sentence = said if isinstance(said, str) else said.get(voice.language, next(iter(said.values())))
        grouped.setdefault(sentence, []).append(f"{voice.event(name)} ({name.removeprefix('egard.')})")
    for sentence, events in grouped.items():
        yield f"• {sentence}"
        yield from (f"    – {event}" for event in events)


def _knots(strategy: Strategy, voice: Voice) -> Iterator[str]:
    there = {
        name: rule
        for name in strategy.knots.__struct_fields__
        if (rule := getattr(strategy.knots, name)) is not None
    }
    if not there:
        yield voice.text("no_knot")
        return
    yield voice.text("knots_said")
    for name, rule in there.items():
        said = voice.knots[name].format_map(dict(_spoken(rule, voice)))
        fades = voice.text("knot_fades", open_for=voice.length(rule.open_for))
        yield f"• {said} {fades}"


def _spoken(rule: msgspec.Struct, voice: Voice) -> Iterable[tuple[str, str]]:
    """The settings of a knot, in words."""
    for name, value in msgspec.structs.asdict(rule).items():
        if isinstance(value, Duration):
            yield name, voice.length(value)
        elif isinstance(value, str):
            yield name, voice.dimensions[value]
        else:
            yield name, voice.number(value)
