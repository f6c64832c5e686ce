"""Markets that tests read, and the event loop that they run on."""

import os
import tarfile
from pathlib import Path

import pytest

pytest_plugins = ["fixtures_database", "fixtures_models"]

CSI300_FOLDER = "cn_csi300_qlib_ready"
_DATA = Path(__file__).parents[2] / "shared" / "data"
CSI300_ARCHIVE = _DATA / "cn_csi300.tar.xz"
STOCKNET_FOLDER = "us_stocknet88"
STOCKNET_ARCHIVE = _DATA / "us_stocknet88.tar.xz"


# A part of all factor values that any test has computed is compared with stock Qlib's.
os.environ.setdefault("QATLAS_SHADOW", "0.02")
os.environ.setdefault("QATLAS_SHADOW_STRICT", "true")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture(scope="session")
def sample_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample market as a Qlib data directory; tests read it and never write to it."""
    from bars.sample import write_sample_market

    return write_sample_market(tmp_path_factory.mktemp("sample") / "us_sample").path


@pytest.fixture(scope="session")
def csi300_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CSI 300 shares as a Qlib data directory; tests read it and never write to it."""
    if named := os.environ.get("QATLAS_TEST_DATA"):
        folder = Path(named)
        return folder if (folder / "calendars").is_dir() else folder / CSI300_FOLDER
    if not CSI300_ARCHIVE.is_file():
        pytest.skip("no CSI 300 data: set QATLAS_TEST_DATA to its directory")
    target = tmp_path_factory.mktemp("csi300")
    with tarfile.open(CSI300_ARCHIVE) as archive:
        archive.extractall(target, filter="data")
    return target / CSI300_FOLDER


@pytest.fixture(scope="session")
def stocknet_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """88 US shares as CSV, one file each in price/raw, with StockTable beside them."""
    if named := os.environ.get("QATLAS_TEST_STOCKNET"):
        return Path(named)
    if not STOCKNET_ARCHIVE.is_file():
        pytest.skip("no StockNet data: set QATLAS_TEST_STOCKNET to its directory")
    target = tmp_path_factory.mktemp("stocknet")
    with tarfile.open(STOCKNET_ARCHIVE) as archive:
        archive.extractall(target, filter="data")
    return target / STOCKNET_FOLDER
