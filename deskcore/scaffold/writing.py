"""From the template's files to a plugin's folder: all of it, or nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Template

from deskcore.errors import Refused
from deskcore.scaffold.plans import Plan

TEMPLATE = Path(__file__).parent / "template"
#: So that no tool takes a file of the template for one of ours.
_ENDING = ".tmpl"


def write(plan: Plan, into: Path) -> Path:
    """Write a plugin into a folder of its own in ``into``, which is made if need be; return that folder.

    :raises Refused: when it is there already, or nothing can be written there; nothing is left behind.
    """
    folder = into / plan.plugin
    # A link that leads nowhere is something, too.
    if folder.exists() or folder.is_symlink():
        raise Refused(f"There is something at “{folder}” already; move it away, or choose another name or --into.")
    with _refusing(into), _beside(into) as workshop:
        draft = workshop / plan.plugin
        for file, text in rendered(plan):
            place = draft / file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        draft.rename(folder)
    return folder


def rendered(plan: Plan) -> Iterator[tuple[Path, str]]:
    """Yield every file of a plugin, with its path in the plugin's folder."""
    values = plan.values
    for source in sorted(TEMPLATE.rglob(f"*{_ENDING}")):
        path = str(source.relative_to(TEMPLATE)).removesuffix(_ENDING)
        path = path.replace("PACKAGE", values["package"]).replace("DESK", values["desk"])
        # Not all tools pack a file whose name begins with a dot.
        path = ".gitignore" if path == "gitignore" else path
        yield Path(path), Template(source.read_text(encoding="utf-8")).substitute(values)


@contextmanager
def _beside(into: Path) -> Iterator[Path]:
    """Give a folder on the same disk, which plugins are not looked for in, and take it away again."""
    into.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=".new-", dir=into))
    try:
        yield workshop
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


@contextmanager
def _refusing(into: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Refused(
            f"Nothing can be written into “{into}” ({error.strerror}); make it writable, or choose another folder with "
            "--into."
        ) from error
