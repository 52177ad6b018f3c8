"""What a plugin keeps so that nobody reads it who has the database: values sealed like sensitive answers."""

from __future__ import annotations

import json
import secrets
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from deskcore import audit
from deskcore.answer_keys import read_keys
from deskcore.errors import ConfigurationError
from deskcore.runtime import runtime
from deskcore.sealing import Unsealable, seal, unseal
from deskcore.tickets.sealed_tables import PURPOSE, place_of
from deskcore.tickets.sensitive import Locked, newest_key, padded
from deskcore.work import unit_of_work

#: Longest name of what a value is.
MAX_FIELD = 200


class Sealed:
    """Mixin of a plugin's table in which each row holds one value that only opens where it is, and only on a click.

    The keys are those of sensitive answers: ``deskcore keys rotate`` seals these values anew, too.
    """

    #: A random name that never changes: a value that is copied to another row does not open there.
    sealed_as: Mapped[str] = mapped_column(String(32), unique=True)
    #: What the value is, such as the key of a field; nothing that is secret.
    field: Mapped[str] = mapped_column(String(MAX_FIELD))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    #: Names the key that it is sealed with.
    sealed_with: Mapped[str] = mapped_column(String(8), index=True)

    def close(self, value: Any) -> None:
        """Seal a value of JSON into the row; ``field`` is set already.

        :raises Locked: when there is no key to seal with, though there was one.
        """
        self.sealed_as = self.sealed_as or secrets.token_hex(16)
        key = newest_key()
        self.sealed = seal(key.secret, PURPOSE, place_of(self.sealed_as, self.field), padded(value))
        self.sealed_with = key.id

    def reveal(self, plugin: str, what: str) -> Any:
        """Return the value, for a person who asked for it just now; the audit log says who saw what.

        The plugin has made sure that this person may.

        :param plugin: its own name.
        :param what: whose value it is, as an auditor reads it; nothing that is secret.
        :raises Locked: when it cannot be opened; nothing is shown then, and nothing is recorded.
        """
        with unit_of_work() as session:
            value = self._opened()
            audit.record(session, "answer.revealed", audit.Subject("plugin", plugin), after={"field": what})
        return value

    def _opened(self) -> Any:
        try:
            keys = read_keys(runtime().config.instance)
            return json.loads(unseal(keys.secrets, PURPOSE, place_of(self.sealed_as, self.field), self.sealed))
        except (Unsealable, ValueError, ConfigurationError) as error:
            raise Locked(
                _(
                    "This cannot be opened: the key that it was encrypted with is missing, or it was damaged. Tell an "
                    "administrator: “deskcore check” says what to do."
                )
            ) from error
