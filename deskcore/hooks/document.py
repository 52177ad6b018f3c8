"""Renders ``docs/hooks.md`` from the specs: ``python -m deskcore.hooks.document`` prints it."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from deskcore.deprecation import DeskcoreDeprecationWarning
from deskcore.hooks import specs
from deskcore.hooks.markers import PROJECT

_OPENING = """# Hooks

What a plugin may implement. This page is rendered from `deskcore/hooks/specs/` by
`python -m deskcore.hooks.document`; a test compares the two.

An implementation is a plain function in the plugin's `__init__.py`, marked with `@hookimpl` and named like the
hook. It takes the parameters it needs, by name. What it is given is frozen and its own; what it returns is data.
Implementations are called in the order of their plugins' names, each on its own: a failing one never keeps
another from being called. Contributions are shown by their `order`, then by the plugin's name.
"""

#: How a hook's name tells when it is called.
_FAMILIES = (
    (r"register_", "Contributions", "Called once at start."),
    (r"before_|validate_", "Before it is stored",
     ("Called while nothing is locked, all plugins side by side, each with a deadline (`hook_deadline`, 2 seconds). "
     "A plugin whose package says `CRITICAL = True`, or `CRITICAL = (\"fleet\",)` for one desk, may not fail here: if "
     "it does, nothing is stored there.")),
    (r"choose_", "Questions", "Plugin after plugin is asked until one has an answer."),
    (r"", "After it was committed",
     ("Called by a worker, at least once for each event and in order for one ticket, in a transaction of its own. An "
     "event whose handler fails for about a day no longer holds up those after it; when an administrator has it tried "
     "again, `event.overtaken` tells that it comes late. A handler that was stopped, and whose event another worker "
     "has taken over meanwhile, can no longer write. What a handler says in an error is shown to administrators: it "
     "names no contents.")),
)  # fmt: skip


def hooks() -> dict[str, Callable[..., Any]]:
    """Return the specs by hook name, in the order of their modules."""
    marker = f"{PROJECT}_spec"
    return {name: value for module in specs.MODULES for name, value in vars(module).items() if hasattr(value, marker)}


def render() -> str:
    """Return the page as Markdown."""
    parts = [_OPENING]
    left = hooks()
    for pattern, title, text in _FAMILIES:
        family = {name: spec for name, spec in left.items() if re.match(pattern, name)}
        left = {name: spec for name, spec in left.items() if name not in family}
        parts.append(f"## {title}\n\n{text}\n")
        parts += ["\n".join(_described(name, spec)) for name, spec in family.items()]
    return "\n".join(parts)


def _described(name: str, spec: Callable[..., Any]) -> Iterator[str]:
    summary, _, rest = inspect.cleandoc(spec.__doc__ or "").partition("\n")
    yield f"### `{name}({', '.join(inspect.signature(spec).parameters)})`\n"
    yield f"{summary}\n"
    yield f"Returns `{inspect.signature(spec).return_annotation}`.\n"
    marks = getattr(spec, f"{PROJECT}_spec", {})
    if marks.get("warn_on_impl"):
        yield f"**{_goes(marks['warn_on_impl'])}**\n"
    for argument, warning in (marks.get("warn_on_impl_args") or {}).items():
        yield f"- `{argument}`: **{_goes(warning)}**"
    for kind, parameter, text in re.findall(r"^:(\w+)(?: (\w+))?: ((?:.|\n(?!:))*)", rest, re.MULTILINE):
        label = f"`{parameter}`" if parameter else {"returns": "**Returns**", "raises": "**If it raises**"}[kind]
        yield f"- {label}: {_plain(text)}"
    yield ""


def _goes(warning: DeskcoreDeprecationWarning) -> str:
    return f"Deprecated, gone in {warning.release}. {warning}"


def _plain(text: str) -> str:
    """Return a docstring's text on one line, with its marks as Markdown."""
    return re.sub(r"(?::\w+:)?(`+)([^`]+)\1", r"`\2`", " ".join(text.split()))


if __name__ == "__main__":
    sys.stdout.write(render())
