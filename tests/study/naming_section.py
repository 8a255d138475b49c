"""Part 2, as a section of the page."""

from tests.study import figures
from tests.study.naming import ACTIVITY, ANSWERED, FIXED, NAMED, Control, Model, control
from tests.study.newcomers import newcomers
from tests.study.page import table
from tests.study.steps import step

_COLUMNS = (ANSWERED, NAMED, FIXED, ACTIVITY)


def section() -> str:
    """Runs the part and writes its section. Raises `AbsentError`."""
    with step("Service desk: first cases, and who came back", 2) as told:
        people = newcomers()
        told(1)
        return _text(control(people))


def _text(found: Control) -> str:
    forest = figures.forest(
        "naming-odds",
        [(model.name, [model.odds[ANSWERED].plain, model.odds[NAMED].plain]) for model in found.models],
        [ANSWERED, NAMED],
        "odds ratio of coming back",
        at=1.0,
    )
    shares = table(
        ("in the first 30 days", "customers", "opened another case in the two years after"),
        [(name, f"{count:,}", f"{share:.1%}") for name, count, share in found.shares],
    )
    return f"""\
## 2. Negative control: being named at the service desk

In fourteen years of open-source service desks, customers who were answered by name seem to come back far more often. The
description of the data says why there is nothing in it, so a study that finds an effect there is wrong. This one must find none.

A customer's first case, what they met in the 30 days after it, and whether they opened another case in the two years
after that.

{shares}

Logistic regressions of coming back, each project with a constant of its own. The second interval allows for projects
that differ; with eight of them it is rough.

{_models(found, plain=True)}

{_models(found, plain=False)}

{forest}

{_allowed(found.models)}

### Limits

- The file has no column for assignment. Those who resolved their own first case, or had done the team's work in
  anybody's case by then, are taken for people who assign cases to themselves.
- Own activity in the 30 days may itself follow from an answer, so that taking it into account may hide something. It does not
  show that answers have no effect; it shows that this file gives no ground to claim one.
- In the last line, having been answered looks like a harm. An answer is on the way to a fix: with the fix taken out
  of it, what is left are answers that fixed nothing. It is no effect of answering.
- That what was fixed is followed by coming back ({_ratio(found.models[-1], FIXED)}) may mean that easier users are easier to help.
- Égard takes nothing from it either way: the map of this file makes no event of recognition, and whether a greeting
  was by name changes no reading.
"""


def _models(found: Control, *, plain: bool) -> str:
    kind = "odds ratios" if plain else "the same, intervals that allow for projects"
    return table(
        (kind, "customers", *_COLUMNS),
        [
            (
                model.name,
                f"{model.people:,}",
                *(_ratio(model, name, plain=plain) if name in model.odds else "–" for name in _COLUMNS),
            )
            for model in found.models
        ],
    )


def _ratio(model: Model, name: str, *, plain: bool = True) -> str:
    odds = model.odds[name]
    one = odds.plain if plain else odds.by_project
    return f"{one.value:.2f} [{one.low:.2f}, {one.high:.2f}]"


def _allowed(models: list[Model]) -> str:
    naive, adjusted = models[0], models[2]
    found = [
        name
        for name in (ANSWERED, NAMED)
        for one in (adjusted.odds[name].plain, adjusted.odds[name].by_project)
        if not one.low <= 1 <= one.high
    ]
    begin = (
        f"**What this allows to say.** Compared plainly, being named seems to raise the odds of coming back "
        f"({_ratio(naive, NAMED)}). Without those who took the case themselves, and with their own activity taken into "
        f"account, {_ratio(adjusted, NAMED)} is left of it, and {_ratio(adjusted, ANSWERED)} of being answered."
    )
    if found:
        return (
            f"{begin} An interval excludes 1, for {found[0]}. We do not believe it: the control has failed, and "
            "nothing that was found by the same means should be believed either."
        )
    return f"{begin} **No effect of naming is found, and none is claimed.**"
