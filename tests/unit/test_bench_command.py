"""`make bench` as a command: tables for people, and a last line for programs."""

import json
from typing import Any

import pytest
from rich.console import Console

from tests.bench import __main__ as command


async def _quick(console: Console) -> dict[str, Any]:
    console.print("a table")
    return {"rate": 1.5}


async def _slow(console: Console) -> dict[str, Any]:
    console.print("another table")
    return {"p50": {"ratio": 2.0}}


@pytest.fixture(autouse=True)
def benches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Benches that take no time, on a machine that has Kafka."""
    monkeypatch.setattr(command, "BENCHES", {"quick": _quick, "slow": _slow})
    monkeypatch.setattr(command, "kafka_unavailable", lambda: None)


def _run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["bench", *words])
    return command.main()


def test_the_last_line_is_one_object_with_the_figures_of_all_benches(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Several benches are named, one of them twice: each is run once, and the last line has all figures."""
    assert _run(monkeypatch, "slow", "quick", "slow") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:-1] == ["another table", "a table"]
    assert json.loads(lines[-1]) == {"slow": {"p50": {"ratio": 2.0}}, "quick": {"rate": 1.5}}


def test_a_bench_that_there_is_not_gets_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that is not known ends the command before anything runs, and those that are known are told."""
    assert _run(monkeypatch, "quick", "fast") == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "There is no bench 'fast'; there are quick, slow.\n")


def test_a_setting_that_cannot_be_used_gets_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told before anything runs, however late the bench comes that it is for."""
    monkeypatch.setattr(command, "mistakes", ["EGARD_BENCH_EVENTS is 'many'; it is a whole number."])
    assert _run(monkeypatch) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "EGARD_BENCH_EVENTS is 'many'; it is a whole number.\n")
