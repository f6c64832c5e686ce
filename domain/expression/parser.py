"""Text to tree.

Precedence is Python's, since Qlib reads its expressions as Python. From loose to tight: the
comparisons, which do not chain; `|`; `&`; `+` and `-`; `*` and `/`; the minus sign. Symbols
become the operators they stand for, so that checks and rendering see one kind of call.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from domain.expression import constants
from domain.expression.abbreviations import written_out
from domain.expression.limits import MAX_DEPTH, MAX_LENGTH, MAX_NODES
from domain.expression.operators import BY_SYMBOL, OPERATORS
from domain.expression.problems import quoted, refusal
from domain.expression.tokens import Token, TokenKind, hint, tokenize
from domain.expression.tree import SECTOR, Call, Field, Grouping, Node, Number, call

_COMPARING: Final = 1
_PRECEDENCE: Final[Mapping[str, int]] = {
    **dict.fromkeys((">", ">=", "<", "<=", "==", "!="), _COMPARING),
    "|": 2,
    "&": 3,
    **dict.fromkeys("+-", 4),
    **dict.fromkeys("*/", 5),
}

_VALUE: Final = "a field such as $close, a number, an operator or an opening bracket"


def parse_tree(text: str) -> Node:
    """The tree of a text; only its grammar and size are checked.

    Raises:
        InvalidExpressionError: The text does not follow the grammar, or is too large.
    """
    if len(text) > MAX_LENGTH:
        message = f"The text has {len(text):,} characters; at most {MAX_LENGTH:,} are read."
        raise refusal(message, MAX_LENGTH, len(text))
    return _Parser(tokenize(text)).whole()


class _Parser:
    """A walk over the tokens of one text; only brackets recurse."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._brackets = 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def whole(self) -> Node:
        node = self._infix()
        if self._token.kind is not TokenKind.END:
            raise self._unexpected("an operator such as + or the end of the text")
        return node

    def _infix(self) -> Node:
        operands = [self._operand()]
        pending: list[Token] = []
        is_compared = False
        while (precedence := self._precedence()) is not None:
            if precedence == _COMPARING:
                is_compared = self._first_comparison(is_compared)
            while pending and _PRECEDENCE[pending[-1].text] >= precedence:
                _join(operands, pending)
            pending.append(self._taken())
            operands.append(self._operand())
        while pending:
            _join(operands, pending)
        return operands[0]

    def _precedence(self) -> int | None:
        return _PRECEDENCE.get(self._token.text)

    def _first_comparison(self, is_compared: bool) -> bool:
        if is_compared:
            message = (
                f"Comparisons do not chain; expected brackets or the end before "
                f"{quoted(self._token.text)}. Write (a < b) & (b < c): & and | bind tighter "
                f"than comparisons, so each comparison needs its brackets."
            )
            raise refusal(message, self._token.start, self._token.end)
        return True

    def _operand(self) -> Node:
        signs = []
        while self._token.text == "-":
            signs.append(self._taken())
        node = self._primary()
        for sign in reversed(signs):
            node = _negated(node, sign)
        return node

    def _primary(self) -> Node:
        token = self._token
        match token.kind:
            case TokenKind.FIELD:
                self._next += 1
                return Field(token.text[1:].lower(), token.start, token.end)
            case TokenKind.NUMBER:
                self._next += 1
                return _number(token)
            case TokenKind.NAME:
                return self._call()
        if token.text != "(":
            raise self._unexpected(_VALUE)
        self._open()
        node = self._infix()
        end = self._close("an operator such as + or a closing bracket")
        return replace(node, start=token.start, end=end)

    def _call(self) -> Call | Grouping:
        if self._tokens[self._next + 1].text != "(":
            return self._grouping()
        name = self._taken()
        self._open()
        arguments = [] if self._token.text == ")" else [self._infix()]
        while self._token.text == ",":
            self._next += 1
            arguments.append(self._infix())
        end = self._close("a comma, an operator such as + or a closing bracket")
        read = call(name.text, name.start, tuple(arguments), name.start, end)
        return _bounded(written_out(read))

    def _grouping(self) -> Grouping:
        if self._token.text != SECTOR:
            raise self._bare_name()
        token = self._taken()
        return Grouping(token.text, token.start, token.end)

    def _open(self) -> None:
        if self._brackets == MAX_DEPTH:
            message = f"Brackets nest at most {MAX_DEPTH} deep; expected none further in here."
            raise refusal(message, self._token.start, self._token.end)
        self._brackets += 1
        self._next += 1

    def _close(self, expected: str) -> int:
        if self._token.text != ")":
            raise self._unexpected(expected)
        self._brackets -= 1
        return self._taken().end

    def _taken(self) -> Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def _bare_name(self) -> Exception:
        token, after = self._token, self._tokens[self._next + 1]
        advice = hint(token)
        if after.text == "=":
            advice = hint(after)
        elif token.text in OPERATORS:
            advice = f"an operator takes arguments, {OPERATORS[token.text].signature}"
        elif advice is None:
            advice = f"a field is written ${token.text[:40].lower()}"
        return self._unexpected(_VALUE, advice)

    def _unexpected(self, expected: str, advice: str | None = None) -> Exception:
        token = self._token
        is_end = token.kind is TokenKind.END
        found = "the end of the text" if is_end else quoted(token.text)
        advice = advice or hint(token)
        closing = f" ({advice})." if advice else "."
        return refusal(f"Expected {expected}, found {found}{closing}", token.start, token.end)


def _join(operands: list[Node], pending: list[Token]) -> None:
    right, left, symbol = operands.pop(), operands.pop(), pending.pop()
    operands.append(_joined(symbol, left, right))


def _joined(symbol: Token, left: Node, right: Node) -> Node:
    if isinstance(left, Number) and isinstance(right, Number) and constants.can_fold(symbol.text):
        return _folded(symbol, left, right)
    name = BY_SYMBOL[symbol.text].name
    return _bounded(call(name, symbol.start, (left, right), left.start, right.end))


def _folded(symbol: Token, left: Number, right: Number) -> Number:
    try:
        value = constants.fold(symbol.text, left.value, right.value)
    except ValueError as why:
        raise refusal(str(why), left.start, right.end) from None
    return Number(value, left.start, right.end)


def _negated(node: Node, sign: Token) -> Node:
    if isinstance(node, Number):
        return Number(-node.value, sign.start, node.end)
    zero = Number(0, sign.start, sign.end)
    return _bounded(call("Sub", sign.start, (zero, node), sign.start, node.end))


def _number(token: Token) -> Number:
    try:
        return Number(constants.read(token.text), token.start, token.end)
    except ValueError as why:
        raise refusal(str(why), token.start, token.end) from None


def _bounded(node: Call) -> Call:
    if node.depth > MAX_DEPTH:
        message = (
            f"Operators nest at most {MAX_DEPTH} deep, and a chain such as a+b+c nests once a "
            f"step; expected brackets that halve it or a shorter expression."
        )
        raise refusal(message, node.start, node.end)
    if node.size > MAX_NODES:
        message = f"An expression has at most {MAX_NODES:,} fields, numbers and operators."
        raise refusal(message, node.start, node.end)
    return node
