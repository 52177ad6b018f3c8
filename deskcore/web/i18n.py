"""Both languages: catalogues of the core and of the plugins, compiled when they are newer than what is there.

One word may mean two things: to the core a number is that of a ticket, to a plugin how many there are. Texts of a
plugin are looked up in its own catalogue first, and those of the core in the core's.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from babel.support import Translations
from flask import Flask, g, has_request_context
from flask_babel import Babel, Domain, get_domain, get_locale, get_translations
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from deskcore.runtime import runtime
from deskcore.web import viewer

log = logging.getLogger("deskcore.web")


def init_app(app: Flask, cache: Path, plugin_folders: Iterable[Path]) -> None:
    """Initialise Flask-Babel with the core's catalogue and those of the plugins.

    :param cache: where compiled catalogues go when their own folder cannot be written.
    :param plugin_folders: package folders of the loaded plugins.
    """
    core = _compiled(Path(__file__).parent.parent / "translations", cache)
    own: dict[str, Path] = {}
    for folder in plugin_folders:
        if (folder / "translations").is_dir():
            own[folder.name] = _compiled(folder / "translations", cache)
    # Of several, the last one that has a text wins.
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(map(str, (*reversed(own.values()), core)))
    app.config["BABEL_DEFAULT_LOCALE"] = "en"
    babel = Babel(app, locale_selector=_language, timezone_selector=_time_zone)  # type: ignore[no-untyped-call]
    babel.domain_instance = OwnFirst(own)
    # Flask-Babel looks its context up anew for each of a page's hundreds of words; once a request is enough.
    app.jinja_env.newstyle_gettext = True  # type: ignore[attr-defined]
    app.jinja_env.globals.update({"_": _gettext, "gettext": _gettext, "ngettext": _ngettext})


class OwnFirst(Domain):
    """Looks a text of a plugin up in its own catalogue first.

    :param own: folders of compiled catalogues, by package.
    """

    def __init__(self, own: Mapping[str, Path]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.own = own
        self._loaded: dict[tuple[str, str], Any] = {}

    def gettext(self, string: str, **variables: Any) -> str:
        """Translate a text of the module that asks for it."""
        found: str = self._of_caller().ugettext(string)
        return found % variables if variables else found

    def ngettext(self, singular: str, plural: str, num: int, **variables: Any) -> str:
        """Translate a text of the module that asks for it, in the form that goes with a number."""
        found: str = self._of_caller().ungettext(singular, plural, num)
        return found % ({"num": num} | variables)

    def of(self, package: str) -> Translations:
        """Return the catalogue for texts of a package, in the language of this moment."""
        everything = _translations()
        if package not in self.own:
            return everything
        language = str(get_locale())
        if (package, language) not in self._loaded:
            loaded = Translations.load(str(self.own[package]), [language])
            loaded.add_fallback(everything)
            self._loaded[package, language] = loaded
        found: Translations = self._loaded[package, language]
        return found

    def _of_caller(self) -> Translations:
        # Three steps back: this one, the method above, and Flask-Babel's function of the same name.
        module: str = sys._getframe(3).f_globals.get("__name__", "")
        return self.of(module.partition(".")[0])


@pass_context
def _gettext(where: Context, text: str, /, **variables: Any) -> str:
    return _filled(where, _of_template(where).ugettext(text), variables)


@pass_context
def _ngettext(where: Context, one: str, many: str, count: int, /, **variables: Any) -> str:
    return _filled(where, _of_template(where).ungettext(one, many, count), {"num": count} | variables)


def _of_template(where: Context) -> Translations:
    """Return the catalogue for texts of a template: those of a plugin lie in a folder of its name."""
    domain = get_domain()
    folder = (where.name or "").partition("/")[0]
    return domain.of(f"deskcore_{folder}") if isinstance(domain, OwnFirst) else _translations()


def _filled(where: Context, text: str, variables: dict[str, Any]) -> str:
    found = Markup(text) if where.eval_ctx.autoescape else text  # noqa: S704  (the catalogue's own markup)
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
