"""``deskcore user …``: people and what they may do."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from deskcore.cli.installation import bare_app, entered, full_app

if TYPE_CHECKING:
    from deskcore.people.models import Person


@click.group()
def user() -> None:
    """Add people, give them rights, passwords and tokens."""


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="Name as others read it.")
@click.option("--administrator", is_flag=True, help="May change the configuration; works on no desk by that.")
@click.option("--auditor", is_flag=True, help="May read the audit log.")
@click.option("--language", type=click.Choice(["en", "pl"]), help="Language; the browser's when left out.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--link", is_flag=True, help="Ask for no password; print a link with which the person sets one.")
def create(
    email: str, name: str, administrator: bool, auditor: bool, language: str | None, password_stdin: bool, link: bool
) -> None:
    """Add somebody."""
    from deskcore.people.services import create_person

    with bare_app():
        password = None if link else read_password(password_stdin)
        rights = {"administrator": administrator, "auditor": auditor}
        person = create_person(email, name, password, language=language or "", **rights)
        click.echo(f"{person.email} was added.")
        if password is None:
            click.echo(f"Set the password here: {link_for(person)}")


@user.command("password")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def password_(email: str, password_stdin: bool) -> None:
    """Give somebody a new password and sign them out everywhere."""
    from deskcore.people.services import get_person, set_password

    with bare_app():
        person = get_person(email)
        password = read_password(password_stdin)
        if password is None:
            raise click.ClickException("Give the password with --password-stdin, or use “deskcore user reset-link”.")
        set_password(person, password)
        click.echo(f"{person.email} has a new password and is signed out everywhere.")


@user.command("reset-link")
@click.argument("email")
def reset_link(email: str) -> None:
    """Print a link that lets somebody set a password once."""
    from deskcore.people.services import get_person

    with bare_app():
        click.echo(link_for(get_person(email)))


@user.command()
@click.argument("email")
@click.argument("new")
def address(email: str, new: str) -> None:
    """Give somebody another e-mail address; the former one still finds the person in imports."""
    from deskcore.fingerprints import fingerprint
    from deskcore.people.addresses import change_address, known_as
    from deskcore.viewer import SYSTEM
    from deskcore.work import acting_as

    with bare_app(), acting_as(SYSTEM):
        person = change_address(email, new, fingerprint(known_as(email).email))
        click.echo(f"{person.name} signs in as {person.email} from now on.")


@user.command()
@click.argument("email")
@click.argument("desk")
@click.option("--role", type=click.Choice(["agent", "lead"]), default="agent", show_default=True)
@click.option("--team", "teams", multiple=True, metavar="KEY", help="Team of the desk to join; may be given again.")
@click.option("--remove", is_flag=True, help="Take the person off the desk instead.")
def grant(email: str, desk: str, role: str, teams: tuple[str, ...], remove: bool) -> None:
    """Let somebody work on a desk."""
    from deskcore.people import services
    from deskcore.work import unit_of_work

    with entered(full_app()):  # a plugin that was just switched on brings its desk with the first start
        person = services.get_person(email)
        if remove:
            services.revoke(person, desk)
            click.echo(f"{person.email} no longer works on “{desk}”.")
            return
        with unit_of_work():
            services.grant(person, desk, role)
            for team in teams:
                services.join_team(person, desk, team)
        click.echo(f"{person.email} works on “{desk}” as {role}.")


@user.command()
@click.argument("email")
@click.option("--name", default="", help="What the token is for.")
@click.option("--area", type=click.Choice(["portal", "workspace"]), help="Default: the workspace for agents.")
@click.option("--scope", "scopes", multiple=True, metavar="SCOPE", help="Default: all but answers:reveal.")
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="Days until it expires.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
def token(email: str, name: str, area: str | None, scopes: tuple[str, ...], days: int, as_json: bool) -> None:
    """Make an API token; it is shown this once."""
    from deskcore.people.services import get_person
    from deskcore.people.tokens import make_token

    with bare_app():
        person = get_person(email)
        if not person.active:
            raise click.ClickException(f"{person.email} has no access any more.")
        made = make_token(person, name, area or "", scopes, days)
    expires = made.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ") if made.expires_at else None
    if as_json:
        click.echo(json.dumps({"token": made.token, "scopes": list(made.scopes), "expires_at": expires}))
        return
    click.echo(made.token)
    click.echo(f"Area: {made.area}. Scopes: {', '.join(made.scopes)}. Expires: {expires}.", err=True)


@user.command()
@click.argument("email")
@click.option("--administrator/--no-administrator", default=None, help="May change the configuration.")
@click.option("--auditor/--no-auditor", default=None, help="May read the audit log.")
def rights(email: str, administrator: bool | None, auditor: bool | None) -> None:
    """Make somebody an administrator or auditor, or take that away."""
    from deskcore.people import services

    with bare_app():
        person = services.get_person(email)
        services.set_rights(person, administrator=administrator, auditor=auditor)
        person = services.get_person(email)
        held = [name for name in ("administrator", "auditor") if getattr(person, name)]
        click.echo(f"{person.email} is {' and '.join(held) or 'neither administrator nor auditor'}.")


@user.command("revoke-tokens")
@click.argument("email")
def revoke_tokens_(email: str) -> None:
    """Void all API tokens of somebody; sign-ins in browsers go on."""
    from deskcore.people.services import get_person
    from deskcore.people.tokens import revoke_tokens

    with bare_app():
        person = get_person(email)
        count = revoke_tokens(person)
        click.echo(f"{count} {'token' if count == 1 else 'tokens'} of {person.email} ended.")


@user.command()
@click.argument("email")
@click.option("--anyway", is_flag=True, help="Do so although plugins say what is still open with the person.")
def deactivate(email: str, anyway: bool) -> None:
    """Take away somebody's access at once; tickets and history stay."""
    from deskcore.people.services import get_person
    from deskcore.tickets.leaving import StillOpen, close_account

    with entered(full_app()):
        person = get_person(email)
        try:
            close_account(person.email, anyway=anyway)
        except StillOpen as error:
            said = "\n".join(f"  {problem.message}" for problem in error.problems)
            what_now = "Deal with that first, or take the access away with --anyway."
            raise click.ClickException(f"{said}\n{what_now}") from error
        click.echo(f"{person.email} has no access any more; sign-ins and tokens have ended.")


def read_password(from_stdin: bool) -> str | None:
    """Return a password from standard input or from a person who types it twice; nothing when there is neither."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        return None
    return str(click.prompt("Password (at least 10 characters)", hide_input=True, confirmation_prompt=True, err=True))


def link_for(person: Person) -> str:
    """Return the address of a page where this person sets a password once."""
    from deskcore.people.signing_in import make_reset_link
    from deskcore.runtime import runtime

    return f"{runtime().config.base_url.rstrip('/')}/reset/{make_reset_link(person)}"
