"""What `mutmut run` came to: the score of each module, and each mutant that no test noticed (`make mutants`)."""

import ast
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

PROJECT: Final = Path(__file__).resolve().parents[2]
MUTATED: Final = PROJECT / "mutants"
LEAST_PERCENT: Final = 85
NOTICED: Final = ("killed", "timeout", "segfault")


def main() -> int:
    """Print the score; 1 if it is below 85 percent, or some mutants were not tried."""
    by_module: dict[str, dict[str, str]] = defaultdict(dict)
    for mutant, outcome in outcomes():
        by_module[mutant.rpartition(".")[0]][mutant.rpartition(".")[2]] = outcome
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    console.print(table(by_module))
    for module, mutants in by_module.items():
        for mutant, outcome in mutants.items():
            if outcome not in NOTICED:
                console.print(f"{outcome:9} {place(module, mutant)}", markup=False)
    every = Counter(outcome for mutants in by_module.values() for outcome in mutants.values())
    return int(not every or percent(every) < LEAST_PERCENT or "not checked" in every)


def outcomes() -> Iterator[tuple[str, str]]:
    """Return each mutant by its name, and what became of it."""
    mutmut = [str(Path(sys.executable).with_name("mutmut")), "results", "--all", "true"]
    text = subprocess.run(mutmut, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    for line in text.splitlines():
        mutant, _, outcome = line.strip().partition(": ")
        yield mutant, outcome


def table(by_module: Mapping[str, Mapping[str, str]]) -> Table:
    """Return a row for each module, and one for all of them."""
    shown = Table("module", title="mutants of the rules of allocation")
    for name in ("mutants", "killed", "survived", "no test", "score"):
        shown.add_column(name, justify="right")
    every = Counter[str]()
    for module, mutants in by_module.items():
        every += (own := Counter(mutants.values()))
        shown.add_row(module.rpartition(".")[2], *figures(own))
    shown.add_section()
    shown.add_row("all", *figures(every))
    return shown


def figures(outcome: Counter[str]) -> tuple[str, ...]:
    counts = (outcome.total(), killed(outcome), outcome["survived"], outcome["no tests"])
    return (*map(str, counts), f"{percent(outcome):.1f} %")


def killed(outcome: Counter[str]) -> int:
    return sum(outcome[noticed] for noticed in NOTICED)


def percent(outcome: Counter[str]) -> float:
    return 100 * killed(outcome) / outcome.total()


def place(module: str, mutant: str) -> str:
    """Return where a mutant differs from the code, and how."""
    file = Path(*module.split(".")).with_suffix(".py")
    name = mutant.rpartition("__mutmut_")[0]
    mutated = functions(MUTATED / file)
    (_, lines), (_, others) = mutated[f"{name}__mutmut_orig"], mutated[mutant]
    differ = (n for n, (line, other) in enumerate(zip(lines, others, strict=False)) if n and line != other)
    at = next(differ, 0)
    begins, _ = functions(PROJECT / file)[name.removeprefix("x_").rpartition("ǁ")[2]]
    return f"{file}:{begins + at}\n          - {lines[at].strip()}\n          + {others[at].strip()}"


@cache
def functions(file: Path) -> Mapping[str, tuple[int, Sequence[str]]]:
    """Return where each function begins, and its lines."""
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    found = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef))
    return {node.name: (node.lineno, lines[node.lineno - 1 : node.end_lineno]) for node in found}


if __name__ == "__main__":
    sys.exit(main())
