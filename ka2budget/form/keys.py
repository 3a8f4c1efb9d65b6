"""What the words of a call's lists stand for, in whatever language they were chosen or typed."""

from collections.abc import Mapping

from ka2budget.catalogue import rules_for
from ka2budget.errors import Refusal
from ka2budget.form.choices import Choices, worded, worded_in_every_call
from ka2budget.form.words import plain
from ka2budget.rules import Rules
from ka2budget.text import LANGUAGES


class Keys:
    """The keys of a call by the words for them; where the call is not known, those of every call."""

    def __init__(self, rules: Rules | None = None) -> None:
        self._rules = rules
        self._lists: dict[str, dict[str, Choices]] = {}

    def lists(self, language: str) -> Mapping[str, Choices]:
        """Return the lists of the call in which words stand for keys."""
        if language not in self._lists:
            of_call = worded_in_every_call(language) if self._rules is None else worded(self._rules, language)
            self._lists[language] = of_call
        return self._lists[language]

    def key(self, field: str, text: str) -> str | None:
        """Return the key that a text stands for in a field, or None where it is none of the words."""
        known = [name for name in self.lists("en") if name.rpartition(".")[2] == field]
        asked = plain(text)
        for language in ("en", *LANGUAGES) if known else ():
            for name in known:
                for one in self.lists(language)[name].choices:
                    if asked in {plain(one.value), plain(one.shown)}:
                        return one.value
        return None


NO_KEYS = Keys()


def keys_of(action: object, call: object) -> Keys:
    """Return what words stand for in a call; where there is no such call, what they stand for in every one."""
    try:
        return Keys(rules_for(action, call)) if isinstance(action, str) and isinstance(call, int) else NO_KEYS
    except Refusal:
        return NO_KEYS


def of_call(action: str, call: int) -> str:
    """Return how the form of a report names the call of its project."""
    return f"{action}, {call}"


def keys_said(text: str) -> Keys:
    """Return what words stand for in the call that the form of a report names."""
    action, _, call = text.partition(", ")
    return keys_of(action, int(call) if call.isdecimal() else None)
