"""What the words of a call's lists stand for, in whatever language they were chosen or typed."""

from collections.abc import Mapping

from ka2budget.form.choices import Choices, worded
from ka2budget.form.words import plain
from ka2budget.rules import Rules
from ka2budget.text import LANGUAGES


class Keys:
    """The keys of a call by the words for them; none where the call is not known."""

    def __init__(self, rules: Rules | None = None) -> None:
        self._rules = rules
        self._lists: dict[str, dict[str, Choices]] = {}

    def lists(self, language: str) -> Mapping[str, Choices]:
        """Return the lists of the call in which words stand for keys."""
        if language not in self._lists:
            self._lists[language] = {} if self._rules is None else worded(self._rules, language)
        return self._lists[language]

    def key(self, field: str, text: str) -> str | None:
        """Return the key that a text stands for in a field, or None where it is none of the words."""
        known = [name for name in self.lists("en") if name.endswith(f".{field}")]
        asked = plain(text)
        for language in ("en", *LANGUAGES) if known else ():
            for name in known:
                for one in self.lists(language)[name].choices:
                    if asked in {plain(one.value), plain(one.shown)}:
                        return one.value
        return None
