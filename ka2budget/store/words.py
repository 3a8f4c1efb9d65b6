"""Phrases as the store keeps them: template and values, so that they can be said in any language later."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic_core import to_json

from ka2budget.text import Phrase, Sentence, Word


def encode(value: Any) -> str:  # noqa: ANN401 - plain values
    """Return plain values as JSON text."""
    return to_json(value).decode()


def packed(said: Phrase | Word | tuple[Phrase | Word, ...]) -> str:
    """Return a phrase, or several, as JSON text."""
    return encode(_plain(said))


def unpacked(text: str) -> Any:  # noqa: ANN401 - what was packed
    """Return the phrase that JSON text holds, or the several ones."""
    return _value(json.loads(text))


def _plain(value: Any) -> Any:  # noqa: ANN401 - values of any field
    if type(value) in {str, int}:
        return value
    if isinstance(value, Phrase):
        values = {name: _plain(inner) for name, inner in value.values.items()}
        return {"phrase": value.template, "values": values} if values else {"phrase": value.template}
    if isinstance(value, Sentence):
        return {"sentence": str(value)}
    if isinstance(value, Word):
        return {"word": str(value)}
    if isinstance(value, Decimal):
        return {"number": str(value)}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    return value if isinstance(value, (int, str)) else str(value)


def _value(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, list):
        return tuple(_value(one) for one in value)
    if not isinstance(value, Mapping):
        return value
    if "phrase" in value:
        return Phrase(value["phrase"], {name: _value(inner) for name, inner in value.get("values", {}).items()})
    if "sentence" in value:
        return Sentence(value["sentence"])
    if "word" in value:
        return Word(value["word"])
    return Decimal(value["number"]) if "number" in value else date.fromisoformat(value["day"])
