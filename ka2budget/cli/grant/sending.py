"""The command about reminders whose mail server broke off: grant reminders."""

from contextlib import closing
from datetime import UTC, datetime

import click

from ka2budget.cli.answer import as_json, language_option, print_json, print_table, speak, spoken, tell
from ka2budget.cli.commands import Command
from ka2budget.cli.grant.options import store_option
from ka2budget.errors import NotAllowed


@click.command(cls=Command)
@click.argument("messages", nargs=-1, metavar="[MESSAGE]...")
@click.option("--sent", is_flag=True, help="They went out: never send them again.")
@click.option("--again", is_flag=True, help="They did not go out: the next run sends them again.")
@store_option
@language_option
@as_json
def reminders(messages: tuple[str, ...], store: str, *, sent: bool, again: bool, json_: bool) -> None:
    """List the reminders that may not have gone out, or say of the messages named, or of all, what became of them.

    A mail server that broke off after it had a message whole may have sent it or not; whoever was to get it knows.
    """
    from ka2budget import reminding
    from ka2budget.store import Store

    if (sent and again) or (messages and not (sent or again)):
        raise NotAllowed("Say of the messages either --sent or --again")
    speak(None)
    with closing(Store.open(store)) as opened:
        count = reminding.settle(opened, messages, datetime.now(UTC), sent=sent) if sent or again else None
        found = reminding.unanswered(opened)
    if json_:
        rest = [{name: str(value) for name, value in one._asdict().items()} for one in found]
        print_json({"uncertain": rest} if count is None else {"settled": count, "uncertain": rest})
    elif sent:
        tell("{count} reminders are noted as sent.", count=count)
    elif again:
        tell("{count} reminders go out again with the next run of the flow 'reminders'.", count=count)
    elif found:
        rows = [
            [one.message, f"{one.handed_over:%Y-%m-%d %H:%M}", one.recipient, one.date, one.reference, spoken(one.what)]
            for one in found
        ]
        print_table(["Message", "Handed over (UTC)", "Recipient", "Date", "Grant", "What"], rows)
    else:
        tell("There are no reminders that may not have gone out.")
