"""Serve the floor or Deskcore for a measurement: ``python -m benchmarks.serve floor|deskcore URL INSTANCE PORT``."""

from __future__ import annotations

import sys

from waitress import serve

from benchmarks.floor import create_floor
from deskcore.serve.starting import undisturbed


def main() -> None:
    """Serve until killed, both with the same server and eight threads."""
    kind, url, instance, port = sys.argv[1:5]
    if kind == "floor":
        app = create_floor(url)
    else:
        with undisturbed():
            from deskcore.app import create_app
            from deskcore.worker import start_threads

            app = create_app({"instance": instance, "database_url": url, "enabled_plugins": ("it_desk",)})
        start_threads(app, 1)
    serve(app, host="127.0.0.1", port=int(port), threads=8, channel_timeout=600, _quiet=True)


if __name__ == "__main__":
    main()
