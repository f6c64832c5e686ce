"""Any printable symbol has a folder and a code of its own, and neither leads anywhere."""

import re
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bars.layout import (
    SYMBOL,
    code_of,
    folder_of,
    symbol_fault,
    symbol_of,
    symbol_of_code,
    upper_case,
)

SYMBOLS = st.one_of(
    st.text(min_size=1, max_size=64),
    st.text(alphabet="./\\ %_-~AZaz09é中:\"'|<>?*", min_size=1, max_size=20),
    st.text(alphabet="%0123456789ABCDEFabcdef", min_size=1, max_size=12),
    st.sampled_from(("CON", "_QLIB_CON", "_QLIB_", "COM1", "COM¹", "NUL", "..", "%5FQLIB_CON")),
).filter(lambda text: symbol_fault(text) is None)


@settings(deadline=None)
@given(SYMBOLS.map(upper_case))
def test_a_symbol_is_found_again_from_its_folder_and_from_its_code(symbol: str) -> None:
    assert symbol_of(folder_of(symbol)) == symbol
    assert symbol_of_code(code_of(symbol)) == symbol
    assert symbol_of_code(code_of(symbol).lower()) == symbol


@settings(deadline=None)
@given(SYMBOLS, SYMBOLS)
def test_two_symbols_share_a_folder_only_if_they_are_one(one: str, other: str) -> None:
    assert (folder_of(one) == folder_of(other)) == (upper_case(one) == upper_case(other))
    assert (code_of(one) == code_of(other)) == (upper_case(one) == upper_case(other))


@settings(deadline=None)
@given(SYMBOLS)
def test_a_folder_is_short_lower_case_ascii_that_leads_nowhere(symbol: str) -> None:
    folder = folder_of(symbol)

    assert re.fullmatch(r"[a-z0-9_^=&+%-][a-z0-9_.^=&+%-]{0,199}", folder)
    assert folder == Path("features", folder).resolve().relative_to(Path("features").resolve()).name


@settings(deadline=None)
@given(st.text(min_size=1, max_size=30).map(lambda text: text.replace("/", "").replace("\0", "")))
def test_a_name_that_is_nobodys_folder_is_taken_as_it_is(name: str) -> None:
    assume(name and folder_of(symbol_of(name)) != name)

    assert symbol_of(name) == upper_case(name)


@pytest.mark.parametrize(
    ("symbol", "folder", "code"),
    [
        ("AAPL", "aapl", "AAPL"),
        ("SH000300", "sh000300", "SH000300"),
        ("^GSPC", "^gspc", "^GSPC"),
        ("BRK.B", "brk.b", "BRK.B"),
        ("BRK-B", "brk-b", "BRK-B"),
        ("EURUSD=X", "eurusd=x", "EURUSD=X"),
        ("BRK/B", "brk%2fb", "BRK%2FB"),
        ("BRK B", "brk%20b", "BRK%20B"),
        ("..", "%2e.", "%2E."),
        ("../../ETC", "%2e.%2f..%2fetc", "%2E.%2F..%2FETC"),
        (".HIDDEN", "%2ehidden", "%2EHIDDEN"),
        ("100%", "100%25", "100%25"),
        ("é", "%c3%a9", "%C3%A9"),
        ("ß", "%c3%9f", "%C3%9F"),
        ("平安", "%e5%b9%b3%e5%ae%89", "%E5%B9%B3%E5%AE%89"),
        ("CON", "_qlib_con", "CON"),
        ("COM1", "_qlib_com1", "COM1"),
        ("_QLIB_CON", "%5fqlib_con", "%5FQLIB_CON"),
        ("_QLIB_CONE", "_qlib_cone", "_QLIB_CONE"),
    ],
)
def test_folders_and_codes_of_some_symbols(symbol: str, folder: str, code: str) -> None:
    assert folder_of(symbol) == folder
    assert code_of(symbol) == code
    assert symbol_of(folder) == symbol
    assert symbol_of_code(code) == symbol


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("a%b", "A%B"),
        ("%zz", "%ZZ"),
        ("%2F", "%2F"),
        ("%61", "%61"),
        ("%ff", "%FF"),
        ("a%0ab", "A%0AB"),
        ("brk b", "BRK B"),
        ("é", "é"),
    ],
)
def test_names_that_others_made_are_their_own_symbols(name: str, symbol: str) -> None:
    assert symbol_of(name) == symbol


def test_a_code_that_is_written_like_a_devices_folder_is_no_device() -> None:
    assert symbol_of_code("_QLIB_CON") == "_QLIB_CON"


def test_only_ascii_letters_change_their_case() -> None:
    assert upper_case("aß-éı") == "Aß-éı"


@pytest.mark.parametrize(
    "text",
    ["", " A", "A ", "\u00a0A", "A\tB", "A\nB", "A\0B", "\x7f", "A\x85B", "A\u2028B", "A\u2029B",
     "\ud800", "A" * 65],
)  # fmt: skip
def test_what_cannot_be_printed_on_a_line_is_no_symbol(text: str) -> None:
    assert SYMBOL.fullmatch(text) is None
    assert "is not a symbol" in str(symbol_fault(text))


def test_a_symbol_whose_folder_would_be_too_long_is_refused_with_a_sentence() -> None:
    assert symbol_fault("中" * 22) is None
    assert "too long for the name of a folder" in str(symbol_fault("中" * 23))
