"""The symbols and dates of all files: each different text has one number."""

from collections.abc import Callable, Iterable

import numpy as np
import pyarrow as pa

from intake.days import Place
from intake.tables import Codes, Words

Plain = Callable[[str], str]


class Register:
    """Numbers texts in the order in which they come, and knows where each came first.

    Args:
        plain: Texts with equal plain ones have one number, and those with an empty one none.
    """

    def __init__(self, plain: Plain = str.strip) -> None:
        self.texts: list[str] = []
        self.places: list[Place] = []
        self.variants: dict[str, list[str]] = {}
        self._plain = plain
        self._numbers: dict[str, int] = {}
        self._plains: dict[str, int] = {}
        self._last: tuple[pa.Array, Codes] | None = None

    def __len__(self) -> int:
        return len(self.texts)

    def number(self, text: str, place: Place) -> int:
        """The number of one text; -1 for one that says nothing."""
        known = self._numbers.get(text)
        return known if known is not None else self._learn(text, place)

    def numbers(self, words: Words, place: Callable[[int], Place]) -> Codes:
        """The number of each row of a column, -1 for a row without a text.

        Args:
            words: The column.
            place: Where a row of it is.
        """
        if not len(words.dictionary):
            return words.codes
        if self._last is None or not self._last[0].equals(words.dictionary):
            self._last = (words.dictionary, self._translation(words, place))
        # What comes last is that of -1, which stands for no text.
        return self._last[1][words.codes]

    def _translation(self, words: Words, place: Callable[[int], Place]) -> Codes:
        texts = words.texts
        known = [self._numbers.get(text, -1) for text in texts]
        if -1 in known:
            rows = _first_rows(words)
            known = [
                number if number >= 0 else self.number(text, place(rows[code]))
                for code, (number, text) in enumerate(zip(known, texts, strict=True))
            ]
        return np.array([*known, -1], dtype=np.int32)

    def _learn(self, text: str, place: Place) -> int:
        plain = self._plain(text)
        if not plain:
            number = -1
        elif (found := self._plains.get(plain)) is not None:
            number = found
            self.variants[plain].append(text)
        else:
            number = len(self.texts)
            self.texts.append(plain)
            self.places.append(place)
            self.variants[plain] = [text]
            self._plains[plain] = number
        self._numbers[text] = number
        return number


def _first_rows(words: Words) -> list[int]:
    rows = np.zeros(len(words.dictionary), dtype=np.int64)
    # Assigned backwards, the first row of each text is what stays.
    reverse = np.arange(len(words.codes) - 1, -1, -1)
    has_text = words.codes[::-1] >= 0
    rows[words.codes[::-1][has_text]] = reverse[has_text]
    return rows.tolist()


def differing(variants: Iterable[list[str]]) -> list[list[str]]:
    """Those texts that were written in several ways and taken for one, white space aside."""
    stripped = (sorted({text.strip() for text in written}) for written in variants)
    return [written for written in stripped if len(written) > 1]
