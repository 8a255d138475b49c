"""When a person is prompted, and how prompts are given, in plain words."""

from collections.abc import Iterator, Mapping

import msgspec

from projections.duration import Duration
from projections.strategy import Strategy
from projections.trigger_rules import TriggerRule
from projections.triggers import reason_of
from services.cli.strategies.voice import Voice


def triggers(strategy: Strategy, voice: Voice) -> Iterator[str]:
    """What prompts a person, the most urgent first."""
    there = sorted(strategy.triggers.there(), key=lambda one: -one[1].priority)
    if not there:
        yield voice.text("no_trigger")
        return
    yield voice.text("triggers_said")
    for name, rule in there:
        said = voice.triggers[name].format_map(dict(_spoken(rule, voice)))
        yield voice.text("trigger", name=name, said=" ".join([said, *_treated(rule, voice)]))
    yield from _together(dict(there), voice)


def _treated(rule: TriggerRule, voice: Voice) -> Iterator[str]:
    """How the prompts of a trigger are treated."""
    spoken = dict(_spoken(rule, voice))
    spoken["holdout"] = voice.share(rule.holdout)
    ways = {
        "usual": True,
        "cooldown": rule.cooldown is not None,
        "owed": rule.owed,
        "hard": rule.hard,
        "either": rule.by == "either",
        "machine": rule.by == "machine",
        "skill": rule.skill is not None,
        "gesture": rule.gesture > 0,
        "holdout": rule.holdout > 0,
    }
    for name, holds in ways.items():
        if holds:
            yield voice.treatment[name].format_map(spoken)


def _together(there: Mapping[str, TriggerRule], voice: Voice) -> Iterator[str]:
    """The triggers that share a reason."""
    named: dict[str, list[str]] = {}
    for name, rule in there.items():
        named.setdefault(reason_of(name, rule), []).append(name)
    for names in named.values():
        if len(names) > 1:
            yield voice.treatment["with"].format(names=voice.listed(names))


def outreach(strategy: Strategy, voice: Voice) -> Iterator[str]:
    """How prompts are given."""
    rules, words = strategy.outreach, voice.outreach
    quiet = rules.quiet
    yield words["quiet"].format(begins=voice.time(quiet.begins), ends=voice.time(quiet.ends))
    for cap in rules.caps:
        yield words["cap"].format_map(dict(_spoken(cap, voice)))
    yield words["caps_but" if rules.caps else "no_cap"]
    for name in ("budget", "team", "learning"):
        yield words[name].format_map(dict(_spoken(getattr(rules, name), voice)))


def _spoken(table: msgspec.Struct, voice: Voice) -> Iterator[tuple[str, str]]:
    """The settings of a table, in words."""
    for name, value in msgspec.structs.asdict(table).items():
        if isinstance(value, Duration):
            yield name, voice.length(value)
        elif name == "chance":
            yield name, voice.share(value)
        elif isinstance(value, list):
            yield name, voice.either([_one(name, one, voice) for one in value])
        elif isinstance(value, int | float):
            yield name, voice.number(value)
        elif isinstance(value, str):
            yield name, value


def _one(name: str, value: str | int, voice: Voice) -> str:
    if isinstance(value, int):
        return voice.number(value)
    return voice.knot_names[value] if name == "kinds" else voice.quoted(voice.bands[value])
