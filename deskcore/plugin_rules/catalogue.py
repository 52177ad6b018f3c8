"""All rules, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Iterator

from deskcore.plugin_rules import contributions, imports, manifests, pages, tables, texts
from deskcore.plugin_rules.reading import Source
from deskcore.plugin_rules.rules import Rule, Spot


def _readable(plugin: Source) -> Iterator[Spot]:
    return (Spot(where, f"It cannot be read ({reason}).") for where, reason in plugin.unreadable)


_RULES = (
    Rule(
        "manifest", "The manifest is all that is known of a plugin before it is imported.",
        "Complete setup.cfg, and write silenced rules as “rule: reason”.", manifests.manifest,
    ),
    Rule(
        "names", "A name with the plugin's own in it can clash with nobody's.",
        "Name it after the plugin.", manifests.names, explains=frozenset({"loads"}),
    ),
    Rule(
        "core-range", "A plugin outside its range is skipped with a reason, where one without would fail on its users.",
        "Write a range such as “deskcore>=0.1,<0.2”, and raise it when the plugin was tried with the next release.",
        manifests.core_range,
    ),
    Rule(
        "readable", "What cannot be read is neither checked nor run.", "Correct the file.", _readable,
        explains=frozenset({"loads"}),
    ),
    Rule(
        "facade-only", "deskcore.plugin is kept from release to release, the inside of the core is not.",
        "Use what deskcore.plugin offers, and name a plugin that is needed in install_requires.", imports.facade_only,
        explains=frozenset({"loads"}),
    ),
    Rule(
        "declared-imports", "A library that is there by chance is gone after the next installation.",
        "Name its distribution in install_requires.", imports.declared_imports, explains=frozenset({"loads"}),
    ),
    Rule(
        "contents-page", "The package's __init__.py is the table of contents of what a plugin does.",
        "Keep implementations of hooks in it, and move the rest into modules beside it.", contributions.contents_page,
    ),
    Rule(
        "hooks-known", "A misspelled hook is never called, and its plugin not loaded.",
        "Compare it with docs/hooks.md.", contributions.hooks_known, explains=frozenset({"loads"}),
    ),
    Rule(
        "module-names", "A module with an empty name becomes a drawer for everything.",
        "Name it after what is in it.", imports.module_names,
    ),
    Rule(
        "keeps-to-itself", "A plugin that changes pages of others, or the process, breaks what it does not know of.",
        "Stay within the plugin's own blueprint, and leave the process as it is.", imports.keeps_to_itself, tried=True,
    ),
    Rule(
        "safe-code", "One plugin that runs foreign code or ends the process does so to the whole helpdesk.",
        "Use JSON for data, lists of arguments for programs, and exceptions for failures.", imports.safe_code,
    ),
    Rule(
        "waits-end", "A call to another computer without a timeout holds a worker forever.",
        "Give it a timeout of a few seconds.", imports.waits_end,
    ),
    Rule(
        "no-print", "Nobody reads what a server prints, and it may hold what people wrote.",
        "Use logging, or click.echo() in a command.", imports.no_print,
    ),
    Rule(
        "secrets", "Secrets in settings of other types, or in code, are shown, logged and copied.",
        "Declare a setting of the type “secret” without a default.", imports.secrets,
    ),
    Rule(
        "access-policy", "Who sees which ticket is decided in one place, and a query around it shows them to anybody.",
        "Query the mapped classes in the session that unit_of_work() gives, and answer 404 for what it does not find.",
        imports.access_policy, tried=True, explains=frozenset({"panels", "columns", "actions", "works"}),
    ),
    Rule(
        "table-prefix", "The prefix says whose a table is, to the core and to whoever reads the database.",
        "Begin its name with the plugin's.", tables.table_prefix, explains=frozenset({"loads", "migrations"}),
    ),
    Rule(
        "foreign-tables", "A table has one owner; changes by others break its next upgrade.",
        "Keep data of your own in a table of your own.", tables.foreign_tables, tried=True,
        explains=frozenset({"loads", "migrations"}),
    ),
    Rule(
        "migrations", "An upgrade, a way back and a purge must lose no row of anybody's.",
        "Write upgrade() and downgrade() for tables that hold rows, and try them with some.", tables.migrations,
        tried=True,
    ),
    Rule(
        "models-match", "Tables that differ from their models fail when they are used, not when they are made.",
        "Add a migration for the difference.", tried=True,
    ),
    Rule(
        "cascade", "A row that holds on to one of the core keeps people from deleting that one.",
        "Give the foreign key ondelete=\"CASCADE\" (or \"SET NULL\" where it may be empty), in model and migration.",
        tried=True,
    ),
    Rule(
        "ticket-scoped", "Rows that belong to a ticket are for those who see the ticket.",
        "Derive the model from TicketScoped, and leave ticket_id to it.", tried=True,
    ),
    Rule(
        "setting-defaults", "A plugin works as soon as it is switched on.",
        "Give the setting a default that fits its type.", tried=True,
    ),
    Rule(
        "settings-used", "A setting without an effect misleads whoever changes it.",
        "Read it with setting(), or leave it out.", contributions.settings_used,
    ),
    Rule(
        "permissions", "A permission that nothing asks for, or no test tries, protects nothing.",
        "Name it “<plugin>.<verb>”, ask for it where it counts, and name it in a test.", contributions.permissions,
        explains=frozenset({"loads"}),
    ),
    Rule(
        "schedules", "A job whose schedule never comes is not missed until it is needed.",
        "Write five fields, such as “30 2 * * *”.", contributions.schedules, explains=frozenset({"loads"}),
    ),
    Rule(
        "routes", "Every route says who may call it, and answers whatever it is sent.",
        "Give PluginBlueprint an access, keep routes under /x/<plugin>/, and answer 404 for what is not there.",
        contributions.accesses, tried=True, explains=frozenset({"loads"}),
    ),
    Rule(
        "accessible-pages", "Some readers hear the page, or have no mouse.",
        "Give each page a title, one h1, headings in order, and each control a label; the macros in templates/ui/ do.",
        tried=True,
    ),
    Rule(
        "loads", "A plugin that cannot be loaded is quarantined.",
        "Start it as “deskcore plugin enable” does, and correct what is said.", tried=True,
    ),
    Rule(
        "panels", "Agents open hundreds of tickets a day, and each shows every panel.",
        "Use the ticket that the panel is given, and at most two statements and 150 ms for the rest.", tried=True,
    ),
    Rule(
        "columns", "A list shows hundreds of tickets, and a column is asked once for all of them.",
        "Ask for all numbers at once, with at most two statements and 150 ms.", tried=True,
    ),
    Rule(
        "actions", "Whether an action is offered is asked each time a ticket is shown.",
        "Decide by the ticket that it is given, without a statement.", tried=True,
    ),
    Rule(
        "works", "What fails on ordinary tickets fails every day.",
        "Let hooks, jobs and the demo cope with tickets of every request type and desk.", tried=True,
    ),
    Rule(
        "translations", "Half of the readers read Polish.",
        "Give both texts, and ask for those in code and templates with _(); then translate messages.po.",
        texts.translations, tried=True, explains=frozenset({"loads"}),
    ),
    Rule(
        "template-folder", "Templates with the same name hide one another.",
        "Move it into templates/<plugin>/.", pages.template_folder,
    ),
    Rule(
        "safe-pages", "Inline scripts and styles are refused by the browser, and unescaped text lets strangers in.",
        "Move scripts and styles into static files, and let Jinja escape.", pages.safe_pages,
    ),
    Rule(
        "static-size", "Every page that loads the files waits for them.",
        "Leave out what pages do not need.", pages.static_size,
    ),
    Rule(
        "package-data", "What works in a folder and is missing from the wheel fails on production first.",
        "Name the file in [options.package_data], or give its folder an __init__.py.", manifests.package_data,
        needs_folder=True,
    ),
    Rule(
        "readme", "Whoever switches the plugin on wants to know what it does, changes and keeps.",
        "Write a README.md with a title, a sentence, and the sections Data and Tests; Settings and Permissions too, "
        "with every key, where it has some.", manifests.readme, needs_folder=True,
    ),
    Rule(
        "tests", "A plugin without tests breaks with the next upgrade, unnoticed.",
        "Add tests/test_….py; “deskcore plugin new” shows how.", manifests.tests, needs_folder=True,
    ),
)  # fmt: skip

#: By name.
RULES = {rule.name: rule for rule in _RULES}
