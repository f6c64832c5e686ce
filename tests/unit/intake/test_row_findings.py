"""Rows that cannot be right are left out and counted, with a place to look; nothing is mended."""

from collections.abc import Callable

import numpy as np
import pytest
from import_ground import DAYS, GOOD, HEADER, Market, rows

Bring = Callable[..., Market]

LINE = "2024-01-03,{},{},{},{},{},{}\n"


def with_day(cells: str) -> str:
    """Faultless days around one that a test makes up."""
    return HEADER + rows(DAYS[:1]) + f"2024-01-03,{cells}\n" + rows(DAYS[2:])


@pytest.mark.parametrize(
    ("cells", "check", "example"),
    [
        ("10,9,11,10,10,5", "LOW_ABOVE_HIGH", "A 2024-01-03 (A.csv, row 3)"),
        ("12,11,9,10,10,5", "BARS_OUT_OF_RANGE", "A 2024-01-03 (A.csv, row 3)"),
        ("10,11,9,12,12,5", "BARS_OUT_OF_RANGE", "A 2024-01-03 (A.csv, row 3)"),
        ("10,11,9,10,10,-5", "IMPOSSIBLE_VALUES", "A 2024-01-03 volume -5 (A.csv, row 3)"),
        ("0,11,9,10,10,5", "IMPOSSIBLE_VALUES", "A 2024-01-03 open 0 (A.csv, row 3)"),
        ("10,11,9,10,-1,5", "IMPOSSIBLE_VALUES", "A 2024-01-03 adj_close -1 (A.csv, row 3)"),
        ("10,inf,9,10,10,5", "IMPOSSIBLE_VALUES", "A 2024-01-03 high inf (A.csv, row 3)"),
        ("10,11,9,,10,5", "NULL_VALUES", "A 2024-01-03 no close (A.csv, row 3)"),
        ("10,11,9,10,null,5", "NULL_VALUES", "A 2024-01-03 no adj_close (A.csv, row 3)"),
    ],
)
def test_a_row_that_cannot_be_right_is_left_out(
    bring: Bring, cells: str, check: str, example: str
) -> None:
    market = bring({"A.csv": with_day(cells), "B.csv": GOOD})

    assert market.found == {check: 1}
    assert market.examples(check) == (example,)
    assert np.isnan(market.values("close", "A")).tolist() == [False, True, False]
    assert np.isnan(market.values("close", "B")).tolist() == [False] * 3


def test_a_missing_open_leaves_the_rest_of_its_row(bring: Bring) -> None:
    market = bring({"A.csv": with_day(",11,9,10,10,5")})

    assert market.found == {"NULL_VALUES": 1}
    assert np.isnan(market.values("open")).tolist() == [False, True, False]
    assert market.values("close")[1] == 10


def test_the_same_row_again_is_taken_once_and_rows_that_differ_are_not(bring: Bring) -> None:
    again = GOOD + rows(DAYS[:1])
    other = GOOD + rows(DAYS[:1], price=20)

    market = bring({"A.csv": again, "B.csv": other})

    assert market.found == {"DUPLICATE_ROWS": 1, "CONFLICTING_ROWS": 2}
    assert market.examples("DUPLICATE_ROWS") == ("A 2024-01-02 (A.csv, row 5)",)
    assert market.values("close", "A")[0] == pytest.approx(5.25)
    assert np.isnan(market.values("close", "B")).tolist() == [True, False, False]


def test_rows_of_one_instrument_may_lie_in_several_files(bring: Bring) -> None:
    one, other = HEADER + rows(DAYS[:2]), HEADER + rows(DAYS[1:])

    market = bring({"2023/A.csv": one, "2024/A.csv": other})

    assert market.found == {"DUPLICATE_ROWS": 1}
    assert market.fingerprint == bring({"A.csv": GOOD}).fingerprint


@pytest.mark.parametrize("prices", ["10,10,10,10", "0,0,0,10", ",,,10"])
def test_a_day_without_trading_is_a_suspension(bring: Bring, prices: str) -> None:
    market = bring({"A.csv": with_day(f"{prices},5,0"), "B.csv": GOOD})

    assert market.found == {"SUSPENDED_DAYS": 1}
    for field in ("open", "close", "volume", "factor", "change", "vwap"):
        assert np.isnan(market.values(field, "A")[1])
    assert market.values("change", "A")[2] == 0  # from the last close there was


def test_a_holiday_that_a_vendor_fills_is_no_trading_day(bring: Bring) -> None:
    filled = with_day("10,10,10,10,5,0")

    market = bring({"A.csv": filled, "B.csv": filled})

    assert np.datetime_as_string(market.directory.calendar).tolist() == [DAYS[0], DAYS[2]]


def test_no_volume_with_a_range_is_kept(bring: Bring) -> None:
    market = bring({"A.csv": with_day("10,11,9,10,5,0")})

    assert market.found == {}
    assert market.values("volume")[1] == 0


def test_a_weekend_on_which_hardly_anything_traded_is_left_out(bring: Bring) -> None:
    saturday = rows(["2024-01-06"])
    files = {f"{name}.csv": GOOD for name in "BCDE"}

    market = bring({"A.csv": GOOD + saturday, **files})
    all_of_them = bring({name: text + saturday for name, text in files.items()})

    assert market.found == {"ROWS_ON_WEEKENDS": 1}
    assert market.examples("ROWS_ON_WEEKENDS") == ("A 2024-01-06 (A.csv, row 5)",)
    assert len(market.directory.calendar) == 3
    assert len(all_of_them.directory.calendar) == 4


def test_a_given_calendar_says_which_days_there_are(bring: Bring) -> None:
    days = "day\n2024-01-02\n2024-01-04\n2024-01-05\n"

    market = bring({"A.csv": GOOD}, beside={"days.txt": days}, calendar="days.txt")

    assert market.found == {"ROWS_OFF_CALENDAR": 1}
    assert market.examples("ROWS_OFF_CALENDAR") == ("A 2024-01-03 (A.csv, row 3)",)
    assert len(market.directory.calendar) == 3
    assert market.values("close")[:2] == [pytest.approx(5.25)] * 2


def test_rows_without_a_symbol_or_date_are_counted(bring: Bring) -> None:
    text = "symbol,date,close\nA,2024-01-02,1\n,2024-01-02,1\nA,,1\n"

    market = bring({"all.csv": text})

    assert market.found == {"ROWS_WITHOUT_KEY": 2, "UNADJUSTED": 1}
    assert market.examples("ROWS_WITHOUT_KEY") == ("all.csv, row 3", "all.csv, row 4")


def test_prices_of_which_nothing_says_how_to_adjust_them_are_told(bring: Bring) -> None:
    text = "date,close\n2024-01-02,7\n"

    assert bring({"A.csv": text}).found == {"UNADJUSTED": 1}
    assert bring({"A.csv": text}).values("factor") == [1]
    assert bring({"A.csv": text}, is_adjusted=True).found == {}


def test_adjusted_prices_stay_as_they_are(bring: Bring) -> None:
    text = "date,close,volume,factor\n2024-01-02,7,100,0.5\n"

    raw, adjusted = bring({"A.csv": text}), bring({"A.csv": text}, is_adjusted=True)

    assert [raw.values(field)[0] for field in ("close", "volume", "factor")] == [3.5, 200, 0.5]
    assert [adjusted.values(field)[0] for field in ("close", "volume", "factor")] == [7, 100, 0.5]


def test_a_vwap_of_the_file_is_kept_and_a_missing_one_estimated(bring: Bring) -> None:
    header = "date,high,low,close,vwap\n"

    market = bring({"A.csv": header + "2024-01-02,12,9,10.5,11\n2024-01-03,12,9,10.5,\n"})

    assert market.values("vwap") == [11, 10.5]
    assert market.directory.estimated == ("vwap",)
    assert bring({"A.csv": header + "2024-01-02,12,9,10,11\n"}).directory.estimated == ()


def test_further_numbers_become_fields_and_texts_are_told(bring: Bring) -> None:
    text = "Date,Close,Turnover Rate,Remark\n2024-01-02,1,0.5,fine\n"

    market = bring({"A.csv": text}, is_adjusted=True)

    assert market.values("turnover_rate") == [0.5]
    assert market.found == {"COLUMNS_LEFT_OUT": 1}


def test_a_column_may_have_another_unit(bring: Bring) -> None:
    text = "day,last,pct\n2024-01-02,10,0\n2024-01-03,11,10\n"

    market = bring({"A.csv": text}, maps=["last=close", "pct=change/100"])

    assert market.values("change") == [0, pytest.approx(0.1)]


def test_symbols_of_any_kind_stay_as_they_are(bring: Bring) -> None:
    names = ["BRK/B", "../../ETC", "中国平安", "A B", "CON", "100%"]
    text = "symbol,date,close\n" + "".join(f'"{name}",2024-01-02,1\n' for name in names)

    market = bring({"all.csv": text})

    assert market.symbols == sorted(names)
    folders = {path.name for path in (market.directory.path / "features").iterdir()}
    assert all(name.isascii() and "/" not in name for name in folders)
