"""What makes an installation unsafe: it does not start like this, and ``deskcore check`` explains it."""

from __future__ import annotations

import ipaddress
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from deskcore.answer_keys import FILE as ANSWER_KEYS
from deskcore.config import Config
from deskcore.errors import ConfigurationError

#: A key with fewer characters, or fewer different ones, could be guessed.
SHORTEST_KEY, FEWEST_CHARACTERS = 32, 12


@dataclass(frozen=True)
class Danger:
    """One thing to correct before the start.

    :param about: the key or the file it is about.
    :param message: one or two sentences with the remedy.
    """

    about: str
    message: str


def refuse(dangers: Iterable[Danger]) -> None:
    """Do nothing if there is no danger.

    :raises ConfigurationError: for the first one.
    """
    for danger in dangers:
        raise ConfigurationError(f"It is not safe to start. {danger.about}: {danger.message}")


def dangers_at_home(config: Config) -> Iterator[Danger]:
    """Yield what is unsafe wherever the installation is reached: a weak key, and what other accounts can read."""
    key = config.secret_key.strip()
    if len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_CHARACTERS:
        yield Danger(
            "secret_key",
            f"It can be guessed, and whoever knows it signs in as anybody. It needs {SHORTEST_KEY} random characters; "
            "delete the file to get a new one.",
        )
    for path, what, remedy in _secret_files(config):
        if others_can_read(path):
            yield Danger(str(path), f"Others on this computer can read {what}: {remedy}")


def dangers_in_public(config: Config, host: str, *, demo_on_network: bool = False) -> Iterator[Danger]:
    """Yield what is unsafe as soon as others can reach the installation.

    :param host: address to listen on.
    :param demo_on_network: whether others may use a demo.
    """
    own = urlsplit(config.base_url)
    listens = not is_loopback(host)
    if not listens and is_loopback(own.hostname or ""):
        return
    if config.demo and not demo_on_network:
        yield Danger(
            "demo",
            "Everybody knows the passwords of a demo, so it serves this computer only; "
            "to let others in, add --demo-on-network.",
        )
    if config.debug:
        yield Danger("debug", "It shows the inside of the program to whoever causes an error; set it to false.")
    if listens and not config.demo and config.base_url == Config.base_url:
        yield Danger("base_url", "It is not set, and others can reach the server; set it to the address that they use.")
    if listens and own.scheme == "https" and not config.trusted_proxies:
        yield Danger(
            "base_url",
            "It says https, and the server itself speaks http: nobody could sign in. Listen on 127.0.0.1 behind a "
            "proxy with TLS, or set trusted_proxies.",
        )


def is_loopback(host: str) -> bool:
    """Tell whether only this computer can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def others_can_read(path: Path) -> bool:
    """Tell whether any other account of this computer can read a file; a closed folder above protects it, too."""
    if not path.exists():
        return False
    above = path.resolve().parents
    return bool(path.stat().st_mode & stat.S_IROTH) and all(each.stat().st_mode & stat.S_IXOTH for each in above)


def _secret_files(config: Config) -> Iterator[tuple[Path, str, str]]:
    """Yield files that are nobody's business, what they tell, and the remedy."""
    key, settings, database = config.instance / "secret_key", config.instance / "config.toml", config.sqlite_path
    yield key, "the key, and sign in as anybody", f"chmod 600 {key}"
    answers = config.instance / ANSWER_KEYS
    yield answers, "the keys of sensitive answers", f"chmod 600 {answers}"
    if config.database_url or config.former_secret_keys:
        yield settings, "the secrets in it", f"chmod 600 {settings}"
    if database is not None:
        yield database, "every ticket", f"chmod 600 {database}*"
        yield database.with_name(database.name + "-wal"), "every ticket", f"chmod 600 {database}*"
    for path in sorted(config.files.glob("*/*"))[:1]:
        yield path, "the attachments", f"chmod -R go= {config.files}"
