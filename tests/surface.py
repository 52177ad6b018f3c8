"""What this version offers to plugins, a line each: ``python -m tests.surface`` writes it down for review."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from packaging.version import Version

import deskcore
from deskcore.preflight.sources import Notice
from deskcore.preflight.surface import Surface, present

FOLDER = Path(__file__).parent / "surfaces"
_GOES = " (goes in "


def this_file() -> Path:
    """Return the file of this minor release."""
    version = Version(deskcore.__version__)
    return FOLDER / f"{version.major}.{version.minor}.txt"


def lines(surface: Surface) -> set[str]:
    """Return everything that a plugin may rely on."""
    return set(_hooks(surface)) | set(_names(surface))


def _hooks(surface: Surface) -> Iterator[str]:
    for name, hook in surface.hooks.items():
        yield f"hook {name}{_when(hook.notice)}"
        yield from (f"hook {name}: {each}{_when(hook.notices.get(each))}" for each in hook.arguments)


def _names(surface: Surface) -> Iterator[str]:
    for name, it in surface.names.items():
        yield f"name {name}{_when(it.notice)}"
        yield from (f"name {name}: {each}" for each in it.parameters or ())


def _when(notice: Notice | None) -> str:
    return f"{_GOES}{notice.release})" if notice else ""


def gone_too_early(recorded: dict[str, set[str]], now: set[str], version: str) -> set[str]:
    """Return what releases had and this one has not, though its time had not come.

    :param recorded: what each release had, by its number.
    """
    plain = {line.partition(_GOES)[0] for line in now}
    had = {line for each in recorded.values() for line in each}
    due = {
        line.partition(_GOES)[0]
        for release, each in recorded.items()
        for line in each
        if _GOES in line and _is_due(line, release, version)
    }
    lost = {line.partition(_GOES)[0] for line in had} - plain - due
    return {line for line in lost if line.partition(":")[0] not in due}  # with a hook its arguments go


def _is_due(line: str, marked: str, version: str) -> bool:
    """Tell whether what was marked in one release may be gone in another: two minor releases later."""
    release = Version(line.partition(_GOES)[2].rstrip(")"))
    notice_given = (release.major, release.minor - 2) >= Version(marked).release[:2]
    return Version(version) >= release and notice_given


if __name__ == "__main__":
    this_file().write_text("\n".join(sorted(lines(present()))) + "\n", encoding="utf-8")
