"""Configuration: defaults, then ``instance/config.toml``, then ``DESKCORE_*`` in the environment."""

from __future__ import annotations

import hmac
import math
import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from deskcore.errors import ConfigurationError


@dataclass(frozen=True)
class Config:
    """Everything an installation may set; the names are the keys of ``config.toml``.

    Sizes are in bytes and durations in seconds.
    """

    #: Folder that holds the database, the files, the secret key and ``config.toml``.
    instance: Path = Path("instance")
    #: SQLAlchemy address; empty means SQLite in the instance folder.
    database_url: str = field(default="", repr=False)
    #: Address under which people reach the helpdesk, for links in mails; must be set outside a demo.
    base_url: str = "http://127.0.0.1:8000"
    organisation: str = "Deskcore"
    #: What the footer says about getting help when one cannot sign in.
    help_contact: str = ""
    default_language: str = "en"
    time_zone: str = "Europe/Warsaw"
    #: Shows the component gallery and error pages with traces; refused together with a public address.
    debug: bool = False
    #: Marks the demo organisation, whose accounts share a known password.
    demo: bool = False
    #: Extra folders in which plugin folders are looked for.
    plugin_folders: tuple[str, ...] = ()
    #: Plugins that are switched on when they are seen for the first time.
    enabled_plugins: tuple[str, ...] = ()
    #: Seconds that the database may take for one statement, and SQLite to get its write lock.
    database_timeout: int = 30
    max_upload: int = 25 * 1024 * 1024
    max_request: int = 60 * 1024 * 1024
    #: Bytes of the disk that files leave free, for what people write.
    keep_free: int = 128 * 1024 * 1024
    session_hours: int = 24 * 14
    session_idle_hours: int = 72
    reset_link_minutes: int = 60
    sign_in_attempts: int = 5
    sign_in_wait: int = 900
    #: Requests a second that one API token may go on with, and how many at once after a pause; a rate of 0 is no limit.
    api_rate: float = 100.0
    api_burst: int = 1000
    #: Seconds that one plugin may take in a ``before_*`` or ``validate_*`` hook.
    hook_deadline: float = 2.0
    #: Seconds that one plugin may take for its piece of a page: a panel, a column, the check of an answer.
    piece_deadline: float = 0.15
    #: Days after the solution in which those who take part can reopen a ticket.
    reopen_days: int = 14
    #: Hours for which somebody sees a ticket by emergency access.
    break_glass_hours: int = 4
    #: Days for which deliveries and jobs that are done are kept; dead ones are kept until somebody deals with them.
    finished_work_days: int = 7
    #: Number of worker threads inside the serving process; 0 where ``deskcore worker`` runs apart.
    worker_threads: int = 1
    #: How many proxies in front may be believed about the client's address.
    trusted_proxies: int = 0
    #: Address of a Redis through which several serving processes know who is at a ticket; empty where one serves.
    redis_url: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    #: Keys that were used before ``secret_key``: older entries of the audit log are signed with them.
    former_secret_keys: tuple[str, ...] = field(default=(), repr=False)

    @property
    def url(self) -> str:
        """The database address that is really used."""
        return self.database_url or f"sqlite:///{self.instance.resolve() / 'deskcore.db'}"

    @property
    def sqlite_path(self) -> Path | None:
        """The file of a SQLite database, or nothing for another one."""
        scheme, _, path = self.url.partition("://")
        return Path(path.removeprefix("/").partition("?")[0]) if scheme.startswith("sqlite") else None

    @property
    def audit_keys(self) -> tuple[bytes, ...]:
        """The keys of the audit log, the present one first; none of the secrets can be computed from them."""
        secrets_used = (self.secret_key, *self.former_secret_keys)
        return tuple(hmac.digest(secret.encode(), b"deskcore audit log", "sha256") for secret in secrets_used)

    @property
    def files(self) -> Path:
        """Folder of stored attachments."""
        return self.instance / "files"

    @property
    def incoming(self) -> Path:
        """Folder in which requests and files lie while they come in."""
        return self.files / ".incoming"

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's time zone."""
        return ZoneInfo(self.time_zone)


#: Whoever is believed about more of them believes the client itself.
_MOST_PROXIES = 10
#: Settings whose values no message repeats.
_SECRETS = {"secret_key", "former_secret_keys", "database_url", "redis_url"}
#: Variables of the environment that are switches of one run and no configuration.
_SWITCHES = {"safe_mode", "trace", "trace_hooks", "test_database_url", "shared"}


def load_config(overrides: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None) -> Config:
    """Read the configuration from all its places.

    :param overrides: values that win over everything else, for tests and commands.
    :param environment: environment variables; the process's own when left out.
    :raises ConfigurationError: naming the wrong key and what it should be.
    """
    environment = os.environ if environment is None else environment
    overrides = dict(overrides or {})
    known = {item.name for item in fields(Config)}
    from_environment = _read_environment(environment, known)
    instance = Path(overrides.get("instance") or from_environment.get("instance") or "instance")
    values = _read_file(instance / "config.toml", known) | from_environment | overrides | {"instance": instance}
    config = replace(Config(), **{key: _converted(key, value) for key, value in values.items()})
    _check(config)
    return config if config.secret_key else replace(config, secret_key=_secret_key(instance))


def _read_environment(environment: Mapping[str, str], known: set[str]) -> dict[str, str]:
    prefix = "DESKCORE_"
    given = {key.removeprefix(prefix).lower(): value for key, value in environment.items() if key.startswith(prefix)}
    for key in given.keys() - known - _SWITCHES:
        raise ConfigurationError(
            f"The environment has the unknown key {prefix}{key.upper()}. Known keys: "
            f"{', '.join(prefix + name.upper() for name in sorted(known))}."
        )
    return {key: value for key, value in given.items() if key in known}


def _read_file(path: Path, known: set[str]) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}.") from error
    for key in values:
        if key not in known:
            raise ConfigurationError(f"{path} has the unknown key “{key}”. Known keys: {', '.join(sorted(known))}.")
    return values


def _converted(key: str, value: Any) -> Any:
    default = getattr(Config, key, None)
    try:
        if isinstance(default, bool):
            return _boolean(value)
        if isinstance(default, tuple):
            parts = value.split(",") if isinstance(value, str) else value
            return tuple(str(part).strip() for part in parts if str(part).strip())
        if isinstance(default, int | float):
            return type(default)(value)
        return Path(value) if key == "instance" else str(value)
    except (TypeError, ValueError) as error:
        shown = "a wrong value" if key in _SECRETS else f"the wrong value {value!r}: {error}"
        raise ConfigurationError(f"The setting “{key}” has {shown}.") from error


def _boolean(value: Any) -> bool:
    text = str(value).lower()
    if text not in ("true", "false", "1", "0", "yes", "no", ""):
        raise ValueError("it must be true or false")
    return text in ("true", "1", "yes")


def _check(config: Config) -> None:
    if config.default_language not in ("en", "pl"):
        raise ConfigurationError(f"The setting “default_language” must be en or pl, not {config.default_language!r}.")
    try:
        ZoneInfo(config.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        said = f"The setting “time_zone” must be a zone such as Europe/Warsaw, not {config.time_zone!r}."
        raise ConfigurationError(said) from error
    if not 0 <= config.api_rate < math.inf or config.api_burst < 1:
        raise ConfigurationError("The setting “api_rate” must be 0 or more, and “api_burst” at least 1.")
    if config.break_glass_hours < 1:
        raise ConfigurationError("The setting “break_glass_hours” must be at least 1.")
    if config.database_timeout < 1:
        raise ConfigurationError("The setting “database_timeout” must be at least 1.")
    if not config.base_url.startswith(("http://", "https://")):
        raise ConfigurationError("The setting “base_url” must begin with http:// or https://.")
    if not 0 <= config.trusted_proxies <= _MOST_PROXIES:
        raise ConfigurationError(
            f"The setting “trusted_proxies” must be the number of proxies in front, 0 to {_MOST_PROXIES}."
        )
    if config.database_url and not _is_database_address(config.database_url):
        raise ConfigurationError(
            "The setting “database_url” must be an address such as postgresql+psycopg://deskcore@localhost/deskcore."
        )


def _is_database_address(url: str) -> bool:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return bool(make_url(url).drivername)
    except (ArgumentError, ValueError):
        return False


def _secret_key(instance: Path) -> str:
    path = instance / "secret_key"
    if not path.exists():
        instance.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="ascii")
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii")
