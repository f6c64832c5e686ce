"""Universes, sectors, benchmarks: what comes in files of its own beside bars."""

from collections.abc import Callable
from datetime import date

import pytest
from import_ground import GOOD, HEADER, Market, rows

from bars.universes import Span
from domain.errors import BadInputError
from intake.faults import ImportFileError

Bring = Callable[..., Market]
FILES = {"A.csv": GOOD, "B.csv": GOOD}


@pytest.mark.parametrize(
    "text",
    [
        "symbol,in,out\nA,2024-01-02,2024-01-03\nB,2024-01-03,\n",
        "Ticker;start_date;end_date\na;02.01.2024;03.01.2024\nb;03.01.2024;\n".replace(
            "02.01.2024", "2024-01-02"
        ).replace("03.01.2024", "2024-01-03"),
        "A\t2024-01-02\t2024-01-03\nB\t2024-01-03\t2024-01-04\n",  # as Qlib has it
        "A\t2024-01-02\t2024-01-03\nB\t2024-01-03\t2099-01-01\n",
    ],
)
def test_a_universe_has_days_on_which_members_come_and_go(bring: Bring, text: str) -> None:
    market = bring(FILES, beside={"big.csv": text}, universes={"big": "big.csv"})

    assert market.directory.markets["big"] == {
        "A": (Span(date(2024, 1, 2), date(2024, 1, 3)),),
        "B": (Span(date(2024, 1, 3)),),
    }
    assert set(market.directory.markets) == {"all", "big"}


def test_members_without_days_belong_throughout(bring: Bring) -> None:
    market = bring(FILES, beside={"big.csv": "symbol\nA\n"}, universes={"big": "big.csv"})

    assert market.directory.markets["big"] == {"A": (Span(date(2024, 1, 2)),)}


def test_the_name_of_the_universe_of_all_is_taken(bring: Bring) -> None:
    with pytest.raises(BadInputError, match="give yours another name"):
        bring(FILES, beside={"x.csv": "symbol\nA\n"}, universes={"all": "x.csv"})


def test_who_leaves_before_joining_is_told(bring: Bring) -> None:
    text = "symbol,in,out\nA,2024-01-03,2024-01-02\n"

    with pytest.raises(ImportFileError, match=r"x.csv, row 2: leaves on 2024-01-02, before"):
        bring(FILES, beside={"x.csv": text}, universes={"x": "x.csv"})


def test_sectors_and_names_are_found_whatever_stands_before_the_symbol(bring: Bring) -> None:
    text = "Sector\tSymbol\tCompany\nEnergy\t$A\tAce\n\t$B\tBest\nEnergy\t$Z\tZoo\n"

    market = bring(FILES, beside={"table": text}, descriptions="table")

    companies = market.made.companies
    assert (companies["A"].sector, companies["A"].name) == ("Energy", "Ace")
    assert (companies["B"].sector, companies["B"].name) == (None, "Best")
    assert market.found == {"UNKNOWN_SYMBOLS": 1}


def test_a_benchmark_among_the_files_is_in_no_universe(bring: Bring) -> None:
    market = bring({**FILES, "IDX.csv": GOOD}, benchmark="idx")

    assert market.made.benchmark == "IDX"
    assert list(market.directory.markets["all"]) == ["A", "B"]
    assert "vwap" not in market.directory.instruments["IDX"].fields


def test_a_benchmark_in_a_file_of_its_own_keeps_to_the_shares_days(bring: Bring) -> None:
    longer = HEADER + rows(["2023-12-29", "2024-01-02", "2024-01-03", "2024-01-04"], 4000)

    market = bring(FILES, beside={"index.csv": longer}, benchmark="SPX", benchmark_file="index.csv")

    assert market.made.benchmark == "SPX"
    assert len(market.directory.calendar) == 3
    assert len(market.values("close", "SPX")) == 3


def test_a_benchmark_without_bars_is_told_with_what_is_near(bring: Bring) -> None:
    with pytest.raises(BadInputError, match=r"The benchmark AB has no bars .* did you mean B or A"):
        bring(FILES, benchmark="AB")
