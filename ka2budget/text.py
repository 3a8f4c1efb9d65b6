"""Words, numbers and dates for people, in their language (gettext, Babel)."""

import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from ka2budget.money import cents

MESSAGES = Path(__file__).parent / "messages"
"""The folder of the catalogues."""

CALL_MESSAGES = MESSAGES / "calls"
"""The folder of the catalogues with what call files tell in sentences, so that those of the code stay readable."""

LANGUAGES = ("de", "el", "en", "es", "fr", "it", "nl", "pl", "pt", "ro", "tr")
"""The languages there are."""

_REGIONS = {"pt": "pt_PT"}  # Babel takes a language without a region for that of the most speakers: here Brazil's

_EUR_IN_ENGLISH = "€{:,.2f}"
_NOTHING_BEHIND = re.compile(r"[.,]00(?!\d)")


class Word(str):
    """A word of ours among the values of a message, such as a role: it is translated, a name of somebody's is not."""

    __slots__ = ()

    def say(self, language: str = "en") -> str:
        """Return the word in a language."""
        return translate(self, language)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> Any:  # noqa: ANN401 - a schema of the library
        """Tell the validator that the text in a field of this type is ours; JSON has it in the language asked for."""
        from pydantic_core import core_schema  # noqa: PLC0415 - refusals are said without it

        return core_schema.no_info_after_validator_function(
            cls, core_schema.str_schema(), serialization=_spelled_in_context()
        )


class Sentence(Word):
    """What a call file tells in a sentence, such as a doubt; the catalogue of these is loaded when one is said."""

    __slots__ = ()

    def say(self, language: str = "en") -> str:
        """Return the sentence in a language."""
        return translate(self, language, CALL_MESSAGES)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A message and the values that stand in it."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def say(self, language: str = "en") -> str:
        """Return the words in a language."""
        return say(self.template, language, **self.values)

    def __str__(self) -> str:
        return self.say()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> Any:  # noqa: ANN401 - a schema of the library
        """Tell the validator that a field of this type takes somebody's own text too; JSON has it in a language."""
        from pydantic_core import core_schema  # noqa: PLC0415 - refusals are said without it

        return core_schema.no_info_plain_validator_function(cls._taken, serialization=_spelled_in_context())

    @classmethod
    def __get_pydantic_json_schema__(cls, core: object, handler: object) -> dict[str, str]:
        """Tell what a field of this type is in JSON."""
        return {"type": "string"}

    @classmethod
    def _taken(cls, value: "Phrase | str") -> "Phrase":
        if not isinstance(value, (cls, str)):
            raise ValueError("should be words")  # noqa: TRY004 - the validator collects these
        return value if isinstance(value, cls) else cls("{text}", {"text": value})


def language_in(context: Any) -> str:  # noqa: ANN401 - whatever a caller of the library gives it
    """Return the language in which a model is written as JSON: the one in the context, else English."""
    language: str = (context or {}).get("language", "en")
    return language


def _spelled_in_context() -> Any:  # noqa: ANN401 - a schema of the library
    from pydantic_core import core_schema  # noqa: PLC0415 - refusals are said without it

    return core_schema.plain_serializer_function_ser_schema(
        lambda said, info: say("{said}", language_in(info.context), said=said),
        info_arg=True,
        return_schema=core_schema.str_schema(),
    )


def phrase(template: str, /, **values: Any) -> Phrase:  # noqa: ANN401 - values of any field
    """Return a message and the values that stand in it."""
    return Phrase(template, values)


def one_after_another(*sentences: Word | None) -> Phrase | None:
    """Return sentences as one phrase, or None where there are none."""
    said = {f"sentence{number}": sentence for number, sentence in enumerate(sentences) if sentence is not None}
    return Phrase(" ".join(f"{{{name}}}" for name in said), said) if said else None


def message(english: str) -> str:
    """Return the words as they are; the mark by which the catalogues know them where they are kept for later."""
    return english


def translate(english: str, language: str = "en", folder: Path = MESSAGES) -> str:
    """Return a message of a catalogue in a language; in English, or where it is not there, as it is."""
    if language == "en" or not english:  # a catalogue keeps its own header under no words
        return english
    return str(_translations(folder, language).gettext(english))


def say(template: str, language: str = "en", /, **values: Any) -> str:  # noqa: ANN401 - values of any field
    """Return a message in a language, its braces filled as ``spell`` does."""
    return spell(translate(template, language), values, language)


@cache
def _translations(folder: Path, language: str) -> Any:  # noqa: ANN401 - gettext.NullTranslations, imported late
    """Return the catalogue of a language in a folder: compiled in an installation, else as it is written."""
    import gettext  # noqa: PLC0415

    compiled, written = folder / f"{language}.mo", folder / f"{language}.po"
    if compiled.exists():
        with compiled.open("rb") as file:
            return gettext.GNUTranslations(file)
    if not written.exists():
        return gettext.NullTranslations()
    from io import BytesIO  # noqa: PLC0415

    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    content = BytesIO()
    with written.open("rb") as file:
        write_mo(content, read_po(file, locale=_REGIONS.get(language, language)))
    content.seek(0)
    return gettext.GNUTranslations(content)


def euro(amount: Decimal, language: str = "en") -> str:
    """Return an amount in EUR with two decimals and the euro sign, as the language writes it."""
    in_cents = cents(amount)
    if language == "en" and in_cents >= 0:
        return _EUR_IN_ENGLISH.format(in_cents)  # what Babel gives, without the 40 ms that loading it takes
    from babel.numbers import format_currency  # noqa: PLC0415

    return str(format_currency(in_cents, "EUR", locale=_locale(language), format=_currency_pattern(language)))


def number(amount: Decimal, language: str = "en") -> str:
    """Return an amount in EUR with two decimals and without the sign, as the language writes it."""
    in_cents = cents(amount)
    if language == "en":
        return f"{in_cents:,.2f}"
    from babel.numbers import format_decimal  # noqa: PLC0415

    return str(format_decimal(in_cents, format="#,##0.00", locale=_locale(language)))


def percent(share: Decimal, language: str = "en") -> str:
    """Return a percentage such as 20.00 with two decimals and the sign, as the language writes it."""
    in_hundredths = cents(share)
    if language == "en":
        return f"{in_hundredths}%"
    from babel.numbers import format_decimal, get_decimal_symbol  # noqa: PLC0415

    number = format_decimal(in_hundredths, format="#,##0.00", locale=_locale(language))
    return (
        f"%{number}"
        if language == "tr"
        else f"{number}\u00a0%"
        if get_decimal_symbol(_locale(language)) == ","
        else f"{number}%"
    )


def day(value: date, language: str = "en") -> str:
    """Return a date as the language writes it; in English by name of the month, which no reader can mistake."""
    if language == "en":
        return f"{value.day} {value:%B %Y}"
    from babel.dates import format_date  # noqa: PLC0415

    return str(format_date(value, "long", locale=_locale(language)))


def country_name(code: str, language: str = "en") -> str:
    """Return the name of a country (ISO 3166-1 alpha-2), or the code where it has none."""
    return str(_locale(language).territories.get(code, code))


def spell(template: str, values: Mapping[str, Any], language: str = "en") -> str:
    """Fill a template such as ``{amount} is {share:percent}``: Decimal reads as euro, a date as a day."""
    return _Speller(language).vformat(template, (), values)


def key_word(key: str) -> Word:
    """Return the word for a key that people choose, such as a kind of organisation: ``vet-provider``."""
    return Word(key.replace("-", " "))


class _Speller(string.Formatter):
    def __init__(self, language: str) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 - values of any field
        if format_spec in _SPELLED:
            return _SPELLED[format_spec](value, self.language)
        if format_spec == "short":  # an amount or a percentage without decimals that say nothing
            return _NOTHING_BEHIND.sub("", self.format_field(value, ""))
        if hasattr(value, "say"):  # a word, a phrase, or a refusal that is told inside another one
            return str(value.say(self.language))
        if isinstance(value, Decimal):
            return euro(value, self.language)
        if isinstance(value, date):
            clock = f" {value:%H:%M}" if isinstance(value, datetime) else ""
            return f"{day(value, self.language)}{clock}"
        if isinstance(value, (tuple, list)):
            return ", ".join(self.format_field(item, format_spec) for item in value)
        return str(value)


def _digits(amount: Decimal, language: str) -> str:
    """Return a number with all its decimals, as the language writes it."""
    if language == "en":
        return f"{amount:,f}"
    from babel.numbers import get_decimal_symbol, get_group_symbol  # noqa: PLC0415

    group, point = get_group_symbol(_locale(language)), get_decimal_symbol(_locale(language))
    return "".join({",": group, ".": point}.get(sign, sign) for sign in f"{amount:,f}")


def decimal_point(language: str) -> str:
    """Return the sign before decimals, as the language writes it."""
    if language == "en":
        return "."
    from babel.numbers import get_decimal_symbol  # noqa: PLC0415

    return str(get_decimal_symbol(_locale(language)))


_SPELLED: dict[str, Callable[[Any, str], str]] = {"percent": percent, "country": country_name, "digits": _digits}
"""How a value is spelled that asks for it by name."""


@cache
def _locale(language: str) -> Any:  # noqa: ANN401 - babel.Locale, imported late
    from babel import Locale  # noqa: PLC0415

    return Locale.parse(_REGIONS.get(language, language))


def _currency_pattern(language: str) -> str:
    return str(_locale(language).currency_formats["standard"].pattern).split(";")[0]


@cache
def excel_money(language: str) -> str:
    """Return the number format of an amount in EUR for a workbook in that language."""
    from babel.numbers import get_currency_symbol  # noqa: PLC0415

    pattern = _currency_pattern(language).replace("\u00a0", " ").replace("\u200e", "")
    positive = pattern.replace("¤", f'"{get_currency_symbol("EUR", language)}"')
    return f"{positive};-{positive}"


@cache
def excel_date(language: str) -> str:
    """Return the number format of a date for a workbook in that language."""
    if language == "en":
        return "d mmm yyyy"  # as day() does: by name of the month
    pattern = str(_locale(language).date_formats["short"].pattern)
    order = [letter for letter in dict.fromkeys(pattern) if letter in "dMy"]
    separator = next((letter for letter in pattern if letter in "./-"), "/")
    return separator.join({"d": "dd", "M": "mm", "y": "yyyy"}[letter] for letter in order)
