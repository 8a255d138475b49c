"""`egard strategy`: `backtest`, `check`, `explain`, `schema` and `versions`."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from projections.strategy import Language, Strategy
from projections.written import Mistake
from services.cli.contracts import put
from services.cli.strategies.backtest import backtest
from services.cli.strategies.check import examine
from services.cli.strategies.explain import explanation
from services.cli.strategies.schema import strategy_schema
from services.cli.strategies.versions import versions
from services.runtime.errors import Fatal
from services.runtime.settings import language_of, strategy_file

strategy = cyclopts.App(
    name="strategy",
    help="The file that says how events are read: check it, explain it, see what it would have done.",
)
strategy.command(backtest)
strategy.command(versions)

_File = Annotated[
    Path | None,
    Parameter(help="The file; else the one that EGARD_STRATEGY names, or the one that is shipped."),
]


@strategy.command
def check(file: _File = None) -> int:
    """Say everything that is wrong with a strategy, each with its line, and what to write instead.

    Mistakes are printed as `file:line:column: sentence`, which editors and terminals make into links. The
    exit code is 0 for a strategy that can be used, and 1 for one that cannot.

        egard strategy check

        egard strategy check draft.toml
    """
    path = file or strategy_file(os.environ)
    found = _examined(path)
    if isinstance(found, list):
        for mistake in found:
            print(f"{path}:{mistake.line}:{mistake.column}: {mistake.sentence}")
        print(f"{len(found)} {'mistake' if len(found) == 1 else 'mistakes'}.", file=sys.stderr)
        return 1
    print(
        f"{path} can be used: version {found.version}, {len(found.signals)} signals, "
        f"and {len(found.unscored)} event types with a reason for having none."
    )
    return 0


@strategy.command
def explain(file: _File = None, *, language: Language | None = None) -> int:
    """Print in plain words what a strategy means: what is good, what hurts, when a person is prompted.

    It is meant for everyone who works with customers, and says of every event type how it counts, or why not.

        egard strategy explain

        egard strategy explain --language fr

        egard strategy explain draft.toml --language fr > draft.txt

    Parameters
    ----------
    language
        `en` or `fr`; without it, the language that EGARD_LANGUAGE names, or English.
    """
    path = file or strategy_file(os.environ)
    found = _examined(path)
    if isinstance(found, list):
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        raise Fatal(f"{path}:{found[0].line}: {found[0].sentence} (`egard strategy check` names this{more}.)")
    print(explanation(found, language or language_of(os.environ)))
    return 0


@strategy.command
def schema(
    *, out: Annotated[Path | None, Parameter(help="The file to write; without it, standard output.")] = None
) -> None:
    """Write the JSON Schema of the strategy file, by which editors complete it and mark mistakes.

    egard strategy schema --out strategy.json
    """
    put(strategy_schema(), out)


def _examined(path: Path) -> Strategy | list[Mistake]:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise Fatal(f"{path} cannot be read: {error.strerror}.") from None
    return examine(text, datetime.now(UTC))
