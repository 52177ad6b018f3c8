"""Print the lines of every package and the longest functions: a figure to judge by, not a limit."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 15


@dataclass(frozen=True, order=True)
class Function:
    """A function and the number of lines it spans."""

    lines: int
    name: str
    where: str


def modules() -> Iterator[Path]:
    """Yield every module that ships: the core's and the plugins', without their tests and migrations."""
    for path in sorted([*ROOT.glob("deskcore/**/*.py"), *ROOT.glob("plugins/*/deskcore_*/**/*.py")]):
        if "migrations" not in path.parts:
            yield path


def package_of(path: Path) -> str:
    """Return the package a module counts towards: ``deskcore.tickets``, ``plugins/it_desk``, ``deskcore``."""
    parts = path.relative_to(ROOT).parts
    if parts[0] == "plugins":
        return "/".join(parts[:2])
    return ".".join(parts[:2]) if len(parts) > 2 else parts[0]


def functions(path: Path, source: str) -> Iterator[Function]:
    """Yield the functions and methods of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield Function(lines, node.name, f"{path.relative_to(ROOT)}:{node.lineno}")


def main() -> None:
    """Print the report."""
    lines: Counter[str] = Counter()
    files: Counter[str] = Counter()
    found: list[Function] = []
    for path in modules():
        source = path.read_text(encoding="utf-8")
        lines[package_of(path)] += source.count("\n")
        files[package_of(path)] += 1
        found += functions(path, source)
    print(f"{'package':<28}{'modules':>8}{'lines':>8}{'a module':>10}")
    for package, count in sorted(lines.items()):
        print(f"{package:<28}{files[package]:>8}{count:>8}{count / files[package]:>10.0f}")
    print(f"{'together':<28}{files.total():>8}{lines.total():>8}\n\nlongest functions")
    for function in sorted(found, reverse=True)[:LONGEST]:
        print(f"{function.lines:>5}  {function.name:<36} {function.where}")


if __name__ == "__main__":
    main()
