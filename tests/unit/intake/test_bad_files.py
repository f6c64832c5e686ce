"""What cannot be imported is refused with a sentence that names file, row and column."""

import gzip
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from import_ground import GOOD, HEADER, Market, make, rows

from domain.errors import BadInputError, EmptyDataError
from intake.faults import ImportFileError

Bring = Callable[..., Market]


def archive(**members: str | bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, text in members.items():
            opened.writestr(name.replace("_", "."), text)
    return content.getvalue()


def parquet(**columns: object) -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content)
    return content.getvalue()


PARQUET = parquet(date=["2024-01-02"], symbol=["A"], close=[1.0])
MANY = HEADER + rows([f"2024-01-{2 + day % 20:02}" for day in range(30_000)])
GZIP, ZIP = gzip.compress(MANY.encode()), archive(A_csv=MANY)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("A.csv", PARQUET, "A.csv is named .csv but holds Parquet; give it its right"),
        ("A.parquet", GOOD, "A.parquet is named .parquet but is no Parquet"),
        ("A.csv", gzip.compress(GOOD.encode()), "is named .csv but holds gzip"),
        ("A.csv.gz", GOOD, "is named .gz but is no gzip"),
        ("A.csv", archive(A_xml="x"), "is named .csv but holds zip"),
        ("A.csv.gz", GZIP[: len(GZIP) // 2], "is not whole: .*; get it again"),
        ("A.csv.gz", GZIP[:-4], "is not whole"),
        ("A.csv.gz", GZIP[:40], "cannot be unpacked: .*; it is not whole"),
        ("A.csv.gz", gzip.compress(GOOD.encode())[:-4], "it is not whole"),
        ("A.zip", ZIP[: len(ZIP) // 2], "is no whole zip archive"),
        ("A.zip", archive(readme_md="x"), "holds no table; files in it end in"),
        ("A.zip", archive(A_csv=PARQUET), "A.zip!A.csv is no UTF-8 text"),
        ("A.zip", archive(A_parquet=GOOD), "A.zip!A.parquet is no whole Parquet file"),
        ("A.zip", archive(A_csv=""), "A.zip!A.csv is empty"),
        ("A.parquet", PARQUET[: len(PARQUET) // 2], "A.parquet is no whole Parquet file"),
        ("A.parquet", PARQUET[:4], "A.parquet is no whole Parquet file"),
        ("A.csv", "", "A.csv is empty; leave it out"),
        ("A.csv", "\n\r\n\n", "A.csv is empty"),
        ("A.csv.gz", gzip.compress(b""), "A.csv.gz is empty"),
        ("A.csv", GOOD.encode("utf-16"), "A.csv is no UTF-8 text; save it as CSV in UTF-8"),
        ("A.csv", "Date,Close,Öl\n".encode("latin1"), "A.csv, row 1: is no UTF-8 text"),
        ("A.csv", bytes(range(256)), "A.csv is no UTF-8 text"),
        ("A.csv", rows(), "A.csv, row 1: holds values; the first row names the columns"),
        ("A.csv", "Open,Close\n1,2\n", "A.csv, row 1: has no column of dates among Open, Close"),
        ("A.csv", "Date,Open\n2024-01-02,2\n", "has no column of closes .*--map theirs=close"),
        ("A.csv", "Date,Close,Last\n", "2 columns for close, Close and Last; .*--map 'Last='"),
        ("A.csv", "Date,Close,CLOSE\n", "2 columns for close"),
        ("A.csv", "Date,Close,Close\n", "Close is there twice"),
        ("A.csv", "Date,Close,P/E,P E\n2024-01-02,1,2,3\n", "two columns for p_e"),
        ("A.csv", "<html>\n<body>\n", "A.csv, row 1: has no column of dates"),
        ("A.xlsx.bin", GOOD, "holds no file that can be read, only A.xlsx.bin; files end in"),
    ],
)
def test_what_is_no_table_of_bars_is_told(
    bring: Bring, name: str, content: str | bytes, sentence: str
) -> None:
    with pytest.raises(ImportFileError, match=sentence):
        bring({name: content})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2024-13-03,1", "row 5, column Date: '2024-13-03' is no day of the calendar"),
        ("03/01/2024,1", "row 5, column Date: .* otherwise than '2024-01-02' in .*A.csv, row 2;"),
        ("2025-01-02,1", "row 5, column Date: .* lies in the future"),
        ("1899-12-29,1", "row 5, column Date: .* is before 1900"),
        ("02.01.24,1", "row 5, column Date: .* give --date-format, such as %d.%m.%y"),
        ("yesterday,1", "row 5, column Date: 'yesterday' is no date; write YYYY-MM-DD"),
        ('2024-01-05,"1,234.5"', "row 5, column Close: '1,234.5' has thousands separators"),
        ('2024-01-05,"1,5"', "row 5, column Close: '1,5' has a comma .*give --decimal ,"),
        ("2024-01-05,0x10", "row 5, column Close: '0x10' is no number"),
        ("2024-01-05,5%", "row 5, column Close: '5%' is no number"),
        ("2024-01-05,1,234", "row 5: has 3 cells and the header 2"),
        ("2024-01-05", "row 5: has 1 cells and the header 2"),
    ],
)
def test_a_cell_that_is_none_is_told_by_row_and_column(
    bring: Bring, text: str, sentence: str
) -> None:
    good = "Date,Close\n" + "".join(f"2024-01-0{day},1.5\n" for day in (2, 3, 4))

    with pytest.raises(ImportFileError, match=f"A.csv, {sentence}"):
        bring({"A.csv": good + text + "\n"})


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("date,close\n\n\n2024-01-02,1\n\n{}", 6),
        ("\n\ndate,close\n2024-01-02,1\n{}", 5),
        ("\r\ndate,close\r\n\r\n2024-01-02,1\r\n{}\r\n", 5),
        ('date,note,close\n2024-01-02,"a\nb",1\n{}', 3),
    ],
)
@pytest.mark.parametrize("bad", ["2024-01-03,x", "2024-15-03,1", "2024-01-03,-1"])
def test_rows_are_counted_as_a_spreadsheet_does(
    bring: Bring, text: str, row: int, bad: str
) -> None:
    day, value = bad.split(",")
    line = f"{day},c,{value}" if "note" in text else bad
    files = {"A.csv": text.format(line)}

    if value == "-1":
        market = bring(files)
        assert market.examples("IMPOSSIBLE_VALUES") == (
            f"A 2024-01-03 close -1 (A.csv, row {row})",
        )
    else:
        with pytest.raises(ImportFileError, match=f"A.csv, row {row}, column"):
            bring(files)


def test_blank_rows_are_none(bring: Bring) -> None:
    market = bring({"A.csv": f"\n{HEADER}\n{rows()},,,,,,\n\n\n"})

    assert (market.made.rows, market.made.bars, market.found) == (3, 3, {})


@pytest.mark.parametrize("packed", [False, True])
def test_text_deep_in_a_large_file_is_told_with_its_row(bring: Bring, packed: bool) -> None:
    lines = [f"2024-01-0{2 + row % 3},S{row // 3},{row % 97 + 1}.5,7,8\n" for row in range(300_000)]
    lines[267_890] = lines[267_890].replace(".5,", ".5x,")
    content = ("date,symbol,close,volume,x\n" + "".join(lines)).encode()
    files = {"A.csv.gz": gzip.compress(content, 1)} if packed else {"A.csv": content}

    with pytest.raises(ImportFileError, match=r"row 267,892, column close: '.*x' is no number"):
        bring(files)


def test_line_ends_in_quotes_may_lie_anywhere_in_a_large_file(bring: Bring) -> None:
    """Whole markets come with remarks; a block may end within one."""
    remark = '"a\nremark"' + " " * 70
    days = np.arange("2008-01-01", "2019-07-01", dtype="datetime64[D]")[:4_000]
    lines = [f"{day},S{name},{remark},1.5\n" for day in days for name in range(30)]

    market = bring({"A.csv": "date,symbol,note,close\n" + "".join(lines)})

    assert market.made.bars == 120_000


def test_text_that_is_no_utf8_is_told_by_row_and_column(bring: Bring) -> None:
    content = "Date,Symbol,Close\n2024-01-02,A,1\n2024-01-02,Ö,1\n".encode("latin1")

    with pytest.raises(ImportFileError, match=r"A.csv, row 3, column Symbol: is no UTF-8 text"):
        bring({"A.csv": content})


@pytest.mark.parametrize("content", [HEADER, HEADER.strip(), HEADER + "\n\n"])
def test_a_header_alone_makes_no_market_and_is_passed_over_among_others(
    bring: Bring, content: str
) -> None:
    with pytest.raises(EmptyDataError, match=r"None of 0 rows .* such as .*A.csv"):
        bring({"A.csv": content})

    market = bring({"A.csv": content, "B.csv": GOOD})
    assert market.symbols == ["B"]
    assert market.found == {"EMPTY_TABLES": 1}


def test_a_path_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match="nowhere is not there; give a file or a folder"):
        make(tmp_path / "made", [tmp_path / "nowhere"])


@pytest.mark.parametrize(
    ("dates", "sentence"),
    [
        (("01/02/2024", "03/04/2024"), "can be read with the day or the month first; give --date-"),
        (("13/02/2024", "01/23/2024"), "has the month first and '13/02/2024' in .*, row 2 the day"),
    ],
)
def test_day_and_month_are_never_guessed(
    bring: Bring, dates: tuple[str, str], sentence: str
) -> None:
    text = "Date,Close\n" + "".join(f"{day},1\n" for day in dates)

    with pytest.raises(ImportFileError, match=sentence):
        bring({"A.csv": text})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("close", "does not say what a column is; write theirs=ours"),
        ("close=close/0", "does not say"),
        ("close=9x", "'9x' cannot be the name of a field"),
        ("volum=volume", "No file has the column 'volum' that --map names; there are adj close,"),
    ],
)
def test_a_map_that_says_nothing_is_refused(bring: Bring, text: str, sentence: str) -> None:
    with pytest.raises(BadInputError, match=re.compile(sentence)):
        bring({"A.csv": GOOD}, maps=[text])
