"""What is done from a shell: `flask --app app …`."""

import re

import click
from flask import Flask, current_app, url_for

from app.domain import demo
from app.domain.actor import SYSTEM
from app.domain.errors import Refused
from app.domain.organisation import Organisation
from app.domain.sign_in import Pass
from app.domain.user import User
from app.extensions import db
from app.importing import import_file, undo_change_set
from app.outside import origin


def init_app(app: Flask) -> None:
    """Make the commands known."""
    app.cli.add_command(load_demo)
    app.cli.add_command(make_administrator)
    app.cli.add_command(import_file)
    app.cli.add_command(undo_change_set)


@click.command("demo")
@click.option("--cases", type=click.IntRange(min=0), default=demo.USUAL, show_default=True, help="How many.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another story.")
@click.option("--if-empty", is_flag=True, help="Do nothing where somebody has worked already.")
def load_demo(cases: int, seed: int, if_empty: bool) -> None:
    """Fill an empty database with Lindqvist Instruments and two years of their work."""
    if not demo.is_empty():
        if if_empty:
            return
        raise click.ClickException(
            "This database is in use. The demo goes into an empty one: INSTANCE=… names it."
        )
    demo.fill(cases, seed)
    announce()


@click.command("administrator")
@click.argument("email")
@click.option("--name", help="What they are called; without it, what their address says.")
def make_administrator(email: str, name: str | None) -> None:
    """Let the first person in: an account, and a link to choose its password by."""
    try:
        address = origin()
        user = User.invite(name or named_by(email), email, "administrator", by=SYSTEM)
        token = Pass.issue("invitation", user)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    db.session.commit()
    with current_app.test_request_context():
        click.echo(f"Choose a password here: {address}{url_for('auth.choose', token=token, _external=False)}")


def named_by(email: str) -> str:
    """A name to begin with: ada.lindqvist@… is Ada Lindqvist."""
    return re.sub(r"[._+-]+", " ", email.partition("@")[0]).strip().title() or email


def announce() -> None:
    """Say where we are and, with demo data, as whom one may enter."""
    settings = current_app.config["SETTINGS"]
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    click.echo(f"Holdfast: {settings.public_url or f'http://{host}:{settings.port}'}")
    if Organisation.current().is_demo:
        click.echo(f"Demo accounts, each with the password {demo.PASSWORD}: {', '.join(demo.ACCOUNTS)}")
