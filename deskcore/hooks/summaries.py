"""What a plugin says of itself in one sentence, also while it is off: nothing of it is imported."""

from __future__ import annotations

from deskcore.hooks.declarations import PluginDeclaration

#: Characters of a sentence that are shown.
_MOST = 300


def summary(declaration: PluginDeclaration, language: str) -> str:
    """Return the description of the manifest, or ``translations/<language>/summary.txt`` of the package."""
    if declaration.path is None or language == "en":
        return declaration.description
    try:
        text = (declaration.path / "translations" / language / "summary.txt").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return declaration.description
    return " ".join(text.split())[:_MOST] or declaration.description
