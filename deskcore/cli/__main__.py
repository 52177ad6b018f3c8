"""``python -m deskcore.cli`` is ``deskcore``."""

from __future__ import annotations

from deskcore.cli import main

raise SystemExit(main())
