"""Both languages: catalogues of the core and of the plugins, compiled when they are newer than what is there."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from babel.support import Translations
from flask import Flask, g, has_request_context
from flask_babel import Babel, get_locale, get_translations
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

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
    app.jinja_env.newstyle_gettext = True  # type: ignore[attr-defined]
    app.jinja_env.globals.update({"_": _gettext, "gettext": _gettext, "ngettext": _ngettext})


@pass_eval_context
def _gettext(where: EvalContext, text: str, /, **variables: Any) -> str:
    return _filled(where, _translations().ugettext(text), variables)


@pass_eval_context
def _ngettext(where: EvalContext, one: str, many: str, count: int, /, **variables: Any) -> str:
    return _filled(where, _translations().ungettext(one, many, count), {"num": count} | variables)


def _filled(where: EvalContext, text: str, variables: dict[str, Any]) -> str:
    found = Markup(text) if where.autoescape else text  # noqa: S704  (the catalogue's own markup)
    return found % variables if "%" in found else found


def _translations() -> Translations:
    """Return the catalogue in the language of this request, or of the surrounding ``force_locale``."""
    here = g._get_current_object()
    locale = getattr(here.get("_flask_babel"), "babel_locale", None) or get_locale()
    known = here.get("translations")
    if known is None or known[0] is not locale:
        known = here.translations = (locale, get_translations())
    found: Translations = known[1]
    return found


def _language() -> str:
    return viewer.language() if has_request_context() else runtime().config.default_language


def _time_zone() -> str:
    # By name: Flask-Babel's format_date and format_datetime, which plugins call, need a zone of pytz.
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
