"""Both languages: catalogues of the core and of the plugins, compiled when they are newer than what is there."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from babel.support import Translations
from flask import Flask, g, has_request_context
from flask_babel import Babel, get_locale, get_translations

from deskcore.runtime import runtime
from deskcore.web import viewer

log = logging.getLogger("deskcore.web")


def init_app(app: Flask, cache: Path, plugin_folders: Iterable[Path]) -> None:
    """Initialise Flask-Babel with the core's catalogue and those of the plugins.

    :param cache: where compiled catalogues go when their own folder cannot be written.
    :param plugin_folders: package folders of the loaded plugins.
    """
    folders = [Path(__file__).parent.parent / "translations", *(folder / "translations" for folder in plugin_folders)]
    compiled = [str(_compiled(folder, cache)) for folder in folders if folder.is_dir()]
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(compiled)
    app.config["BABEL_DEFAULT_LOCALE"] = "en"
    Babel(app, locale_selector=_language, timezone_selector=_time_zone)  # type: ignore[no-untyped-call]
    # Flask-Babel looks its context up anew for each of a page's hundreds of words; once a request is enough.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: _translations().ugettext(text),
        lambda one, many, count: _translations().ungettext(one, many, count),
        newstyle=True,
    )
    # Jinja's own "_" looks "gettext" up in the page's context first, a hundred times a page.
    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"]


def _translations() -> Translations:
    """Return the catalogue in the language of this request, or of the surrounding ``force_locale``."""
    locale = get_locale()
    known = g.get("translations")
    if known is None or known[0] is not locale:
        known = g.translations = (locale, get_translations())
    found: Translations = known[1]
    return found


def _language() -> str:
    return viewer.language() if has_request_context() else runtime().config.default_language


def _time_zone() -> str:
    return viewer.time_zone().key if has_request_context() else runtime().config.time_zone


def _compiled(folder: Path, cache: Path) -> Path:
    """Return a folder with compiled catalogues: this one, or a copy in the cache."""
    sources = sorted(folder.glob("*/LC_MESSAGES/*.po"))
    if all(_fresh(source, source.with_suffix(".mo")) for source in sources):
        return folder
    target = folder if os.access(folder, os.W_OK) else cache / hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    for source in sources:
        destination = target / source.relative_to(folder).with_suffix(".mo")
        if not _fresh(source, destination):
            _compile(source, destination)
    return target


def _fresh(source: Path, compiled: Path) -> bool:
    return compiled.exists() and compiled.stat().st_mtime_ns >= source.stat().st_mtime_ns


def _compile(source: Path, destination: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    destination.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.parent.name)
    descriptor, temporary = tempfile.mkstemp(dir=destination.parent)
    with os.fdopen(descriptor, "wb") as file:
        write_mo(file, catalogue)
    Path(temporary).replace(destination)
    log.info("compiled %s", source)
