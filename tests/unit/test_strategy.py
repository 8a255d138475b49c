"""The strategy file: read, checked, and refused with a sentence that names the mistake."""

import re
from pathlib import Path

import pytest

from events import TYPES
from projections.strategy import DAY, StrategyError, parse

SHIPPED = (Path(__file__).parents[2] / "deploy" / "strategy.toml").read_text(encoding="utf-8")


def changed(pattern: str, new: str) -> bytes:
    """The shipped file with one change: where a pattern is found first, something else stands."""
    text, count = re.subn(pattern, new, SHIPPED, count=1, flags=re.MULTILINE)
    assert count == 1
    return text.encode()


def refusal(text: bytes) -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(StrategyError) as error:
        parse(text)
    return str(error.value)


def test_the_shipped_strategy_is_valid() -> None:
    """What the project ships can be used as it is."""
    strategy = parse(SHIPPED.encode())
    assert strategy.landmark_at == strategy.landmark.timestamp()
    assert set(strategy.clock) == set(strategy.contact.expected)


def test_every_type_of_the_language_is_accounted_for() -> None:
    """Each event type has a signal or a reason for having none, never both."""
    strategy = parse(SHIPPED.encode())
    assert set(strategy.rules) | set(strategy.unscored) == set(TYPES)
    assert not set(strategy.rules) & set(strategy.unscored)


def test_rules_of_one_type_keep_their_order() -> None:
    """The first rule that matches counts, so the order of the file is kept."""
    rules = parse(SHIPPED.encode()).rules["egard.outreach.reacted"]
    assert [rule.where["reaction"] for rule in rules] == ["welcome", "unwelcome", "none"]


def test_the_digest_tells_files_apart() -> None:
    """Two files that differ in a space are two strategies; the same file is the same one."""
    digest = parse(SHIPPED.encode()).digest
    assert parse(SHIPPED.encode()).digest == digest
    assert parse(SHIPPED.encode() + b"\n").digest != digest


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("20 s", 20), ("1 second", 1), ("5 min", 300), ("1.5 h", 5400), ("2 hours", 7200), ("14days", 14 * DAY)],
)
def test_durations_are_written_as_one_says_them(written: str, seconds: float) -> None:
    """A number and a unit, in the singular or the plural."""
    assert parse(changed('give_up = ".*"', f'give_up = "{written}"')).contact.give_up == seconds


MISTAKES = {
    "a line that is no TOML": (b'version = "1"\n\nlandmark = = 3\n', "(at line 3, column 12)."),
    "an end too early": (b"version = [1,\n2,\n", "(at the end, line 2)."),
    "a line that is no text": (b'version = "1"\n\xff', "The strategy is not valid: line 2 is not UTF-8."),
    "a word that means nothing": (
        changed("confidence_floor", "confidence_flour"),
        "Object contains unknown field `confidence_flour`",
    ),
    "a missing line": (changed("^version = .*", ""), "missing required field `version`"),
    "an impossible duration": (
        changed('bond = ".*"', 'bond = "180 moons"'),
        "'180 moons' is not a duration such as «20 s», «5 min», «8 h» or «14 days» - at `$.half_lives.bond`.",
    ),
    "a number without a unit": (changed('bond = ".*"', "bond = 180"), "`$.half_lives.bond`"),
    "a duration of nothing": (
        changed('grace = ".*"', 'grace = "0 days"'),
        "'0 days' is not longer than no time at all - at `$.promise.grace`.",
    ),
    "a landmark without an offset": (
        changed("^landmark = .*", "landmark = 2026-01-01T00:00:00"),
        "`landmark` needs an offset, for example 2026-01-01T00:00:00Z.",
    ),
    "a prior that assumes nothing": (
        changed("^recognition = {.*}", "recognition = { a = 0.0, b = 1.0 }"),
        "`$.priors",
    ),
    "a dimension without a prior": (
        changed("^responsiveness = {.*}", ""),
        "`priors` lacks `responsiveness`.",
    ),
    "a dimension without a weight": (changed(r"^recognition = \d.*", ""), "`weights` lacks `recognition`."),
    "a channel without an expected wait": (
        changed("^phone = .*", ""),
        "`contact.expected` lacks `phone`.",
    ),
    "a breach without a rule": (
        changed("^retelling = .*", ""),
        "`breaches` lacks `retelling`.",
    ),
    "bands that rise": (
        changed("^steady = .*", "steady = 100"),
        "`bands` must fall from thriving over steady to drifting.",
    ),
    "a time zone that is none": (
        changed("^timezone = .*", 'timezone = "Paris"'),
        "`Paris` is not a time zone such as Europe/Paris - at `$.hours`.",
    ),
    "a signal for a type that is none": (
        changed('type = "egard.contact.retold"', 'type = "egard.contact.told"'),
        "names `egard.contact.told`, which is not an event type.",
    ),
    "a scored purchase": (
        changed('type = "egard.contact.retold"', 'type = "egard.exchange.purchased"'),
        "would score `egard.exchange.purchased`: purchases are context, never scored.",
    ),
    "a part of a matter that is scored by itself": (
        changed('type = "egard.contact.retold"', 'type = "egard.promise.broken"'),
        "would score `egard.promise.broken`: it is part of a matter, scored once, by its outcome.",
    ),
    "two valences": (
        changed('valence_from = "score"', 'valence_from = "score"\nvalence = 1.0'),
        "needs either `valence` or `valence_from`.",
    ),
    "no valence": (changed('valence_from = "score"', ""), "needs either `valence` or `valence_from`."),
    "a valence beyond the scale": (
        changed("^valence = -.*", "valence = -1.8"),
        "Expected `float` >= -1.0 - at `$.signals[",
    ),
    "a valence from a field that is not there": (
        changed('valence_from = "score"', 'valence_from = "mark"'),
        "names the field `mark`, which FeedbackGiven does not have.",
    ),
    "a valence from a field that is no scale": (
        changed('valence_from = "score"', 'valence_from = "about"'),
        "`about` is not on the scale from 0 to 100.",
    ),
    "a condition on a field that is not there": (
        changed("before_asked = true", "unasked = true"),
        "names the field `unasked`, which CustomerInformed does not have.",
    ),
    "a condition that is never met": (
        changed('reaction = "welcome"', 'reaction = "welcom"'),
        "never matches: `reaction` is never 'welcom'.",
    ),
    "a breach against the wrong dimension": (
        changed('breach = "retelling"', 'breach = "broken_word"'),
        "a breach of broken_word counts against responsiveness.",
    ),
    "a reason for a type that is none": (
        changed('"egard.fact.told" =', '"egard.fact.shouted" ='),
        "`unscored` names `egard.fact.shouted`, which is not an event type.",
    ),
    "a signal and a reason for having none": (
        changed(r"^\[unscored\]\n", '[unscored]\n"egard.contact.retold" = "Never."\n'),
        "`egard.contact.retold` has a signal and a reason for having none.",
    ),
    "a type that is passed over in silence": (
        changed('^"egard.fact.told" = .*', ""),
        "`egard.fact.told` has neither a signal nor a sentence in `unscored` that says why it has none.",
    ),
    "a trigger that has no end": (
        changed("^tellings = .*", "tellings = 1"),
        "`$.triggers.retold.tellings`",
    ),
}


@pytest.mark.parametrize(("text", "sentence"), MISTAKES.values(), ids=MISTAKES.keys())
def test_each_mistake_has_its_sentence(text: bytes, sentence: str) -> None:
    """A file that cannot be used is refused with a sentence that says what is wrong, and where."""
    said = refusal(text)
    assert sentence in said
    assert said.endswith(".")
    assert "\n" not in said.strip()
