"""Which language is spoken: one that was asked for by name, or the one of the environment."""

from collections.abc import Mapping

from ka2budget.errors import NoSuchName
from ka2budget.text import LANGUAGES


def known_language(language: str) -> str:
    """Return the language; raise NoSuchName, which lists those there are."""
    if language not in LANGUAGES:
        raise NoSuchName("language", language, LANGUAGES)
    return language


def language_of_environment(environment: Mapping[str, str]) -> str:
    """Return the language that the environment asks for, or English where there is none or not that one."""
    asked = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    language = asked.partition(".")[0].partition("_")[0].lower()
    return language if language in LANGUAGES else "en"
