"""The register of a project office on the command line: what is due, what was paid, what happened."""

import click

from ka2budget.cli.commands import Group
from ka2budget.cli.grant.looking import calendar, due, history, list_, show, terms
from ka2budget.cli.grant.recording import event, register, upgrade
from ka2budget.cli.grant.sending import reminders


@click.group(cls=Group)
def grant() -> None:
    """Keep grants and their events: what is due, what was paid, what happened."""


for one in (register, list_, show, event, due, calendar, history, terms, reminders, upgrade):
    grant.add_command(one)
