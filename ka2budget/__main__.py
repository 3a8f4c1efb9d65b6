"""``python -m ka2budget`` is the command ``ka2budget``."""

from ka2budget.cli import main

main()
