"""Part 2, the data: first cases at the service desk, what their customers met, and who came again."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from tests.study.shared import rows

DAY = 86_400.0
LOOKED_AT = 30 * DAY
"""How long after a first case we look at what its customer met."""
COMES_BACK = 730 * DAY
"""How long after that another case counts as coming back."""

_DONE = frozenset({"Fixed", "Done", "Implemented", "Resolved", "Workaround"})


class Newcomer(NamedTuple):
    """A customer's first case, what became of it in 30 days, and whether they opened another later."""

    project: str
    answered: bool
    """Somebody else replied."""
    named: bool
    """Somebody else replied and used their name."""
    fixed: bool
    one_of_us: bool
    """Resolved it themselves, or had already done the team's work in somebody's case."""
    activity: int
    """What else they did in these days: further words, further cases."""
    came_back: bool


class _Row(NamedTuple):
    at: float
    kind: str
    customer: str
    project: str
    case: str
    actor: str
    named: bool
    resolution: str


def newcomers() -> list[Newcomer]:
    """Everybody whose first case was followed by 30 days and two years of the file. Raises `AbsentError`."""
    known = list(_rows())
    ends = known[-1].at - COMES_BACK - LOOKED_AT
    cases: dict[str, list[_Row]] = defaultdict(list)
    opened: dict[str, list[_Row]] = defaultdict(list)
    own: dict[str, list[float]] = defaultdict(list)
    worked: dict[str, float] = {}
    for row in known:
        cases[row.case].append(row)
        if row.kind == "case.opened":
            opened[row.customer].append(row)
        if row.actor == row.customer:
            own[row.actor].append(row.at)
        elif row.actor and row.kind in ("team.reply", "case.resolved"):
            worked.setdefault(row.actor, row.at)
    return [
        _newcomer(mine, cases[mine[0].case], own[customer], worked)
        for customer, mine in opened.items()
        if mine[0].at <= ends
    ]


def _newcomer(
    opened: list[_Row], case: list[_Row], own: list[float], worked: Mapping[str, float]
) -> Newcomer:
    first = opened[0]
    until = first.at + LOOKED_AT
    seen = [row for row in case if row.at <= until]
    replies = [row for row in seen if row.kind == "team.reply" and row.actor != first.customer]
    resolved = [row for row in seen if row.kind == "case.resolved"]
    return Newcomer(
        project=first.project,
        answered=bool(replies),
        named=any(row.named for row in replies),
        fixed=any(row.resolution in _DONE for row in resolved),
        one_of_us=any(row.actor == first.customer for row in resolved)
        or worked.get(first.customer, float("inf")) <= until,
        activity=sum(at <= until for at in own) - 1,
        came_back=any(until < row.at <= until + COMES_BACK for row in opened),
    )


def _rows() -> Iterator[_Row]:
    for row in rows("service_desk"):
        yield _Row(
            at=datetime.fromisoformat(row["time"]).timestamp(),
            kind=row["kind"],
            customer=row["customer"],
            project=row["team"],
            case=row["case"],
            actor=row["actor"],
            named=row["names_customer"] == "1.0",
            resolution=row["resolution"],
        )
