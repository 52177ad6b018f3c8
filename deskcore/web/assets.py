"""Addresses of static files that change with their content, so that browsers may keep them for good."""

from __future__ import annotations

import gzip
import hashlib
from base64 import urlsafe_b64encode
from pathlib import Path

from flask import Flask, Response, current_app, request

#: A year, in seconds: what a browser may do with a file whose address names its content.
FOREVER = 31_536_000
#: What is sent with gzip to whoever takes it; pages are not, because their length would tell of their secrets.
_TEXTS = (".css", ".js", ".svg")


class Assets:
    """Short hashes of the files in one static folder, each computed once and again when the file changes.

    :param root: path under which the folder is served.
    :param watch: look at every use whether a file has changed; a page names its icons a hundred times, so this is
        for development only.
    """

    def __init__(self, folder: Path, root: str, *, watch: bool) -> None:
        self.folder = folder
        self._root = root
        self._watch = watch
        self._known: dict[str, tuple[int, str]] = {}
        self._addresses: dict[str, str] = {}
        self._compressed: dict[str, tuple[str, bytes]] = {}

    def address(self, name: str) -> str:
        """Return the address of the file ``name`` with the version of its content."""
        known = self._addresses.get(name)
        if known is None or self._watch:
            known = self._addresses[name] = f"{self._root}/{name}?v={self.version(name)}"
        return known

    def version(self, name: str) -> str:
        """Return 30 bits of the file's SHA-256 in five letters, or ``""`` for a file that does not exist.

        A list names the file of icons more than a hundred times.
        """
        path = self.folder / name
        try:
            changed = path.stat().st_mtime_ns
        except OSError:
            return ""
        known = self._known.get(name)
        if known is None or known[0] != changed:
            known = (changed, urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()[:5])
            self._known[name] = known
        return known[1]

    def compressed(self, name: str) -> bytes:
        """Return the file with gzip, computed once for each version of it."""
        version = self.version(name)
        known = self._compressed.get(name)
        if known is None or known[0] != version:
            # No time in the header: the same file must always give the same bytes.
            known = (version, gzip.compress((self.folder / name).read_bytes(), mtime=0))
            self._compressed[name] = known
        return known[1]


def asset(name: str) -> str:
    """Return the address of the core's static file ``name`` with the version of its content."""
    assets: Assets = current_app.extensions["deskcore_assets"]
    return assets.address(name)


def init_app(app: Flask) -> None:
    """Provide :func:`asset` to templates and tell browsers how long to keep what they fetch with it."""
    assets = Assets(Path(app.static_folder or ""), app.static_url_path or "", watch=app.debug)
    app.extensions["deskcore_assets"] = assets
    app.jinja_env.globals["asset"] = assets.address
    app.after_request(_cache_headers)


def _cache_headers(response: Response) -> Response:
    """Let an address with the right version be kept for good; everything else static is asked for again."""
    if request.endpoint != "static" or response.status_code not in (200, 304):
        return response
    assets: Assets = current_app.extensions["deskcore_assets"]
    name = (request.view_args or {}).get("filename", "")
    wanted = request.args.get("v", "")
    if wanted and wanted == assets.version(name):
        response.headers["Cache-Control"] = f"public, max-age={FOREVER}, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"
    if response.status_code == 200 and name.endswith(_TEXTS):
        response.vary.add("Accept-Encoding")
        if request.method == "GET" and request.accept_encodings["gzip"]:
            response.close()
            response.direct_passthrough = False
            response.set_data(assets.compressed(name))
            response.headers["Content-Encoding"] = "gzip"
    return response
