"""What makes hundreds of applications in one process cheap; nothing that a test could notice."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from flask import Flask
from jinja2.bccache import Bucket
from sqlalchemy import event
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from deskcore.desks import declarations
from deskcore.hooks import declarations as manifests
from deskcore.hooks import resolution, sources
from deskcore.hooks.declarations import PluginDeclaration
from deskcore.people import services as people
from deskcore.web.compiled import PATTERN, TemplateCache

_UNSYNCED = "-c synchronous_commit=off"
#: Compiled templates, as an instance keeps them.
COMPILED = Path(__file__).parent / "__pycache__" / "templates"
_HERE = f"{Path(__file__).parents[2]}{os.sep}"


class _CompiledOnce(TemplateCache):
    """Keep compiled templates for every application of the process: compiling was two fifths of the suite's time.

    For other processes too, where Python keeps compiled modules: a quarter of the tests of a plugin was compiling.
    """

    def __init__(self) -> None:
        super().__init__(str(COMPILED), PATTERN)
        self._compiled: dict[tuple[str, str], object] = {}
        self._stays: set[str] = set()

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Return the key of a template, and note those that lie beside Deskcore: folders of tests come and go."""
        key = super().get_cache_key(name, filename)
        if filename and filename.startswith(_HERE):
            self._stays.add(key)
        return key

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill in what was compiled from the same source."""
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))  # type: ignore[assignment]
        if bucket.code is None and bucket.key in self._stays:
            super().load_bytecode(bucket)
            self._compiled[bucket.key, bucket.checksum] = bucket.code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._compiled[bucket.key, bucket.checksum] = bucket.code
        if bucket.key in self._stays and not sys.dont_write_bytecode:
            with suppress(OSError):
                COMPILED.mkdir(parents=True, exist_ok=True)
            super().dump_bytecode(bucket)


_compile = Rule.compile
_rules: dict[tuple[object, ...], dict[str, Any]] = {}
_BUILDERS = ("_build", "_build_unknown")


def _routed_once(rule: Rule) -> None:
    """Compile the rule of a route once a process: two hundred for each application would take a tenth of a second."""
    key = (rule.rule, rule.is_leaf, rule.merge_slashes, rule.strict_slashes)
    if rule.defaults or rule.subdomain or rule.host:
        _compile(rule)
        return
    if key not in _rules:
        _compile(rule)
        _rules[key] = {name: getattr(rule, name) for name in ("_parts", "_trace", "_converters", "arguments")}
        _rules[key] |= {name: getattr(rule, name).__func__ for name in _BUILDERS}
    known = _rules[key]
    vars(rule).update(known | {name: known[name].__get__(rule) for name in _BUILDERS})


_installed = sources._installed
_installed_version = resolution._installed_version
_found: dict[tuple[object, ...], list[PluginDeclaration]] = {}
_versions: dict[tuple[object, ...], str | None] = {}


def _state_of_path() -> tuple[object, ...]:
    """Return what is another value once something was installed or taken away.

    :raises PermissionError: when that cannot be told.
    """
    return *sys.path, *(Path(place).stat().st_mtime_ns for place in sys.path if Path(place).is_dir())


def _found_once(core_version: str) -> list[PluginDeclaration]:
    """Look for installed plugins again when a folder of ``sys.path`` changed: that reads all that is installed."""
    try:
        key = (core_version, *_state_of_path())
    except PermissionError:
        return _installed(core_version)
    if key not in _found:
        _found[key] = _installed(core_version)
    return list(_found[key])


def _version_once(distribution: str) -> str | None:
    """Read the version of a library once: the libraries of ten plugins took a tenth of every application's start."""
    try:
        key = (distribution, *_state_of_path())
    except PermissionError:
        return _installed_version(distribution)
    if key not in _versions:
        _versions[key] = _installed_version(distribution)
    return _versions[key]


_parse_text = declarations._parse_text
_parsed: dict[str, str] = {}


def _parsed_once(file: Path, text: str) -> dict[str, Any]:
    """Parse the text of a request type once a process: those of one desk took a third of every application's start."""
    if text in _parsed:
        found: dict[str, Any] = json.loads(_parsed[text])
        return found
    found = _parse_text(file, text)
    written = json.dumps(found, default=str)
    if json.loads(written) == found:  # so not with a date in it, which JSON would give back as text
        _parsed[text] = written
    return found


_statements: dict[type[Dialect], LRUCache[Any, Any]] = {}


def _same_sql(one: DefaultDialect, other: object) -> bool:
    """Tell whether two engines compile alike: compiling for each application took a quarter of the suite's time."""
    if type(one) is not type(other):
        return False
    made_of = ("paramstyle", "_json_serializer", "_json_deserializer")
    return all(getattr(one, name, None) == getattr(other, name, None) for name in made_of)


def _statements_of(engine: Engine) -> LRUCache[Any, Any]:
    return _statements.setdefault(type(engine.dialect), LRUCache(3000))


def _ask_postgres_not_to_wait(dialect: Dialect, record: Any, given: Any, named: dict[str, Any]) -> None:
    """Let PostgreSQL answer before its disk has what was committed, as :func:`_let_sqlite_not_wait` does."""
    options = named.get("options", "")
    if dialect.name == "postgresql" and _UNSYNCED not in options:
        named["options"] = f"{options} {_UNSYNCED}".strip()


def _let_sqlite_not_wait(connection: Any, record: Any) -> None:
    """Commit without waiting for the disk: what a test stores need not outlive a power cut."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")


@cache
def make_fast() -> None:
    """Share what applications of this process compile: templates, routes and statements.

    Passwords are hashed cheaply, and no commit waits for the disk.
    """
    event.listen(Engine, "do_connect", _ask_postgres_not_to_wait, insert=True)
    event.listen(Engine, "connect", _let_sqlite_not_wait)
    Flask.jinja_options = {"bytecode_cache": _CompiledOnce()}
    declarations._parse_text = _parsed_once
    DefaultDialect.__eq__ = _same_sql  # type: ignore[method-assign, assignment]
    DefaultDialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
    Engine._compiled_cache = property(_statements_of, lambda engine, own: None)  # type: ignore[assignment]
    Rule.compile = _routed_once  # type: ignore[method-assign, assignment]
    sources._installed = _found_once
    resolution._installed_version = _version_once
    # Nothing writes into what was read.
    manifests._read = cache(manifests._read)
    # Hundreds of tests sign in; what the real hasher costs is tested where it is the subject.
    people._hasher = PasswordHasher.from_parameters(CHEAPEST)
    people._NOBODY = people._hasher.hash("nobody has this password")
