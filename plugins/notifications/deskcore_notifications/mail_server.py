"""The mail server, spoken to by SMTP over one connection for many letters."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from deskcore.plugin import setting

PLUGIN = "notifications"
#: Seconds to wait for a connection, and for an answer on it.
CONNECT, ANSWER = 10.0, 20.0
#: The service is going down: it says nothing about the letter.
_CLOSING = 421
_FOR_GOOD = 500


class Away(Exception):
    """The server cannot be reached, or does not let this helpdesk in; nothing was handed over."""


class Refused(Exception):
    """The server refuses a letter for good."""


class NotNow(Exception):
    """The server does not take a letter for now, or was gone before it said that it did.

    :param gone: whether the connection broke.
    """

    def __init__(self, said: str, *, gone: bool = False) -> None:
        super().__init__(said)
        self.gone = gone


@dataclass(frozen=True)
class Access:
    """Where the server is, and as whom to speak to it.

    :param security: ``starttls``, ``tls`` or ``none``.
    """

    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


def access() -> Access | None:
    """Return what the settings say; nothing where there is no server, or no address to send from."""
    given = {key: str(setting(PLUGIN, key) or "").strip() for key in ("host", "security", "sender", "user")}
    if not given["host"] or "@" not in given["sender"]:
        return None
    return Access(**given, port=int(setting(PLUGIN, "port")), password=str(setting(PLUGIN, "password") or ""))


class MailServer:
    """A connection that is made with the first letter, and again after it broke."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()

    def hand_over(self, message: EmailMessage, receiver: str) -> str:
        """Hand over a letter, and return what the server said.

        :raises Away: before anything was handed over.
        :raises Refused: for good.
        :raises NotNow: for the time being.
        """
        smtp = self._connected()
        try:
            smtp.sendmail(self._access.sender, [receiver], message.as_bytes(policy=policy.SMTP))
        except smtplib.SMTPSenderRefused as error:
            self._forget()
            raise Away(_said(error.smtp_code, error.smtp_error)) from None
        except smtplib.SMTPRecipientsRefused as error:
            raise self._refusal(*next(iter(error.recipients.values()))) from None
        except smtplib.SMTPDataError as error:
            raise self._refusal(error.smtp_code, error.smtp_error) from None
        except UnicodeError as error:  # an address that this protocol cannot name
            raise Refused(_described(error)) from None
        except (OSError, smtplib.SMTPException) as error:
            self._forget()
            raise NotNow(_described(error), gone=True) from None
        return "accepted"

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is None:
            try:
                self._smtp = self._connect()
            except smtplib.SMTPResponseException as error:
                raise Away(_said(error.smtp_code, error.smtp_error)) from None
            except (OSError, smtplib.SMTPException, UnicodeError) as error:
                raise Away(_described(error)) from None
        return self._smtp

    def _connect(self) -> smtplib.SMTP:
        to, own = self._access, self._access.sender.rpartition("@")[2]
        trusted = ssl.create_default_context()
        if to.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(to.host, to.port, own, timeout=CONNECT, context=trusted)
        else:
            smtp = smtplib.SMTP(to.host, to.port, own, timeout=CONNECT)
        try:
            if to.security == "starttls":
                smtp.starttls(context=trusted)
            if to.user:
                smtp.login(to.user, to.password)
        except BaseException:
            smtp.close()
            raise
        if smtp.sock is not None:
            smtp.sock.settimeout(ANSWER)
        return smtp

    def _refusal(self, code: int, said: bytes | str) -> Exception:
        if code == _CLOSING:
            self._forget()
            return Away(_said(code, said))
        return Refused(_said(code, said)) if code >= _FOR_GOOD else NotNow(_said(code, said))

    def _forget(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join(f"{code} {words}".split())[:300]


def _described(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
