"""Renders ``docs/plugins/checks.md`` from the rules: ``python -m deskcore.plugin_rules.document`` prints it."""

from __future__ import annotations

import sys

from deskcore.plugin_rules.catalogue import RULES
from deskcore.plugin_rules.reading import SECTION

_OPENING = f"""# Checks

`deskcore plugin check` looks at a plugin by the rules on this page. It is rendered from
`deskcore/plugin_rules/catalogue.py` by `python -m deskcore.plugin_rules.document`; a test compares the two.

    deskcore plugin check                  every plugin that is found
    deskcore plugin check fleet_desk       one that is found, by its name
    deskcore plugin check ./fleet_desk     the one in this folder
    deskcore plugin check --rule panels    one rule only
    deskcore plugin check --no-trial       what the sources show, in a second
    deskcore plugin check --list           the rules with their reasons
    deskcore plugin check --json           for scripts

Each finding is a line with the plugin, the rule, file and line, what is there, and what to do. The exit code is 0
without findings, 1 with some, 2 when the command was used wrongly.

Most rules are read from the sources, without importing anything. The others are tried: the plugin is loaded in a
process and an installation of its own, with people of every role and tickets of every request type, without a
network, and with a time limit. A plugin that hangs, exits or crashes there is a finding. Nothing of the running system
is loaded or touched. Migrations are tried on SQLite, and on PostgreSQL in a database of its own where `--postgresql`
(or `DESKCORE_TEST_DATABASE_URL`) names a server, or one answers at 127.0.0.1.

A rule that a plugin breaks on purpose is silenced in its `setup.cfg`, with the reason, which the check shows:

    [{SECTION}]
    ignore =
        static-size: the map of the car park is drawn in the browser

## Rules
"""


def render() -> str:
    """Return the page as Markdown."""
    parts = [_OPENING]
    for rule in RULES.values():
        how = "Tried." if rule.look is None else "Read from the sources, and tried." if rule.tried else "Read."
        parts.append(f"### `{rule.name}`\n\n{rule.reason}\n\n*{how}* {rule.remedy}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(render())
