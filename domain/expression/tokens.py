"""Text cut into tokens that know their place."""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum, auto


class TokenKind(Enum):
    """What a token is; UNKNOWN is anything that is no part of the language."""

    FIELD = auto()
    NUMBER = auto()
    NAME = auto()
    SYMBOL = auto()
    UNKNOWN = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """The characters `text` from `start` up to, not including, `end`."""

    kind: TokenKind
    text: str
    start: int
    end: int


# The first alternative that fits wins, so what the language lacks stands before what it has.
_PATTERN = re.compile(
    r"""
      (?P<SPACE>    [ \t\r\n]+ )
    | (?P<UNKNOWN>  \$\$[A-Za-z0-9_]*
                  | (?>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[A-Za-z0-9_.]+
                  | "[^"]*"? | '[^']*'?
                  | \*\* | // | <> | << | >> | && | \|\| | := )
    | (?P<NUMBER>   (?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)? )
    | (?P<FIELD>    \$[A-Za-z0-9_]+ )
    | (?P<NAME>     [A-Za-z_][A-Za-z0-9_]* )
    | (?P<SYMBOL>   >=|<=|==|!=|[-+*/<>&|(),] )
    | (?P<OTHER>    . )
    """,
    re.VERBOSE | re.DOTALL,
)


def tokenize(text: str) -> list[Token]:
    """Cut any text into tokens, the last of them END; never raises."""
    tokens = [
        Token(_kind(match.lastgroup), match.group(), match.start(), match.end())
        for match in _PATTERN.finditer(text)
        if match.lastgroup != "SPACE"
    ]
    return [*tokens, Token(TokenKind.END, "", len(text), len(text))]


def _kind(group: str | None) -> TokenKind:
    return TokenKind.UNKNOWN if group in (None, "OTHER") else TokenKind[str(group)]


_HINTS = {
    "**": "write Power(x, y)",
    "^": "write Power(x, y)",
    "//": "there is no whole division",
    "%": "there is no remainder",
    "~": "write Not(x)",
    "!": "write Not(x) or !=",
    "=": "arguments have no names, and equality is ==",
    ":=": "there are no variables",
    "<>": "write !=",
    "&&": "write &",
    "||": "write |",
    ".": "there are no attributes",
    "$": "a field is written $close, its name straight after the dollar sign",
    "[": "there is no indexing; a value of N days ago is Ref(x, N)",
    "@": "there is one frequency, the trading day",
    "and": "write &, each side in brackets",
    "or": "write |, each side in brackets",
    "not": "write Not(x)",
    "if": "write If(condition, x, y)",
    "True": "write a comparison",
    "False": "write a comparison",
    "nan": "every number is finite",
    "inf": "every number is finite",
    **dict.fromkeys(
        (
            "Sector",
            "SECTOR",
            "sectors",
            "Sectors",
            "industry",
            "Industry",
            "subindustry",
            "IndClass",
        ),
        "the one grouping is the sector: CSNeutralize(x, sector)",
    ),
}


def hint(token: Token) -> str | None:
    """What to write in place of a token that is not part of the language."""
    if token.text in _HINTS:
        return _HINTS[token.text]
    if token.kind is not TokenKind.UNKNOWN:
        return None
    if token.text.startswith("$$"):
        return "point-in-time fields are not part of the language"
    if token.text[0] in "\"'":
        return "there are no strings"
    if not token.text.isascii():
        return _foreign_character(token.text)
    return "this is no number" if token.text[0] in ".0123456789" else None


def _foreign_character(character: str) -> str:
    named = f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()
    plain = unicodedata.normalize("NFKC", character)
    instead = f"; write {plain}" if plain and plain.isascii() and plain.isprintable() else ""
    return f"{named} is not ASCII{instead}"
