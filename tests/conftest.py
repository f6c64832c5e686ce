"""Markets that tests read, and the event loop that they run on."""

import os
import tarfile
from pathlib import Path

import pytest

pytest_plugins = ["fixtures_database"]

CSI300_FOLDER = "cn_csi300_qlib_ready"
CSI300_ARCHIVE = Path(__file__).parents[2] / "shared" / "data" / "cn_csi300.tar.xz"


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
