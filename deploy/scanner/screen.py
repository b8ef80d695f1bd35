"""The screen of a device: colour, a bell for trouble, and expected against scanned."""

from dataclasses import dataclass, field
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.scanner.wedge import HELP
from shared.contracts.scan_answers import ScanAnswered

_WIDTH: Final = 20
_GOOD: Final = frozenset({"accepted", "replaced", "voided", "repeated"})


@dataclass(slots=True)
class Screen:
    """A console, and what it has shown of each SKU."""

    console: Console
    counted: dict[str, tuple[int, int]] = field(default_factory=dict)
    by_scan: dict[str, tuple[str, int]] = field(default_factory=dict)

    def answered(self, answer: ScanAnswered, void_of: str | None = None) -> None:
        """Show one line for each scan; trouble is yellow or red and rings."""
        fine = answer.result in _GOOD and not answer.exceptions
        colour = "green" if fine else "yellow" if answer.result in _GOOD else "red"
        self._count(answer, void_of)
        line = Text.assemble((f" {'✓' if fine else '!'} ", f"bold reverse {colour}"), " ", (answer.says, colour))
        if answer.sku:
            line.append(f"   {answer.sku} × {answer.units}  {bar(answer.so_far, answer.expected)}")
        self.console.print(line)
        if not fine:
            self.bell()

    def _count(self, answer: ScanAnswered, void_of: str | None) -> None:
        """Keep what the list shows; the answer to a void names no SKU."""
        if answer.sku and answer.result != "repeated":
            self.counted[answer.sku] = (answer.so_far, answer.expected)
            self.by_scan[answer.scan_id] = (answer.sku, answer.units)
        elif answer.result == "voided" and void_of in self.by_scan:
            sku, units = self.by_scan.pop(void_of)
            so_far, expected = self.counted[sku]
            self.counted[sku] = (so_far - units, expected)

    def trouble(self, says: str) -> None:
        """Show that a typed line is of no use."""
        self.console.print(Text.assemble((" ? ", "bold reverse red"), " ", (says, "red")))
        self.bell()

    def note(self, says: str) -> None:
        self.console.print(Text(f"   {says}", style="dim"))

    def bell(self) -> None:
        """Ring, where there is someone to hear."""
        if self.console.is_terminal:
            self.console.bell()

    def help(self) -> None:
        table = Table("say, or scan from the card", "what it does", box=None, pad_edge=False, header_style="bold")
        for words, does in HELP.items():
            table.add_row(words, does)
        self.console.print(table)

    def list(self) -> None:
        """Show expected against scanned, of every SKU that was answered for."""
        if not self.counted:
            self.note("nothing is counted yet")
            return
        table = Table("SKU", "scanned", "expected", "", box=None, pad_edge=False, header_style="bold")
        for sku, (so_far, expected) in sorted(self.counted.items()):
            colour = "green" if so_far == expected else "red" if so_far > expected else "yellow"
            table.add_row(sku, f"[{colour}]{so_far}[/]", str(expected), bar(so_far, expected))
        self.console.print(table)


def bar(so_far: int, expected: int) -> str:
    """Draw how much of what is expected was scanned."""
    if not expected:
        return f"{so_far}, none expected"
    filled = min(_WIDTH, so_far * _WIDTH // expected)
    return f"{'█' * filled}{'░' * (_WIDTH - filled)} {so_far}/{expected}"
