"""``python -m deskcore.plugin_rules.trying TASK``: the process of a trial."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from deskcore.serve.starting import expect_little_garbage

if __name__ == "__main__":
    expect_little_garbage()
    from deskcore.plugin_rules.trying.course import main

    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    sys.stdout.flush()
    # Not by returning: threads that a plugin left behind would be waited for.
    os._exit(0)
