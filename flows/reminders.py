"""The flow that reminds people of what is due or late, by mail and in a calendar; run it daily.

``python -m flows.reminders`` runs it once. Where the mail goes out is said by KA2BUDGET_SMTP, such as
``smtp://user:password@mail.example.org:587``, and who it is from by KA2BUDGET_SENDER; the store by KA2BUDGET_STORE.
"""

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
from prefect import flow

from flows.artifacts import Row, leave
from flows.office import language_of, opened
from flows.run import answer, call, log, outside
from flows.tasks import the_day
from ka2budget import registry, reminding
from ka2budget.cli.commands import command
from ka2budget.errors import NotAllowed, Refusal, Several
from ka2budget.files import write_whole
from ka2budget.ics import Entry, calendar
from ka2budget.mail import Post, post_of
from ka2budget.reminders import Letter
from ka2budget.reminding import Doubtful
from ka2budget.store.outbox import alone
from ka2budget.text import say, translate


def _now() -> datetime:
    return datetime.now(UTC)


@outside("claim reminders")
def claim(store: str | None, on: date) -> int:
    """Keep every reminder for which it is time and that was not kept before; return how many there were."""
    with opened(store) as found:
        return reminding.claim_reminders(found, on, _now())


@outside("write messages")
def letters(store: str | None, on: date) -> list[tuple[Letter, int]]:
    """Return the messages that wait, each with the number of its reminders."""
    with opened(store) as found:
        return reminding.letters(found, on, _now())


@outside("send message")
def send(store: str | None, post: Post, letter: Letter) -> None:
    """Send one message; what may pass is tried again, what the server may have taken is not."""
    with opened(store) as found:
        reminding.send_letter(found, post, letter, _now)


@outside("write calendar")
def write_calendar(store: str | None, out: str, on: date, language: str) -> int:
    """Write the calendar of all grants; return how many dates it has."""
    with opened(store) as found:
        entries = [
            Entry(reference, grant.plan.name, due, len(grant.history.events))
            for reference in found.references()
            for grant, _, dates in [registry.look_up(found, reference, on)]
            for due in dates
            if due.date is not None
        ]
    write_whole(Path(out), calendar(entries, _now(), language))
    return len(entries)


@flow(name="reminders")
def reminders(
    store: str | None = None, calendar: str | None = None, on: str | None = None, language: str | None = None
) -> dict[str, Any]:
    """Remind everybody of what is due or late, each of each date once; write the calendar of all grants.

    Args:
        store: Path or URL of the store; else KA2BUDGET_STORE.
        calendar: Calendar to write (.ics); without it none is written.
        on: Day to remind on, such as 2026-09-01; else today.
        language: Language of log, tables and calendar, such as de; else English. A message is in that of its grants.

    Returns:
        How many reminders are new, how many messages went out, and how many reminders may not have gone out because
        the server broke off: those are left as a table, and 'ka2budget grant reminders' settles them.

    Raises:
        Refusal: Something did not go out, or another process sends; the next run completes it.

    """
    day, post, chosen = the_day(on), _post(), language_of(language, None)
    with opened(store) as found, alone(found):
        new = call(claim, store, day)
        sent, problems = 0, []
        for letter, count in call(letters, store, day):
            try:
                call(send, store, post, letter)
            except Refusal as refusal:
                problems.append(refusal)
                log(f"{letter.recipient}: {refusal.say(chosen)}")
            else:
                sent += 1
                log(say("{recipient}: {count} reminders sent", chosen, recipient=letter.recipient, count=count))
        unsure = reminding.unanswered(found)
    leave("uncertain-reminders", translate("Reminders that may not have gone out:", chosen), _rows(unsure, chosen))
    result = {"reminders": new, "messages": sent, "uncertain": len(unsure)}
    if calendar is not None:
        result["dates"] = call(write_calendar, store, calendar, day, chosen)
    if problems:
        raise Several(problems)
    return result


def _rows(unsure: Sequence[Doubtful], language: str) -> list[Row]:
    return [
        {
            translate("Message", language): one.message,
            translate("Recipient", language): one.recipient,
            translate("Date", language): one.date.isoformat(),
            translate("Grant", language): one.reference,
            translate("What", language): one.what.say(language),
        }
        for one in unsure
    ]


def _post() -> Post:
    url, sender = os.environ.get("KA2BUDGET_SMTP"), os.environ.get("KA2BUDGET_SENDER")
    if not url or not sender:
        raise NotAllowed("Reminders need KA2BUDGET_SMTP, a URL of the mail server, and KA2BUDGET_SENDER, an address")
    return post_of(url, sender)


@command()
@click.option("--store", help="Path or URL of the store; else KA2BUDGET_STORE.")
@click.option("--calendar", type=click.Path(), help="Calendar to write (.ics).")
@click.option("--on", metavar="DATE", help="Day to remind on, such as 2026-09-01; else today.")
@click.option("--language", help="Language of all that is told, such as de; else en.")
def main(**parameters: Any) -> None:  # noqa: ANN401 - text, or nothing
    """Remind people of what is due or late."""
    answer(reminders, parameters, lambda _refusal: None)


if __name__ == "__main__":
    main()
