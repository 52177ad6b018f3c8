"""Rules about templates and what pages load."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator

from deskcore.plugin_rules.reading import Source
from deskcore.plugin_rules.rules import Spot

#: Bytes that all static files of a plugin may have together, compressed.
LARGEST_STATIC = 20 * 1024
_UNSAFE = {
    r"\|\s*safe\b": "It leaves text unescaped (|safe)",
    r"\{%-?\s*autoescape\s+false": "It switches escaping off",
    r"\sstyle\s*=\s*[\"']": "It has an inline style",
    r"<style\b": "It has an inline style",
    r"<script(?![^>]*\bsrc=)[^>]*>": "It has an inline script",
    r"\son[a-z]+\s*=\s*[\"']": "It has an inline handler",
    r"(?:href|action|src)\s*=\s*[\"']javascript:": "It has a script in an address",
    r"(?:src|href)\s*=\s*[\"'](?:https?:)?//[^\"']+\.(?:js|css|woff2?)\b": "It loads a file from another site",
}


def template_folder(plugin: Source) -> Iterator[Spot]:
    """Find templates that another plugin's could hide."""
    own = plugin.package / "templates" / plugin.name
    for path in plugin.files(".html", ".jinja", ".j2"):
        if not path.is_relative_to(own):
            yield Spot(plugin.where(path), f"It does not lie in templates/{plugin.name}/.")


def safe_pages(plugin: Source) -> Iterator[Spot]:
    """Find what weakens a page, or is refused by the browser under the site's policy."""
    for path in plugin.files(".html", ".jinja", ".j2"):
        text = path.read_text(encoding="utf-8", errors="replace")
        for pattern, said in _UNSAFE.items():
            for match in re.finditer(pattern, text, re.IGNORECASE):
                yield Spot(f"{plugin.where(path)}:{text.count(chr(10), 0, match.start()) + 1}", f"{said}.")
    for module in plugin.code:
        for call in module.calls("Markup", "render_template_string"):
            yield Spot(module.at(call), "It makes markup in code.")


def static_size(plugin: Source) -> Iterator[Spot]:
    """Find a plugin whose static files make pages slow."""
    folder = plugin.package / "static"
    files = [path for path in plugin.files() if path.is_relative_to(folder)]
    size = sum(len(gzip.compress(path.read_bytes(), mtime=0)) for path in files)
    if size > LARGEST_STATIC:
        most = LARGEST_STATIC // 1024
        yield Spot(plugin.where(folder), f"Its files have {size // 1024} kB compressed; {most} are the most.")
