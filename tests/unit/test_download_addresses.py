"""Addresses of files are read as they are written, and nothing else is read."""

from datetime import date
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from domain.downloads import (
    ROOT,
    BarsDownload,
    Download,
    MatrixDownload,
    PredictionsDownload,
    ReportDownload,
    ValuesDownload,
    read_download,
)
from domain.errors import BadInputError, NotFoundError, QatlasError
from domain.exports import ExportFormat

KEY = "0123456789abcdef" * 2
START, END = date(2020, 1, 2), date(2020, 3, 4)


def read(url: str) -> tuple[Download, ExportFormat]:
    """Read an address as a server does."""
    parts = urlsplit(url)
    kind, *rest = unquote(parts.path).removeprefix(f"{ROOT}/").split("/")
    return read_download(kind, rest, parse_qsl(parts.query, keep_blank_values=True))


@pytest.mark.parametrize(
    "download",
    [
        ValuesDownload(KEY),
        ValuesDownload(KEY, "f:1", "m/u:2", START, END, ("A&B", "C,D", "É+?#%", "X Y")),
        PredictionsDownload(KEY, START, END, ("AAPL",)),
        ReportDownload(KEY),
        MatrixDownload(KEY),
        BarsDownload("sample:1", "BRK.B"),
        BarsDownload("sample:1", "../BRK/B"),
        BarsDownload("sample:12", "^GSPC?%2F#é", START, END, ("open", "close")),
    ],
)
@pytest.mark.parametrize("format_", ExportFormat)
def test_an_address_is_read_as_it_was_written(download: Download, format_: ExportFormat) -> None:
    sign = "&" if "?" in download.url else "?"

    assert read(download.url) == (download, ExportFormat.PARQUET)
    assert read(f"{download.url}{sign}format={format_.value}") == (download, format_)


def test_an_address_can_be_read_by_people() -> None:
    download = ValuesDownload(KEY, "ROC20:1", "sample/us5:1", START, END, ("IBM", "GM"))

    assert download.url == (
        f"/downloads/values/{KEY}?factor=ROC20:1&universe=sample/us5:1"
        "&start=2020-01-02&end=2020-03-04&instrument=IBM&instrument=GM"
    )


@pytest.mark.parametrize(
    ("url", "kind", "sentence"),
    [
        (f"/downloads/nothing/{KEY}", NotFoundError, "values, predictions, report, matrix, bars"),
        ("/downloads/values", NotFoundError, "downloadUrl"),
        (f"/downloads/values/{KEY}/more", NotFoundError, "downloadUrl"),
        ("/downloads/bars/sample:1", BadInputError, "add symbol="),
        ("/downloads/values/..", BadInputError, "'..' is no key"),
        (f"/downloads/values/{KEY.upper()}", BadInputError, "32 hexadecimal digits"),
        (f"/downloads/matrix/{KEY[:-1]}", BadInputError, "32 hexadecimal digits"),
        (f"/downloads/matrix/{KEY}?start=2020-01-01", BadInputError, "no parameter 'start'"),
        (f"/downloads/values/{KEY}?file=/etc/passwd", BadInputError, "no parameter 'file'"),
        (f"/downloads/values/{KEY}?key={KEY}", BadInputError, "no parameter 'key'"),
        (f"/downloads/values/{KEY}?start=today", BadInputError, "'today' is no day"),
        (f"/downloads/values/{KEY}?start=", BadInputError, "'' is no day"),
        (f"/downloads/values/{KEY}?end=2020-01-01&end=2020-01-02", BadInputError, "given 2 times"),
        (f"/downloads/values/{KEY}?format=xlsx", BadInputError, "parquet, csv or arrow"),
        (f"/downloads/values/{KEY}?format=csv&format=csv", BadInputError, "given 2 times"),
        (f"/downloads/values/{KEY}?format=CSV", BadInputError, "parquet, csv or arrow"),
    ],
)
def test_nothing_else_is_an_address(url: str, kind: type[QatlasError], sentence: str) -> None:
    with pytest.raises(kind, match=sentence):
        read(url)
