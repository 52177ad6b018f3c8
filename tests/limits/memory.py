"""How much memory and which files a process holds, as the system sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MB = 1024 * 1024
#: What any request may cost at most.
MORE = 64 * MB


@contextmanager
def at_most(more: int, pid: int) -> Iterator[None]:
    """Fail unless a process stays within so many bytes of what it has now."""
    before = _bytes(pid, "VmRSS")
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # forgets the peak
    yield
    peak = _bytes(pid, "VmHWM")
    assert peak - before <= more, f"{(peak - before) / MB:.0f} MB more than before"


def _bytes(pid: int, line: str) -> int:
    found = re.search(rf"^{line}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def nameless_files(pid: int) -> list[str]:
    """Return where the files lie that a process has open and that have no name any more."""
    found = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            found.append(str(entry.readlink()))
    return [path for path in found if path.endswith(" (deleted)") and not path.startswith("/memfd:")]
