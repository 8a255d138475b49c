"""Names of settings in the environment: those we know, those that nearly are, and those of others."""

import re
from pathlib import Path

import pytest

from services.runtime import settings
from services.runtime.errors import Fatal
from services.runtime.settings import from_environment

ROOT = Path(__file__).parents[2]
NEEDED = {"EGARD_KAFKA": "localhost:9092", "EGARD_DATABASE": "postgres://egard@localhost/egard"}


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("EGARD_STRATGY", "EGARD_STRATEGY"),
        ("EGARD_ACESS", "EGARD_ACCESS"),
        ("EGARD_ERASUREKEY", "EGARD_ERASURE_KEY"),
        ("EGARD_LANGUGE", "EGARD_LANGUAGE"),
        ("EGARD_DATABASE_URL", "EGARD_DATABASE"),
    ],
)
def test_a_name_that_is_nearly_a_setting_s_is_refused(wrong: str, right: str) -> None:
    """Whoever wrote it meant that setting, which would silently keep its default: the right name is said."""
    with pytest.raises(Fatal, match=rf"^{wrong} is no setting and would do nothing; {right} is one\. "):
        from_environment({**NEEDED, wrong: "fr"})


def test_other_names_are_said_once_and_do_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    """A platform may set what it likes (Kubernetes names services so): one warning tells of all of them."""
    strangers = {"EGARD_GATEWAY_SERVICE_HOST": "10.0.0.1", "EGARD_GATEWAY_SERVICE_PORT": "8000"}
    assert from_environment({**NEEDED, **strangers}) == from_environment(NEEDED)
    [warning] = caplog.records
    assert warning.getMessage() == f"Nobody reads {', '.join(strangers)}: no setting has that name."


def test_what_tests_benches_and_examples_are_told_troubles_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """Their own variables are neither refused nor warned of."""
    others = ("EGARD_TEST_KAFKA", "EGARD_BENCH_EVENTS", "EGARD_KEY", "EGARD_URL", "EGARD_DATABASE_PASSWORD")
    assert from_environment({**NEEDED, **dict.fromkeys(others, "x")}) == from_environment(NEEDED)
    assert not caplog.records


def test_every_name_that_the_software_reads_is_known() -> None:
    """A setting that is added, and not made known, would be refused or warned of as a stranger."""
    read = {
        name
        for path in (ROOT / "services").rglob("*.py")
        for name in re.findall(r'environ(?:\[|\.get\(|, )"(EGARD_\w+)"', path.read_text(encoding="utf-8"))
    }
    assert "EGARD_KEY" in read
    assert read == set(settings._NAMES)
