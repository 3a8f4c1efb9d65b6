"""The command line: one command per question; nothing but the answer goes to standard output."""

import gc
import io
import os
import sys
from importlib import import_module

import click

from ka2budget import __version__
from ka2budget.errors import NoOutput, Refusal

MODULES = {
    "projects": ("new", "check", "budget", "explain", "share", "compare", "advise"),
    "grants": ("annex", "settle", "schedule"),
    "workbooks": ("fill", "read"),
    "forms": ("merge", "report"),
    "files": ("convert", "schema"),
    "catalogue": ("actions", "rules"),
    "grant": ("grant",),
    "serve": ("serve",),
}
"""The commands and the module each is in, which is loaded only where the command is asked for."""


class Commands(click.Group):
    """A group that loads the module of a command when it is asked for."""

    def get_help(self, ctx: click.Context) -> str:
        """Return the help in the language of the environment."""
        from ka2budget.cli.commands import in_language

        in_language(self, ctx)
        return super().get_help(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """Return the names of all commands, in the order of the manual."""
        return [name for names in MODULES.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command by name, or None where there is no such command."""
        for module, names in MODULES.items():
            if cmd_name in names:
                command: click.Command = getattr(import_module(f"ka2budget.cli.{module}"), cmd_name)
                return command
        return None


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit code 0: fine. 1: the budget has errors. 2: the file cannot be read, or the request is impossible.",
)
@click.version_option(__version__, prog_name="ka2budget")
def ka2budget() -> None:
    """Grant budgets of Erasmus+ Key Action 2: rules as data, every cent explained."""


def main() -> None:
    """Run the command line; print refusals as sentences and end with the exit code they stand for."""
    gc.disable()  # a command ends before there is garbage worth collecting
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show is no reason to stop
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for plugins takes a tenth of a short command
    try:
        code = ka2budget.main(standalone_mode=False)
        sys.stdout.flush()
    except Refusal as refusal:
        from ka2budget.cli.answer import spoken

        click.echo(spoken(refusal), err=True)
        code = 2
    except click.ClickException as error:
        from ka2budget.cli.commands import refused

        click.echo(refused(error), err=True)
        code = 2
    except click.Abort:
        code = 130
    except BrokenPipeError:  # the reader of a pipe had enough
        _forget_output()
        code = 0
    except OSError as error:
        from ka2budget.cli.answer import spoken

        _forget_output()
        click.echo(spoken(NoOutput(error)), err=True)
        code = 2
    gc.freeze()  # what is left goes with the process, which need not look through it first
    sys.exit(code if isinstance(code, int) else 0)


def _forget_output() -> None:
    """Keep Python from writing what is left a second time when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
