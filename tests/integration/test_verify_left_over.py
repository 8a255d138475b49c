"""What `egard verify` finds besides what is kept of customers."""

import pytest

from services.cli.verify import verify
from services.runtime.database import Pool


@pytest.mark.parametrize(
    "row",
    [
        "contacts (customer, contact_id) values ('anna', 'c')",
        "promises (customer, promise_id) values ('anna', 'p')",
        "complaints (customer, complaint_id) values ('anna', 'k')",
        "links (customer, alias, said_by, identity, drawn, time, id, source) "
        "values ('anna', 'bob', 'anna', '', true, now(), '1', '/test')",
    ],
)
async def test_what_is_kept_of_nobody_is_a_difference(
    pool: Pool,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    row: str,
) -> None:
    """A matter, or a word on a link, of somebody of whom there is no relationship is named."""
    monkeypatch.setenv("EGARD_DATABASE", database_url)
    assert await verify() == 0
    await pool.execute(f"insert into {row}")
    assert await verify() == 1
    assert "anna: there are" in capsys.readouterr().err
