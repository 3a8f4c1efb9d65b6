"""Commands whose help and refusals are in the language of the answer, what click says of its own included."""

import re
from collections.abc import Iterable
from functools import partial
from inspect import cleandoc

import click

from ka2budget.cli.answer import words
from ka2budget.text import message

HELP = (
    message("Usage:"),
    message("Options"),
    message("Commands"),
    message("Show this message and exit."),
    message("Show the version and exit."),
    message("required"),
)
"""What stands in every help."""

REFUSALS = (
    message("Missing command."),
    message("Missing argument {name}."),
    message("Missing option {name}."),
    message("No such option {name}."),
    message("No such option {name}. Did you mean {other}?"),
    message("No such option {name}. (Did you mean one of: {others}?)"),
    message("No such command {name}."),
    message("No such command {name}. Did you mean {other}?"),
    message("No such command {name}. (Did you mean one of: {others}?)"),
    message("Option {name} requires an argument."),
    message("Option {name} does not take a value."),
    message("Got unexpected extra argument ({arguments})"),
    message("Got unexpected extra arguments ({arguments})"),
    message("Invalid value for {name}: {reason}"),
    message("{value} is not a valid integer."),
    message("{value} is not in the range {range}."),
    message("{value} does not match the format {format}."),
    message("Directory {name} does not exist."),
    message("Directory {name} is a file."),
)
"""The sentences in which click refuses something; a sentence that is none of these stays as it is."""


class Formatter(click.HelpFormatter):
    """Writes help in the language of the answer."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how a command is called."""
        super().write_usage(prog, args, prefix or f"{words('Usage:')} ")

    def write_heading(self, heading: str) -> None:
        """Write the heading of a list."""
        super().write_heading(words(heading))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write a list of options or commands."""
        told = [(name, words("{said}", said=_told(text))) for name, text in rows]
        super().write_dl(told, col_max, col_spacing)


class _Spoken(click.Command):
    """What has a help in the language of the answer."""

    def get_help(self, ctx: click.Context) -> str:
        """Return the help, its own words, those of its options and those of click translated."""
        in_language(self, ctx)
        return super().get_help(ctx)

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the first sentence of the help."""
        in_language(self)
        return super().get_short_help_str(limit)


class Command(_Spoken):
    """A command whose help is in the language of the answer."""


class Group(_Spoken, click.Group):
    """A group of commands whose help is in the language of the answer."""


command = partial(click.command, cls=Command)
"""Make a command of a function."""


def in_language(said: click.Command, context: click.Context | None = None) -> None:
    """Translate the help of a command and of its options, if that has not been done, and what it is written with."""
    said.help = words(cleandoc(said.help or ""))
    said.epilog = words(said.epilog) if said.epilog else None
    for option in said.params:
        if isinstance(option, click.Option) and option.help:
            option.help = words(option.help)
    if context is not None:
        context.formatter_class = Formatter


def refused(error: click.ClickException) -> str:
    """Return what click refuses and how the command is called, in the language of the answer."""
    said = words("Error: {message}", message=retold(error.format_message()))
    if not isinstance(error, click.UsageError) or error.ctx is None:
        return said
    error.ctx.formatter_class = Formatter
    hint = words("Try '{command} {option}' for help.", command=error.ctx.command_path, option="--help")
    return f"{error.ctx.get_usage()}\n{hint}\n\n{said}"


def retold(sentence: str) -> str:
    """Return a sentence of click in the language of the answer."""
    for template in REFUSALS:
        found = re.fullmatch(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(template)), sentence)
        if found is not None:
            return words(template, **{name: retold(text) for name, text in found.groupdict().items()})
    return sentence


def _told(text: str) -> str:
    required = "  [required]"
    return f"{words(text.removesuffix(required))}  [{words('required')}]" if text.endswith(required) else words(text)
