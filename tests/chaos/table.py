"""The table of the matrix: behaviour by kind of place, how many cases, tickets that stand, and the slowest answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Cell:
    """All cases of one behaviour in one kind of place."""

    cases: int = 0
    standing: int = 0
    slowest: float = 0.0


@dataclass
class Table:
    """What came of all cases of this process."""

    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)

    def add(self, way: str, group: str) -> Cell:
        """Begin a case; whoever called this says whether its ticket stands."""
        cell = self.cells.setdefault((way, group), Cell())
        cell.cases += 1
        return cell

    def lines(self) -> Iterator[str]:
        """Yield the table in Markdown."""
        yield "| behaviour | where | cases | tickets that stand | slowest answer |"
        yield "|---|---|---|---|---|"
        for (way, group), cell in self.cells.items():
            yield f"| {way} | {group} | {cell.cases} | {cell.standing} | {cell.slowest:.1f} s |"
        cases = sum(cell.cases for cell in self.cells.values())
        standing = sum(cell.standing for cell in self.cells.values())
        slowest = max(cell.slowest for cell in self.cells.values())
        yield f"| **all** | | **{cases}** | **{standing}** | **{slowest:.1f} s** |"
