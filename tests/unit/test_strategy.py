"""The strategy file: read, checked, and refused with a sentence that names the mistake."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import TYPES
from projections.duration import DAY
from projections.strategy import StrategyError, parse
from projections.written import Mistake
from tests.unit.histories import PROPERTY

SHIPPED = (Path(__file__).parents[2] / "deploy" / "strategy.toml").read_text(encoding="utf-8")


def changed(pattern: str, new: str) -> bytes:
    """The shipped file with one change: where a pattern is found first, something else stands."""
    text, count = re.subn(pattern, new, SHIPPED, count=1, flags=re.MULTILINE)
    assert count == 1
    return text.encode()


def mistakes(text: bytes) -> list[Mistake]:
    """What is wrong with a file."""
    with pytest.raises(StrategyError) as error:
        parse(text)
    return error.value.mistakes


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
    "a line that is no TOML": (
        b'version = "1"\n\nlandmark = = 3\n',
        "landmark = = 3",
        "No value begins here; text stands in quotes, and numbers have a point, no comma.",
    ),
    "an end too early": (b"version = [1,\n2,\n", "2,", "The file ends in the midst of something:"),
    "a line that is no text": (
        b'version = "1"\n\xff',
        None,
        "This line is not UTF-8; save the file as UTF-8 text.",
    ),
    "a word that means nothing": (
        changed("confidence_floor", "confidence_flour"),
        "confidence_flour",
        "The file has no `confidence_flour`; did you mean `confidence_floor`?",
    ),
    "a missing line": (
        changed("^version = .*", ""),
        None,
        "The file lacks `version`; write a line `version = …` with a text in quotes, of 1 to 64 characters.",
    ),
    "a missing part": (
        changed(r"(?s)^\[promise\].*?(?=^\[complaint\])", ""),
        None,
        "The file lacks `promise`; write it under [promise].",
    ),
    "an impossible duration": (
        changed('bond = ".*"', 'bond = "180 moons"'),
        "bond",
        '`bond` is "180 moons"; write a length of time in quotes, such as "20 s", "5 min",',
    ),
    "a number without a unit": (
        changed('bond = ".*"', "bond = 180"),
        "bond",
        "`bond` is 180; write a length of",
    ),
    "a duration of nothing": (
        changed('grace = ".*"', 'grace = "0 days"'),
        "grace",
        '`grace` is "0 days"; write',
    ),
    "a duration without end": (
        changed('grace = ".*"', f'grace = "{"9" * 400} s"'),
        "grace",
        '…"; write a length',
    ),
    "a landmark without an offset": (
        changed("^landmark = .*", "landmark = 2026-01-01T00:00:00"),
        "landmark",
        "write a date and time with its offset and without quotes, such as 2026-01-01T00:00:00Z.",
    ),
    "a prior that assumes nothing": (
        changed("^recognition = {.*}", "recognition = { a = 0.0, b = 1.0 }"),
        "a = 0.0",
        "`a` is 0.0; write a number above 0.",
    ),
    "a number that is none": (
        changed("^confidence_floor = .*", "confidence_floor = nan"),
        "confidence_floor",
        "`confidence_floor` is nan; write a number from 0 to 1.",
    ),
    "a dimension without a prior": (
        changed("^responsiveness = {.*}", ""),
        "[priors]",
        "`[priors]` lacks `responsiveness`; write it under [priors.responsiveness].",
    ),
    "a dimension without a weight": (
        changed(r"^recognition = \d.*", ""),
        "[weights]",
        "`[weights]` lacks `recognition`; write a line `recognition = …` with a number above 0.",
    ),
    "a channel without an expected wait": (
        changed("^phone = .*", ""),
        "[contact.expected]",
        "`[contact.expected]` lacks `phone`; write a line `phone = …` with a length of time in quotes",
    ),
    "a channel that is none": (
        changed("^phone = .*", 'phone = "90 s"\nphon = "90 s"'),
        "phon =",
        "`[contact.expected]` has no `phon`; did you mean `phone`?",
    ),
    "a breach without a rule": (
        changed("^retelling = .*", ""),
        "[breaches]",
        "`[breaches]` lacks `retelling`;",
    ),
    "bands that rise": (
        changed("^steady = .*", "steady = 100"),
        "thriving = 75",
        "`thriving` begins at 75, and `steady` at 100; bands fall from thriving over steady to drifting",
    ),
    "a call back that is worth less than none": (
        changed("^returned_at_most = \\S*", "returned_at_most = -0.5"),
        "returned_at_most",
        "`returned_at_most` is -0.5, less than the -0.3 of `missed_at_most`",
    ),
    "a late promise that is worth more than a kept one": (
        changed("^kept = .*", "kept = 0.1"),
        "kept = 0.1",
        "`kept` is 0.1, less than the 0.3 of `late_at_most`",
    ),
    "a time zone that is none": (
        changed("^timezone = .*", 'timezone = "Europe/Pairs"'),
        "timezone",
        "`Europe/Pairs` is no time zone; write one such as Europe/Paris.",
    ),
    "a country that is none": (
        changed("^holidays = .*", 'holidays = "Gaul"'),
        "holidays",
        "The holidays of `Gaul` are not known; write",
    ),
    "a part of a country that is none": (
        changed("^holidays = .*", 'holidays = "DE-XX"'),
        "holidays",
        "`DE` has no part `XX`; it has BB, BE, BW",
    ),
    "an opening that closes first": (
        changed("^closes = .*", "closes = 07:30:00"),
        "closes",
        "It closes (07:30:00) before it opens (08:30:00). An opening ends on the day on which it begins",
    ),
    "a time in quotes": (
        changed("^opens = .*", 'opens = "8:30"'),
        "opens",
        '`opens` is "8:30"; write a time of day without quotes, such as 08:30:00.',
    ),
    "an opening on no day": (changed("^days = .*", "days = []"), "days = []", "No day is named; write"),
    "a day that is none": (changed('"tue", ', '"tues", '), "tues", '`days` is "tues"; did you mean `tue`?'),
    "a closure that ends before it begins": (
        changed("^holidays = .*", "closed = [{ from = 2026-08-14, to = 2026-08-03 }]"),
        "closed",
        "The last closed day (2026-08-03) is before the first (2026-08-14).",
    ),
    "a closure of more than a year": (
        changed("^holidays = .*", "closed = [{ from = 2026-08-03, to = 2062-08-14 }]"),
        "closed",
        "This is closed for more than a year; is the year of `to` right?",
    ),
    "a day that is closed and open": (
        changed(
            "^holidays = .*",
            "closed = [2026-12-24]\nspecial = [{ on = [2026-12-24], opens = 09:00:00, closes = 12:00:00 }]",
        ),
        "special",
        "2026-12-24 is closed and has special hours; take one of the two out.",
    ),
    "a signal for a type that is none": (
        changed('type = "egard.contact.retold"', 'type = "egard.contact.told"'),
        "egard.contact.told",
        "`egard.contact.told` is no event type; did you mean `egard.contact.retold`?",
    ),
    "a scored purchase": (
        changed('type = "egard.contact.retold"', 'type = "egard.exchange.purchased"'),
        "egard.exchange.purchased",
        "`egard.exchange.purchased` cannot have a signal: purchases are context, never scored.",
    ),
    "a part of a matter that is scored by itself": (
        changed('type = "egard.contact.retold"', 'type = "egard.promise.broken"'),
        "egard.promise.broken",
        "it is part of a promise, which is scored once, by its outcome.",
    ),
    "two valences": (
        changed('valence_from = "score"', 'valence_from = "score"\nvalence = 1.0'),
        "valence_from",
        "`valence` is said already; take one of the two out.",
    ),
    "no valence": (
        changed('valence_from = "score"', ""),
        "[[signals]]",
        "This signal needs a line `valence = …`",
    ),
    "a valence beyond the scale": (
        changed("^valence = -.*", "valence = -1.8"),
        "valence = -1.8",
        "`valence` is -1.8; write a number from -1 to 1.",
    ),
    "a valence from a field that is not there": (
        changed('valence_from = "score"', 'valence_from = "mark"'),
        "valence_from",
        "`egard.feedback.given` has no field `mark`; it has score, about.",
    ),
    "a valence from a field that is no scale": (
        changed('valence_from = "score"', 'valence_from = "about"'),
        "valence_from",
        "`about` is not on the scale from 0 to 100; write a fixed `valence` from -1 to 1 instead.",
    ),
    "a condition on a field that is not there": (
        changed("before_asked = true", "asked_before = true"),
        "asked_before",
        "`egard.customer.informed` has no field `asked_before`; it has about, before_asked.",
    ),
    "a condition that is never met": (
        changed('reaction = "welcome"', 'reaction = "welcom"'),
        "welcom",
        'This never counts: `reaction` is never "welcom"; did you mean `welcome`?',
    ),
    "a truth in quotes": (
        changed("before_asked = true", 'before_asked = "true"'),
        "before_asked",
        '`before_asked` is never "true"; write true or false, without quotes.',
    ),
    "a breach against the wrong dimension": (
        changed('breach = "retelling"', 'breach = "broken_word"'),
        "broken_word",
        "A breach of broken_word counts against responsiveness, and this signal against recognition;",
    ),
    "a reason for a type that is none": (
        changed(r"^\[unscored\]\n", '[unscored]\n"egard.fact.shouted" = "Why not."\n'),
        "egard.fact.shouted",
        "`egard.fact.shouted` is no event type;",
    ),
    "a signal and a reason for having none": (
        changed(r"^\[unscored\]\n", '[unscored]\n"egard.contact.retold" = { en = "No.", fr = "Non." }\n'),
        '"egard.contact.retold" = {',
        "`egard.contact.retold` has a signal, and here a reason for having none; take one of the two out.",
    ),
    "a type that is passed over in silence": (
        changed('^"egard.fact.told" = .*', ""),
        "[unscored]",
        "`egard.fact.told` is not accounted for; give it a [[signals]] entry, or write here why it has none",
    ),
    "a trigger that has no end": (
        changed("^tellings = .*", "tellings = [1]"),
        "tellings",
        "`tellings` is 1; write a whole number from 2 to 100.",
    ),
    "tellings that fall": (
        changed("^tellings = .3, 4.", "tellings = [4, 3]"),
        "tellings = [4, 3]",
        "These should rise, each once; write [3, 4].",
    ),
    "an anniversary that stands there twice": (
        changed("^years = .*", "years = [1, 1, 2]"),
        "years",
        "These should rise, each once; write [1, 2].",
    ),
    "a cap that is never reached": (
        changed("^most = 2", "most = 9"),
        None,
        "It is never reached: no more than 4 are allowed in as long or longer",
    ),
    "a name that stands there twice": (
        changed("^steady = .*", "steady = 58\nsteady = 57"),
        "steady = 57",
        "This name stands here for the second time",
    ),
}


@pytest.mark.parametrize(("text", "stands_on", "sentence"), MISTAKES.values(), ids=MISTAKES.keys())
def test_each_mistake_has_its_sentence_and_its_line(
    text: bytes, stands_on: str | None, sentence: str
) -> None:
    """A file that cannot be used is refused with the line, and a sentence that says what is wrong there."""
    (mistake,) = (one for one in mistakes(text) if sentence in one.sentence)
    assert mistake.sentence.endswith((".", "?"))
    assert "\n" not in mistake.sentence
    if stands_on is not None:
        assert stands_on in text.decode().splitlines()[mistake.line - 1]
    assert refusal(text).startswith(str(mistakes(text)[0]))


def test_all_mistakes_are_told_at_once() -> None:
    """Whoever mends a file learns of everything in one go: of each kind of mistake, and in each part."""
    text = SHIPPED
    for pattern, new in (
        ("^version = .*", ""),
        ('bond = ".*"', "bond = 180"),
        ("^steady = .*", "steady = 100"),
        ("^timezone = .*", 'timezone = "Paris"'),
        ("valence = -0.3", "valence = -3"),
        ('type = "egard.recognition.greeted"', 'type = "egard.recognition.grated"'),
        ('^"egard.fact.told" = .*', ""),
        ("^tellings = .*", "telings = 3"),
    ):
        text, count = re.subn(pattern, new, text, count=1, flags=re.MULTILINE)
        assert count == 1
    lines = text.splitlines()
    assert [
        (lines[one.line - 1].split(" = ")[0], one.sentence.split(";")[0]) for one in mistakes(text.encode())
    ] == [
        ("#:schema ../docs/contracts/strategy.json", "The file lacks `version`"),
        ("bond", "`bond` is 180"),
        ("thriving", "`thriving` begins at 75, and `steady` at 100"),
        ("timezone", "`Paris` is no time zone"),
        ("valence", "`valence` is -3"),
        ("type", "`egard.recognition.grated` is no event type"),
        ("[unscored]", "`egard.fact.told` is not accounted for"),
        ("telings", "`[triggers.retold]` has no `telings`"),
    ]
    assert refusal(text.encode()).endswith(" There are 7 more mistakes; `egard strategy check` names all.")


def test_lines_that_are_no_toml_hide_no_other_mistakes() -> None:
    """Where a line cannot be read, the others are looked at all the same, and nothing is called missing."""
    text, _ = re.subn("^give_up = .*", "give_up = 14 days", SHIPPED, flags=re.MULTILINE)
    text, _ = re.subn("^steady = .*", "steady 58", text, flags=re.MULTILINE)
    text, _ = re.subn("^confidence_floor = .*", "confidence_floor = 25", text, flags=re.MULTILINE)
    lines = text.splitlines()
    assert [(lines[one.line - 1], one.sentence.split(";")[0]) for one in mistakes(text.encode())] == [
        ("confidence_floor = 25", "`confidence_floor` is 25"),
        ("steady 58", "An equals sign is missing"),
        ("give_up = 14 days", "Something follows the value"),
    ]


def test_a_decimal_comma_is_answered_with_a_point() -> None:
    """Who writes a number as in French is told how it is written here."""
    (mistake,) = mistakes(changed("^confidence_floor = .*", "confidence_floor = 0,25"))
    assert mistake.sentence.endswith("write 0.5 with a point.")


def test_a_mistake_in_the_midst_of_a_line_has_its_column() -> None:
    """An editor that is given line and column goes to the very word."""
    text = changed("^recognition = {.*}", "recognition = { a = 1.5, b = -1 }")
    (mistake,) = mistakes(text)
    assert text.decode().splitlines()[mistake.line - 1][mistake.column - 1 :] == "b = -1 }"


def test_sentences_are_said_in_every_language_of_the_strategy() -> None:
    """A reason that is given in one language only is a mistake where the strategy has two."""
    text = changed('^"egard.fact.told" = .*', '"egard.fact.told" = "To be remembered."')
    (mistake,) = mistakes(text)
    assert mistake.sentence == 'This is not said in fr; write { en = "…", fr = "…" }.'
    english = re.sub("^languages = .*", 'languages = ["en"]', text.decode(), flags=re.MULTILINE)
    assert parse(english.encode()).unscored["egard.fact.told"] == "To be remembered."


_LINES = SHIPPED.splitlines()


@PROPERTY
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(_LINES) - 1),
            st.sampled_from(["", "x", "x = ", "= 1", "[x]", "[[x]]", "[", '"', "}", "x = {}", "x = [[1], 2]"])
            | st.sampled_from(
                ["nan", "-inf", "0", '""', '"phone"', "true", "2026-01-01", "07:00:00", "[]", "{}"]
            ),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_any_file_is_read_or_refused_with_sentences(edits: list[tuple[int, str]]) -> None:
    """Whatever stands in some of its lines: a file is a strategy, or its mistakes have their lines."""
    lines = list(_LINES)
    for number, new in edits:
        name, equals, _ = lines[number].partition(" = ")
        lines[number] = f"{name} = {new}" if equals and " " not in new and not new.startswith("[[") else new
    text = "\n".join(lines).encode()
    with suppress(StrategyError):
        parse(text)
        return
    for mistake in mistakes(text):
        assert 1 <= mistake.line <= len(lines)
        assert mistake.sentence.endswith((".", "?"))
