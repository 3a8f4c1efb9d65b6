"""The flow that reminds people of what is due or late, by mail and in a calendar; run it daily.

``python -m flows.reminders`` runs it once. Where the mail goes out is said by KA2BUDGET_SMTP, such as
``smtp://user:password@mail.example.org:587``, and who it is from by KA2BUDGET_SENDER; the store by KA2BUDGET_STORE.
"""

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
from prefect import flow

from flows.artifacts import leave
from flows.office import opened
from flows.run import answer, call, log, outside
from flows.tasks import the_day
from ka2budget import registry, reminding
from ka2budget.errors import NotAllowed, Refusal, Several
from ka2budget.files import write_whole
from ka2budget.ics import Entry, calendar
from ka2budget.mail import Post, post_of
from ka2budget.reminders import Letter
from ka2budget.store.outbox import alone, uncertain


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
def write_calendar(store: str | None, out: str, on: date) -> int:
    """Write the calendar of all grants; return how many dates it has."""
    with opened(store) as found:
        entries = [
            Entry(reference, grant.plan.name, due, len(grant.history.events))
            for reference in found.references()
            for grant, _, dates in [registry.look_up(found, reference, on)]
            for due in dates
            if due.date is not None
        ]
    write_whole(Path(out), calendar(entries, _now()))
    return len(entries)


@flow(name="reminders")
def reminders(store: str | None = None, calendar: str | None = None, on: str | None = None) -> dict[str, Any]:
    """Remind everybody of what is due or late, each of each date once; write the calendar of all grants.

    Args:
        store: Path or URL of the store; else KA2BUDGET_STORE.
        calendar: Calendar to write (.ics); without it none is written.
        on: Day to remind on, such as 2026-09-01; else today.

    Returns:
        How many reminders are new, how many messages went out, how many wait for another run, how many may not have
        gone out because the server broke off.

    Raises:
        Refusal: Something did not go out, or another process sends; the next run completes it.

    """
    day, post = the_day(on), _post()
    with opened(store) as found, alone(found):
        new = call(claim, store, day)
        sent, problems = 0, []
        for letter, count in call(letters, store, day):
            try:
                call(send, store, post, letter)
            except Refusal as refusal:
                problems.append(refusal)
                log(f"{letter.recipient}: {refusal}")
            else:
                sent += 1
                log(f"{letter.recipient}: {count} reminders sent")
        unsure = uncertain(found)
    leave("uncertain-reminders", "Reminders that may not have gone out", [
        {"grant": one.reference, "date": one.date.isoformat(), "what": one.key, "recipient": one.recipient}
        for one in unsure
    ])  # fmt: skip
    result = {"reminders": new, "messages": sent, "uncertain": len(unsure)}
    if calendar is not None:
        result["dates"] = call(write_calendar, store, calendar, day)
    if problems:
        raise Several(problems)
    return result


def _post() -> Post:
    url, sender = os.environ.get("KA2BUDGET_SMTP"), os.environ.get("KA2BUDGET_SENDER")
    if not url or not sender:
        raise NotAllowed("Reminders need KA2BUDGET_SMTP, a URL of the mail server, and KA2BUDGET_SENDER, an address")
    return post_of(url, sender)


@click.command()
@click.option("--store", help="Path or URL of the store; else KA2BUDGET_STORE.")
@click.option("--calendar", type=click.Path(), help="Calendar to write (.ics).")
@click.option("--on", metavar="DATE", help="Day to remind on, such as 2026-09-01; else today.")
def main(store: str | None, calendar: str | None, on: str | None) -> None:
    """Remind people of what is due or late."""
    answer(reminders, {"store": store, "calendar": calendar, "on": on}, lambda _refusal: None)


if __name__ == "__main__":
    main()
