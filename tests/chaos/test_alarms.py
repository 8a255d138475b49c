"""Alarms of services are shown so that somebody can see what they were about."""

from tests.chaos.alarms import alarms, silences

_LOG = """\
2026-11-25 22:27:05,652 INFO egard.projector: The projector reads egard.interactions from {3: 11603}.
2026-11-25 22:27:08,498 ERROR asyncio: Task exception was never retrieved
future: <Task finished name='Task-3966'>
Traceback (most recent call last):
  File "group_coordinator.py", line 1133, in _do_commit_offsets
2026-11-25 22:27:11,551 WARNING egard.database: The projector waits for the database: TimeoutError.
"""


def test_a_traceback_is_shown_with_what_it_was_about() -> None:
    """What was said before a traceback tells where it came from, and is shown with it."""
    [found] = alarms({"projector-1": _LOG})
    assert found.what.startswith("projector-1, 1 times: 2026-11-25 22:27:08,498 ERROR asyncio: Task")
    assert "The projector reads" not in found.what


def test_what_asyncio_complains_of_is_an_alarm() -> None:
    """It speaks of what nobody waited for or cleared up, with a traceback or without."""
    said = "2026-11-25 22:27:08,498 ERROR asyncio: Resetting connection with an active transaction"
    [found] = alarms({"outreach": said})
    assert found.what == f"outreach, 1 times: {said}"


def test_what_an_outage_brings_about_is_no_alarm() -> None:
    """Waiting for the database is what a service is to do while there is none."""
    assert list(alarms({"projector-1": _LOG.splitlines()[-1]})) == []


def test_a_service_that_ends_without_a_word_is_an_alarm() -> None:
    """A service may end because Kafka is away, and says so; one that says nothing has crashed."""
    ends = {"desk": {"Kafka at 127.0.0.1:1 cannot be reached.": 2, "It ended with 139 and said nothing.": 1}}
    [found] = silences(ends)
    assert found.what == "desk, 1 times: It ended with 139 and said nothing."
