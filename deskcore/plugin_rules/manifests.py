"""Rules about what is around the code: manifest, names, what a wheel holds, README and tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from packaging.specifiers import SpecifierSet

from deskcore.hooks.declarations import MANIFEST
from deskcore.plugin_rules.reading import SECTION, Source, argument, literal
from deskcore.plugin_rules.rules import Spot

#: Sections that every README has, each with what else it may be called.
_SECTIONS = (("Data",), ("Tests", "Development"))
#: Sections that a README needs where a plugin adds what they are about.
_CONTRIBUTED = {"Setting": "Settings", "Permission": "Permissions"}


def manifest(plugin: Source) -> Iterator[Spot]:
    """Find what a manifest lacks, and silences that say nothing."""
    declaration = plugin.declaration
    if declaration.problem is not None and not declaration.package:
        yield Spot(MANIFEST, str(declaration.problem))
        return
    if not declaration.description:
        yield Spot(MANIFEST, "Its [metadata] has no description.")
    if plugin.folder and not (plugin.folder / "pyproject.toml").is_file():
        yield Spot("pyproject.toml", "It is not there, so pip does not know how to build the plugin.")
    yield from _silences(plugin)


def _silences(plugin: Source) -> Iterator[Spot]:
    from deskcore.plugin_rules.catalogue import RULES

    for rule, reason in plugin.silenced.items():
        if rule not in RULES:
            yield Spot(MANIFEST, f"[{SECTION}] names “{rule}”, which is no rule.")
        elif not reason:
            yield Spot(MANIFEST, f"[{SECTION}] gives no reason for ignoring “{rule}”.")


def names(plugin: Source) -> Iterator[Spot]:
    """Find a distribution or blueprint that is not named after the plugin."""
    wanted = f"deskcore-{plugin.name.replace('_', '-')}"
    if plugin.declaration.distribution != wanted:
        yield Spot(MANIFEST, f"Its distribution is “{plugin.declaration.distribution}” and not “{wanted}”.")
    for module in plugin.code:
        for call in module.calls("Blueprint"):
            name = literal(argument(call, 0, "name"))
            if isinstance(name, str) and name != plugin.name and not name.startswith(f"{plugin.name}_"):
                yield Spot(module.at(call), f"Its blueprint is “{name}”.")


def core_range(plugin: Source) -> Iterator[Spot]:
    """Find a range of Deskcore versions that is open, or does not hold this one."""
    core = plugin.declaration.requires.core
    if plugin.declaration.problem is not None:
        yield Spot(MANIFEST, str(plugin.declaration.problem))
    elif not _has(core, "<", "<=", "==", "~=", "==="):
        yield Spot(MANIFEST, f"It says “deskcore{core}”, which has no upper end.")
    elif not _has(core, ">", ">=", "==", "~=", "==="):
        yield Spot(MANIFEST, f"It says “deskcore{core}”, which has no lower end.")


def _has(core: SpecifierSet, *operators: str) -> bool:
    return any(each.operator in operators for each in core)


def package_data(plugin: Source) -> Iterator[Spot]:
    """Find files that a wheel of the plugin would lack, by what its manifest says."""
    assert plugin.folder is not None
    chosen = plugin.manifest.getboolean("options", "include_package_data", fallback=False)
    if chosen and (plugin.folder / "MANIFEST.in").exists():
        return  # another file decides, in a language of its own
    held = {path for glob in _globs(plugin) for path in plugin.package.glob(glob)}
    for path in plugin.files():
        packaged = path.suffix == ".py" and _is_packaged(plugin, path.parent)
        if path.suffix not in (".pyc", ".mo") and not packaged and path not in held:
            yield Spot(plugin.where(path), "A wheel of the plugin would not hold this file.")


def _globs(plugin: Source) -> list[str]:
    section = "options.package_data"
    config = plugin.manifest
    keys = [key for key in (plugin.declaration.package, "*", "") if config.has_option(section, key)]
    listed = "\n".join(config.get(section, key) for key in keys).replace(",", "\n")
    return [line.strip() for line in listed.splitlines() if line.strip()]


def _is_packaged(plugin: Source, folder: Path) -> bool:
    """Tell whether setuptools takes a folder as a package: it and those above have an ``__init__.py``."""
    parts = folder.relative_to(plugin.package.parent).parts
    chain = [plugin.package.parent.joinpath(*parts[: end + 1]) for end in range(len(parts))]
    if not all((each / "__init__.py").is_file() for each in chain):
        return False
    listed = plugin.manifest.get("options", "packages", fallback="").split()
    name = ".".join(parts)
    if listed and listed[0] not in ("find:", "find_namespace:"):
        return name in listed
    included = plugin.manifest.get("options.packages.find", "include", fallback="*").replace(",", "\n").split()
    return bool(listed) and any(fnmatchcase(name, pattern) for pattern in included)


def readme(plugin: Source) -> Iterator[Spot]:
    """Find what the README does not tell those who run the plugin."""
    assert plugin.folder is not None
    path = plugin.folder / "README.md"
    if not path.is_file():
        yield Spot("README.md", "It is not there.")
        return
    text = path.read_text(encoding="utf-8", errors="replace")
    headings = [heading.strip().lower() for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)]
    if not re.match(r"# \S", text) or not re.search(r"^[^#\s`|].{20}", text, re.MULTILINE):
        yield Spot("README.md:1", "It does not begin with a title and a sentence that says what the plugin is for.")
    wanted = [title for name, title in _CONTRIBUTED.items() if any(any(module.calls(name)) for module in plugin.code)]
    for titles in (*((title,) for title in wanted), *_SECTIONS):
        if not any(title.lower() in headings for title in titles):
            yield Spot("README.md", f"It has no section “{titles[0]}”.")
    for key in keys_of(plugin, "Setting", "Permission"):
        if f"`{key}`" not in text:
            yield Spot("README.md", f"It does not name “{key}”.")


def keys_of(plugin: Source, *kinds: str) -> list[str]:
    """Return the keys of contributions that are written out in the code."""
    calls = [call for module in plugin.code for call in module.calls(*kinds)]
    return [key for key in (literal(argument(call, 0, "key")) for call in calls) if isinstance(key, str)]


def tests(plugin: Source) -> Iterator[Spot]:
    """Find a plugin that has no test."""
    found = [
        node
        for module in plugin.tests
        if Path(module.path).name.startswith("test_")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    if not found:
        yield Spot("tests", "There is no test.")
