"""Compiled templates, kept in the instance folder: to compile those of the first page takes a tenth of a start."""

from __future__ import annotations

import logging
from pathlib import Path

from flask import Flask
from jinja2.bccache import Bucket, FileSystemBytecodeCache

from deskcore import __version__

log = logging.getLogger("deskcore.web")

#: What a template is compiled to depends on the filters and options of this version, too.
PATTERN = f"{__version__}-%s"


class TemplateCache(FileSystemBytecodeCache):
    """Keeps compiled templates in a folder; one that cannot be read or written costs time, and never a page.

    Whoever can write there can let this installation run what they like, as in its folder of plugins.
    """

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill in what was compiled from the same source, if it is there."""
        try:
            super().load_bytecode(bucket)
        except OSError as error:
            log.debug("a compiled template cannot be read: %s", error)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled, if that is possible."""
        try:
            super().dump_bytecode(bucket)
        except OSError as error:
            log.debug("a compiled template cannot be kept: %s", error)


def init_app(app: Flask, instance: Path) -> None:
    """Let the templates of ``app`` be compiled once for all its processes, unless they are already."""
    if app.jinja_env.bytecode_cache is not None or not instance.is_dir():
        return
    folder = instance / "cache" / "templates"
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
    except OSError as error:
        log.debug("compiled templates cannot be kept: %s", error)
        return
    app.jinja_env.bytecode_cache = TemplateCache(str(folder), PATTERN)
