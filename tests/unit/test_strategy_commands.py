"""`egard strategy`: what is wrong with a strategy, what it means, and its schema."""

import re
import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from events import TYPES, Channel
from projections.strategy import Language, StrategyFile, parse
from projections.trigger_rules import Triggers
from services.cli.contracts import text
from services.cli.strategies.check import examine
from services.cli.strategies.commands import check, explain, schema
from services.cli.strategies.explain import explanation
from services.cli.strategies.schema import strategy_schema
from services.cli.strategies.words import LANGUAGES
from services.insight.words import LANGUAGES as LANGUAGES_OF_INSIGHT
from services.runtime import strategies
from services.runtime.errors import Fatal
from services.runtime.settings import DEPLOY
from tests.unit.test_contracts import KEPT, RENEW
from tests.unit.test_strategy import MISTAKES

SHIPPED = (DEPLOY / "strategy.toml").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 25, tzinfo=UTC)


def file(folder: Path, content: str) -> Path:
    """A strategy in a file."""
    path = folder / "draft.toml"
    path.write_text(content, encoding="utf-8")
    return path


def plainly(said: str) -> str:
    """A text on one line, with spaces as they are typed."""
    return " ".join(said.split())


# ------------------------------------------------------------------------------------------------ check


def test_a_strategy_that_can_be_used_is_said_to_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is 0, and a sentence says which version it is and what is in it."""
    path = file(tmp_path, SHIPPED)
    assert check(path) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{path} can be used: version 2026-12, 18 signals, and 47 event types")


def test_every_mistake_has_a_line_that_an_editor_can_follow(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each mistake is a line of its own, with file, line and column; the exit code is 1."""
    wrong = SHIPPED.replace("steady = 58", "steady = 580").replace("weight = 1.5  ", "weight = 0  ")
    path = file(tmp_path, wrong)
    assert check(path) == 1
    said = capsys.readouterr()
    lines = wrong.splitlines()
    assert said.out.splitlines() == [
        f"{path}:{lines.index('steady = 580') + 1}:1: `steady` is 580; write a number from 0 to 100.",
        f"{path}:{next(place for place, line in enumerate(lines, 1) if line.startswith('weight = 0 '))}:1: "
        "`weight` is 0; write a number above 0, 100 at most.",
    ]
    assert said.err == "2 mistakes.\n"


def test_a_file_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    """No traceback, and the name of the file."""
    with pytest.raises(Fatal, match=r"nowhere\.toml cannot be read: No such file or directory\."):
        check(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("change", "until"),
    [
        (("landmark = 2026-01-01T00:00:00Z", "landmark = 1970-01-01T00:00:00Z"), "2021-09-30"),
        (("landmark = 2026-01-01T00:00:00Z", "landmark = 2090-01-01T00:00:00Z"), "2141-10-01"),
        (('mood = "21 days"', 'mood = "1 day"'), "2028-06-19"),
    ],
)
def test_sums_must_last_for_as_long_as_they_are_used(change: tuple[str, str], until: str) -> None:
    """Nothing that happens within ten years of today may lie 900 half-lives from the landmark."""
    found = examine(SHIPPED.replace(*change).encode(), NOW)
    assert isinstance(found, list)
    (mistake,) = found
    assert f" to {until} only: for 900 times the shorter half-life" in mistake.sentence
    assert SHIPPED.splitlines()[mistake.line - 1].startswith("landmark")


def test_a_service_does_not_start_where_sums_no_longer_hold(tmp_path: Path) -> None:
    """Whoever did not look in time is told before a number is written that cannot be held."""
    path = file(tmp_path, SHIPPED.replace("landmark = 2026", "landmark = 1926"))
    with pytest.raises(
        Fatal, match=r"evidence could be counted until 1977-09-30 only; `egard strategy check`"
    ):
        strategies.load(path)


def test_the_last_year_of_a_landmark_is_told_ten_years_ahead() -> None:
    """A strategy that is good today is refused ten years before its sums would no longer hold."""
    assert not isinstance(examine(SHIPPED.encode(), datetime(2067, 9, 1, tzinfo=UTC)), list)
    assert isinstance(examine(SHIPPED.encode(), datetime(2067, 11, 1, tzinfo=UTC)), list)


def test_the_hours_of_the_guide_can_be_used() -> None:
    """The opening hours that docs/strategy.md shows, in the place of those that are shipped, can be used."""
    guide = (DEPLOY.parent / "docs" / "strategy.md").read_text(encoding="utf-8")
    (hours,) = re.findall(r"^```toml\n(\[hours\].*?)^```", guide, flags=re.MULTILINE | re.DOTALL)
    text, count = re.subn(r"^\[hours\]\n.*?(?=^# -)", hours, SHIPPED, flags=re.MULTILINE | re.DOTALL)
    assert count == 1
    clock = parse(text.encode()).clock
    assert {channel for channel, hours in clock.items() if hours.week is None} == {"form"}
    assert {hours.zone for hours in clock.values()} == {"Europe/Paris", "America/Montreal"}


# ---------------------------------------------------------------------------------------------- explain


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_event_type_is_explained(language: Language) -> None:
    """Each type of the language stands in the text, as a signal or with the reason for having none."""
    said = explanation(parse(SHIPPED.encode()), language)
    assert [name for name in TYPES if f"({name.removeprefix('egard.')})" not in said] == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_trigger_and_every_channel_has_words(language: Language) -> None:
    """Whatever may prompt a person is said, and when each channel is open."""
    words = LANGUAGES[language]
    assert set(words.TRIGGERS) == set(Triggers.__struct_fields__)
    said = plainly(explanation(parse(SHIPPED.encode()), language))
    for channel in Channel.__args__:  # type: ignore[attr-defined]
        assert said.count(plainly(LANGUAGES_OF_INSIGHT[language].VALUES[channel])) >= 2


def test_both_languages_say_the_same_things() -> None:
    """What is said in one language is said in the other, of the same values."""
    english, french = LANGUAGES["en"], LANGUAGES["fr"]
    for name in ("TEXTS", "TRIGGERS", "TREATMENT", "OUTREACH", "KNOT_NAMES", "BREACHES", "CONDITIONS"):
        one, other = getattr(english, name), getattr(french, name)
        assert one.keys() == other.keys()
        for key in one:
            assert set(re.findall(r"\{\w+\}", one[key])) == set(re.findall(r"\{\w+\}", other[key])), key


def test_an_explanation_says_what_the_numbers_mean() -> None:
    """Waits, points, half-lives and hours stand there in words, as the strategy has them."""
    said = plainly(explanation(parse(SHIPPED.encode()), "en"))
    for sentence in (
        "After 180 days, what happened counts half",
        "stands at 60.",
        "Had to tell it all again (contact.retold): very much, −7.1 points",
        "How our reaching out was taken: unwelcome (outreach.reacted): very much, −7.1 points",
        "Feedback (feedback.given): by what they say, −7.3 points at 0 and +4.8 points at 100",
        "by phone: 90 seconds",
        "having to tell something again: 8 single times",
        "Monday to Friday 8:30–18:30; Saturday 9:00–12:30; by the clock of Europe/Paris; closed on the "
        "public holidays of France",
        "A customer has told one reason 3 or 4 times. It takes some 15 minutes; what is older than 1 day "
        "prompts nobody. It may be hard on whoever takes it. A gesture of up to 20 is theirs to decide.",
        "A knot has opened: ping-pong, a deaf ear, a broken word, a misunderstanding, or the rulebook.",
        "Of 10% of them nothing is made, by lot",
        "It is 1, 2, 5, 10, or 20 years since",
        "One prompt for all of these: promise_overdue and promise_due.",
        "From 20:00 to 8:00 by the customer’s own clock",
        "2 times in 7 days at most",
        "What is owed to them counts among these times too, and is never held back.",
        "a fall of more than 10 points is harm",
        "a relationship down to “strained”, by more than 3 points",
        "whose relationship is “thriving” or “steady” has not been heard of",
        "promise_overdue: A promise to a customer is past its due",
        "An honest no, explained, is not a fault.",
    ):
        assert sentence in said


def test_a_changed_number_changes_what_is_said() -> None:
    """The text is made from the file: who is given another wait, another weight, reads another sentence."""
    changed = SHIPPED.replace('phone = "90 s"', 'phone = "20 s"').replace("[3, 4]", "[5]")
    said = plainly(explanation(parse(changed.encode()), "en"))
    assert "by phone: 20 seconds" in said
    assert "has told one reason 5 times" in said


def test_hours_are_said_with_their_exceptions() -> None:
    """A channel on another clock, a closure and a special day stand in the text, in both languages."""
    hours = (
        "closed = [2026-05-15, { from = 2026-08-03, to = 2026-08-14 }]\n"
        "special = [{ on = [2026-12-20], opens = 14:00:00, closes = 18:00:00 }]\n"
        'channels.phone = { timezone = "America/Montreal", holidays = "CA-QC" }\n'
        "channels.form = { openings = [] }\n"
    )
    strategy = parse(SHIPPED.replace('holidays = "FR"\n', f'holidays = "FR"\n{hours}').encode())
    english, french = (plainly(explanation(strategy, language)) for language in ("en", "fr"))
    for said, sentences in (
        (
            english,
            [
                "closed 15 May 2026 and 3 August 2026 to 14 August 2026",
                "20 December 2026 14:00–18:00",
                "by the clock of America/Montreal; closed on the public holidays of Canada (QC)",
                "by form: always, closed days too",
            ],
        ),
        (
            french,
            [
                "fermé 15 mai 2026 et du 3 août 2026 au 14 août 2026",
                "20 décembre 2026 de 14 h à 18 h",
                "fuseau horaire America/Montreal ; fermé les jours fériés (Canada (QC))",
                "par formulaire : toujours, jours fermés compris",
            ],
        ),
    ):
        for sentence in sentences:
            assert sentence in said


def test_french_is_set_as_french_is() -> None:
    """No space before a colon, a semicolon or a closing guillemet breaks, nor one after an opening one."""
    said = explanation(parse(SHIPPED.encode()), "fr")
    assert re.findall(r"[ \n][:;?!»]|«[ \n]", said) == []
    assert "8\u00a0h\u00a030" in said
    assert max(map(len, said.splitlines())) <= 96


def test_a_strategy_is_explained_in_the_language_of_the_house(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """EGARD_LANGUAGE says in which language, unless one is asked for."""
    monkeypatch.setenv("EGARD_LANGUAGE", "fr")
    path = file(tmp_path, SHIPPED)
    explain(path)
    explain(path, language="en")
    french, english = capsys.readouterr().out.split("How we read relationships", 1)
    assert french.startswith("Comment nous lisons les relations")
    assert "« florissante » ou « stable »" in plainly(french)
    assert "What is read" in english


def test_a_strategy_that_cannot_be_used_is_not_explained(tmp_path: Path) -> None:
    """The first mistake is named, and the command that names the others."""
    path = file(
        tmp_path, SHIPPED.replace("steady = 58", "steady = x").replace('mood = "21 days"', "mood = 21")
    )
    with pytest.raises(
        Fatal, match=r":\d+: `mood` is 21; write .*`egard strategy check` names this, and 1 more"
    ):
        explain(path)


# ----------------------------------------------------------------------------------------------- schema


def as_json(value: Any) -> Any:
    """What an editor makes of TOML before it looks into a schema: days and times are texts."""
    if isinstance(value, dict):
        return {key: as_json(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_json(one) for one in value]
    return value.isoformat() if isinstance(value, date | time) else value


def test_the_schema_that_is_kept_is_that_of_the_file() -> None:
    """The schema in the repository, by which editors go, is the one of the code."""
    assert (KEPT / "strategy.json").read_text(encoding="utf-8") == text(strategy_schema()), RENEW


def test_every_field_of_the_schema_says_what_it_means() -> None:
    """An editor that shows the schema shows a sentence at each field of each table."""
    whole = strategy_schema()
    silent = [
        f"{title}.{name}"
        for title, table in [("Strategy", whole), *whole["$defs"].items()]
        for name, field in table["properties"].items()
        if not field.get("description", "").endswith((".", ")"))
    ]
    assert silent == []


def test_what_a_field_means_is_under_the_name_of_the_file_and_inherited() -> None:
    """The first day of a closure is `from` in a file; a knot's own fields stand beside those of all knots."""
    tables = strategy_schema()["$defs"]
    assert tables["Closure"]["properties"]["from"]["description"] == "The first closed day."
    retelling = tables["RetellingRule"]["properties"]
    assert retelling["tellings"]["description"] == "The telling that ties it."
    assert retelling["within"]["description"].startswith("How far apart")


def test_the_shipped_strategy_is_valid_by_its_schema() -> None:
    """An editor marks nothing in the file that the project ships."""
    Draft202012Validator.check_schema(strategy_schema())
    found = Draft202012Validator(strategy_schema()).iter_errors(as_json(tomllib.loads(SHIPPED)))
    assert [error.message for error in found] == []
    assert SHIPPED.startswith("#:schema ../docs/contracts/strategy.json\n")


OF_KINDS = [
    "a word that means nothing",
    "a missing line",
    "a missing part",
    "an impossible duration",
    "a number without a unit",
    "a prior that assumes nothing",
    "a dimension without a prior",
    "a channel without an expected wait",
    "a channel that is none",
    "a day that is none",
    "a signal for a type that is none",
    "a scored purchase",
    "a part of a matter that is scored by itself",
    "a valence beyond the scale",
    "a reason for a type that is none",
    "a trigger that has no end",
]


@pytest.mark.parametrize("name", OF_KINDS)
def test_an_editor_sees_what_is_wrong_of_kind(name: str) -> None:
    """What is of a wrong kind, out of bounds, unknown or missing is invalid by the schema too."""
    content = MISTAKES[name][0].decode()
    assert not Draft202012Validator(strategy_schema()).is_valid(as_json(tomllib.loads(content)))


def test_the_schema_is_written_into_a_file(tmp_path: Path) -> None:
    """Editors want it as a file."""
    schema(out=tmp_path / "strategy.json")
    assert set(msgspec.json.decode((tmp_path / "strategy.json").read_bytes())["properties"]) == set(
        StrategyFile.__struct_fields__
    )
