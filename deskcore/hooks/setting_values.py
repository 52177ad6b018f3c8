"""What was given for the settings of plugins; no plugin is imported for any of it.

Every function works on a session or connection of the caller, who decides about the transaction. Secrets are stored
sealed, and opened where a plugin asks for them.
"""

from __future__ import annotations

import logging
from typing import Any

import sqlalchemy as sa

from deskcore import audit
from deskcore.extensions import Executor
from deskcore.hooks.models import PluginSetting, PluginState
from deskcore.hooks.state import raise_epoch, table_of, upsert
from deskcore.runtime import runtime
from deskcore.sealing import Unsealable, as_json, from_json, is_sealed, seal, unseal

log = logging.getLogger("deskcore.hooks")

_PURPOSE = "a setting of a plugin"


def read_settings(on: Executor) -> dict[str, dict[str, Any]]:
    """Return the values that were given to settings, by plugin and key."""
    found: dict[str, dict[str, Any]] = {}
    for plugin, key, value in on.execute(sa.select(PluginSetting.plugin, PluginSetting.key, PluginSetting.value)):
        found.setdefault(plugin, {})[key] = value
    return found


def write_setting(on: Executor, plugin: str, key: str, value: Any, *, secret: bool) -> None:
    """Store ``value``, which ``Registry.check_setting`` has accepted, and tell every process.

    :param secret: seal the value, and keep it out of the audit log.
    """
    held = read_settings(on).get(plugin, {}).get(key)
    if secret and isinstance(value, str):
        value = as_json(seal(runtime().config.secret_key, _PURPOSE, f"{plugin}.{key}", value.encode()))
    upsert(on, PluginSetting, {"plugin": plugin, "key": key}, {"value": value})
    # What a plugin that is on is said to have wrong is a value of a setting; the next start looks at all of them.
    table = table_of(PluginState)
    on.execute(table.update().where(table.c.name == plugin, table.c.state == "enabled").values(reason=None))
    raise_epoch(on)
    if value != held:
        before, after = ({}, {"value": "changed"}) if secret else ({"value": held}, {"value": value})
        audit.record(on, "setting.changed", audit.Subject("setting", f"{plugin}.{key}"), before, after)


def opened(plugin: str, key: str, value: Any) -> Any:
    """Return the value of a secret from what is stored; nothing where it cannot be opened with the present keys."""
    if not is_sealed(value):
        return value
    config = runtime().config
    try:
        keys = (config.secret_key, *config.former_secret_keys)
        return unseal(keys, _PURPOSE, f"{plugin}.{key}", from_json(value)).decode()
    except Unsealable as error:
        log.warning("the secret %s of plugin %s cannot be opened, because %s; type it again", key, plugin, error)
        return None
