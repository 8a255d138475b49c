"""`python -m tests.study [PART…]`: how valid the score is, written to docs/study.md."""

import argparse
import sys

from tests.study import page
from tests.study.shared import AbsentError


# What counts and draws takes seconds to load: `--help` does without, and Ctrl-C is heard meanwhile.
def _complaints() -> str:
    from tests.study.complaints_section import section

    return section()


def _naming() -> str:
    from tests.study.naming_section import section

    return section()


def _simulator() -> str:
    from tests.study.simulator_section import section

    return section()


def _uplift() -> str:
    from tests.study.uplift_section import section

    return section()


def _prompts() -> str:
    from tests.study.last_day_section import section

    return section()


def _engine() -> str:
    from tests.study.engine_section import section

    return section()


PARTS = {
    "complaints": _complaints,
    "naming": _naming,
    "simulator": _simulator,
    "uplift": _uplift,
    "prompts": _prompts,
    "engine": _engine,
}

_INTERRUPTED = 130


def main() -> int:
    """Runs the parts that are named, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.study",
        description="Studies how valid the score is, and writes docs/study.md with its figures.",
        epilog="examples: make study; make study ARGS=simulator; make study ARGS='complaints naming'",
    )
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all of them where none is named"
    )
    names = list(dict.fromkeys(parser.parse_args().parts or PARTS))
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"The study has no part {unknown[0]!r}; it has {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    try:
        for name in names:
            _run(name)
    except KeyboardInterrupt:
        print("Interrupted; the sections of parts that were done are written.", file=sys.stderr)
        return _INTERRUPTED
    return 0


def _run(name: str) -> None:
    try:
        section = PARTS[name]()
    except AbsentError as absent:
        print(f"The part {name!r} is skipped, and its section stays as it is: {absent}", file=sys.stderr)
        return
    page.write(name, section)
    print(f"{page.PAGE.name}: the section {name!r} is written.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
