"""The words of a form, in every language: what stands in it, and what is recognised when it comes back."""

from functools import cache

from ka2budget.text import LANGUAGES, country_name, message, translate

EXAMPLE = message("e.g. {example}")
"""How an example stands in a form; what still reads so was never filled in."""
LISTS = message("Lists")
"""Name of the sheet with what may be chosen."""
SUM = message("Sum")
LUMP_SUM = message("Lump sum")
LEFT = message("Still to be shared out")
ENTRY = message("Your entry")
VERSION, PART, MADE_FROM = message("Version of the form"), message("Form of partner"), message("Made from")


def plain(text: str) -> str:
    """Return a label as it is compared: letter case, blanks and a star or colon behind it do not matter."""
    return " ".join(text.replace("_", " ").replace("\u00a0", " ").split()).rstrip(" *:").casefold()


def is_ours(text: str, english: str, languages: tuple[str, ...] = LANGUAGES) -> bool:
    """Return whether a text is these words of ours, in one of some languages."""
    found = plain(text)
    return bool(found) and any(found == plain(translate(english, language)) for language in ("en", *languages))


@cache
def country_codes() -> dict[str, str]:
    """Return the codes of the countries by their names in our languages, in small letters."""
    from babel import Locale  # noqa: PLC0415 - only where a country was typed by name

    known = map(str, Locale("en").territories)
    codes = [code for code in known if len(code) == 2 and code.isalpha()]  # noqa: PLR2004 - those of ISO 3166
    return {country_name(code, language).casefold(): code for language in reversed(LANGUAGES) for code in codes}
