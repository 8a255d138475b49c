"""What the benches work out for themselves: percentiles, settings, memory as /proc tells it, paced events."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench import figures
from tests.bench.figures import count_from, percentile
from tests.bench.resident import Resident, larger, parsed, resident, total

_STATUS = """Name:\tpython
VmPeak:\t  800000 kB
VmHWM:\t   90112 kB
VmRSS:\t   81920 kB
RssAnon:\t   61440 kB
Threads:\t3
"""
_ROLLUP = """55d0c8000000-7ffd5a1fe000 ---p 00000000 00:00 0                          [rollup]
Rss:               81920 kB
Pss:               71680 kB
Pss_Dirty:         61440 kB
"""


def test_percentiles_are_values_that_were_measured() -> None:
    """Of a hundred values in any order, the 50th is p50, the 99th p99 and the last p100."""
    values = [float(number) for number in range(100, 0, -1)]
    assert [percentile(values, percent) for percent in (1, 50, 99, 100)] == [1, 50, 99, 100]
    assert percentile([3.5], 99) == 3.5


@given(st.lists(st.floats(allow_nan=False), min_size=1), st.floats(0.1, 100))
def test_enough_values_do_not_exceed_a_percentile(values: list[float], percent: float) -> None:
    """At least so many percent of the values are at most their percentile, and fewer are below it."""
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) >= len(values) * percent / 100 - 1e-9
    assert sum(value < found for value in values) < len(values) * percent / 100 + 1e-9


def test_nothing_measured_has_no_percentile() -> None:
    """A percentile of nothing is an error, not zero."""
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 50)


def test_a_count_comes_from_the_environment_or_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole number is taken, with underscores too; without one the default holds."""
    monkeypatch.delenv("EGARD_BENCH_TEST", raising=False)
    assert count_from("EGARD_BENCH_TEST", 300) == 300
    monkeypatch.setenv("EGARD_BENCH_TEST", "10_000_000")
    assert count_from("EGARD_BENCH_TEST", 300) == 10_000_000


@pytest.mark.parametrize("text", ["0", "-5", "many", "1.5", "_", "11"])
def test_what_is_no_count_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A setting that is no whole number in its span is named among the mistakes, with what would do."""
    monkeypatch.setattr(figures, "mistakes", [])
    monkeypatch.setenv("EGARD_BENCH_TEST", text)
    assert count_from("EGARD_BENCH_TEST", 3, most=10) == 3
    assert figures.mistakes == [
        f"EGARD_BENCH_TEST is {text!r}; it is a whole number from 1 to 10, such as 3."
    ]


def test_memory_is_read_from_proc_in_bytes() -> None:
    """What is resident now, at most, and by its share, from lines in kB."""
    assert parsed(_STATUS, _ROLLUP) == Resident(now=80 * 2**20, most=88 * 2**20, share=70 * 2**20)


@pytest.mark.parametrize(
    ("status", "said"),
    [("Name:\tpython\n", "VmRSS is not told"), ("VmRSS:\t 3 MB\nVmHWM:\t 3 MB\n", "VmRSS is in MB")],
)
def test_proc_that_does_not_say_it_is_an_error(status: str, said: str) -> None:
    """A line that is missing, as of a process that has ended, or has another unit, is no figure."""
    with pytest.raises(ValueError, match=said):
        parsed(status, _ROLLUP)


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="Only Linux tells it in /proc.")
def test_this_process_holds_something() -> None:
    """What /proc tells of a living process: no more now than ever, and a share of what is there."""
    found = resident(os.getpid())
    assert 0 < found.share <= found.now <= found.most + 2**20


def test_the_larger_figure_of_each_kind_counts() -> None:
    """Of two processes one may hold more now, and the other have held more."""
    assert larger(Resident(1, 9, 3), Resident(2, 8, 3)) == Resident(2, 9, 3)


def test_children_count_too() -> None:
    """What several processes hold is added up."""
    assert total([Resident(1, 2, 3), Resident(10, 20, 30)]) == Resident(11, 22, 33)
