"""The artifact store: content-addressed, whole or not at all, and without pickles."""

import os
import pickle
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from catalog.artifacts import LocalArtifacts
from domain.arrays import Array
from domain.errors import (
    ArtifactDamagedError,
    ArtifactMissingError,
    BadInputError,
    StorageError,
)


@pytest.fixture
def store(tmp_path: Path) -> LocalArtifacts:
    return LocalArtifacts(tmp_path / "artifacts")


def _files(store: LocalArtifacts) -> list[Path]:
    return sorted(path for path in store.root.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "array",
    [
        np.array([[1.5, np.nan], [-0.0, np.inf]], dtype=np.float32),
        np.arange(12, dtype=np.float64).reshape(3, 4).T,
        np.array(["2020-01-01", "NaT"], dtype="datetime64[D]"),
        np.array(["AAPL", "é"]),
        np.zeros((0, 3), dtype=np.float32),
        np.float64(2.5) * np.ones(()),
        np.array([True, False]),
        np.array([1, 2], dtype=">i4"),
    ],
    ids=["float32", "columns first", "days", "text", "empty", "scalar", "answers", "big endian"],
)
def test_an_array_comes_back_as_it_was(store: LocalArtifacts, array: Array) -> None:
    kept = store.open_array(store.put_array(array))
    assert kept.dtype == array.dtype.newbyteorder("<")
    assert kept.shape == array.shape
    assert np.ascontiguousarray(kept).tobytes() == array.astype(kept.dtype).tobytes()


def test_an_open_array_is_mapped_and_cannot_be_written_to(store: LocalArtifacts) -> None:
    kept = store.open_array(store.put_array(np.arange(3.0)))
    assert isinstance(kept, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        kept[0] = 1


def test_equal_content_has_one_digest_and_one_file(store: LocalArtifacts) -> None:
    values = np.arange(6.0).reshape(2, 3)
    digest = store.put_array(values)
    [file] = _files(store)
    before = file.stat().st_mtime_ns, file.stat().st_ino
    assert store.put_array(np.asfortranarray(values)) == digest
    assert _files(store) == [file]
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == before
    assert file.relative_to(store.root) == Path(digest[:2], f"{digest}.npy")


def test_shape_and_type_are_part_of_the_content(store: LocalArtifacts) -> None:
    zeros = np.zeros(4, dtype=np.float32)
    others = [zeros.reshape(2, 2), zeros.astype(np.int32), np.zeros(2, dtype=np.float64)]
    digests = {store.put_array(array) for array in [zeros, *others]}
    assert len(digests) == 4


def test_a_text_comes_back_as_it_was(store: LocalArtifacts) -> None:
    text = "tree\r\nnumber=ü\n"
    digest = store.put_text(text)
    assert store.open_text(digest) == text
    assert store.size_of(digest) == len(text.encode())


def test_objects_are_refused(store: LocalArtifacts) -> None:
    with pytest.raises(BadInputError, match="object"):
        store.put_array(np.array([{}], dtype=object))
    assert not _files(store)


def test_a_pickle_that_somebody_put_there_is_not_loaded(store: LocalArtifacts) -> None:
    digest = "ab" * 16
    place = store.root / "ab" / f"{digest}.npy"
    place.parent.mkdir(parents=True)
    np.save(place, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="Python objects"):
        store.open_array(digest)


@pytest.mark.parametrize(
    "digest", ["", "../../etc/passwd", "AB" * 16, "ab" * 15, "ab" * 16 + "\n", "ab/" + "c" * 29]
)
def test_what_is_no_digest_is_refused(store: LocalArtifacts, digest: str) -> None:
    for read in (store.open_array, store.open_text, store.size_of):
        with pytest.raises(BadInputError, match="32 hexadecimal"):
            read(digest)


def test_what_is_not_kept_is_missing(store: LocalArtifacts) -> None:
    for read in (store.open_array, store.open_text, store.size_of):
        with pytest.raises(ArtifactMissingError, match="no longer kept"):
            read("ab" * 16)


def test_the_size_is_that_of_the_file(store: LocalArtifacts) -> None:
    digest = store.put_array(np.zeros(1000))
    [file] = _files(store)
    assert store.size_of(digest) == file.stat().st_size


def test_a_write_that_fails_leaves_nothing(
    store: LocalArtifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="no space"):
        store.put_array(np.zeros(3))
    assert not _files(store)


def test_the_sweep_takes_old_leftovers_and_nothing_else(store: LocalArtifacts) -> None:
    kept = store.put_array(np.zeros(3))
    folder = store.root / kept[:2]
    old, young = folder / "old-1.unfinished", folder / "young-1.unfinished"
    for leftover in (old, young):
        leftover.write_bytes(b"half")
    os.utime(old, (0, 0))
    os.utime(folder / f"{kept}.npy", (0, 0))
    assert store.sweep() == 1
    assert not old.exists()
    assert young.exists()
    assert store.open_array(kept).shape == (3,)


def test_the_store_travels_between_processes(store: LocalArtifacts) -> None:
    digest = store.put_text("here")
    assert pickle.loads(pickle.dumps(store)).open_text(digest) == "here"  # noqa: S301


@pytest.mark.parametrize("shape", [(2, 3), (0, 3), (700, 500)])
def test_what_is_drawn_is_kept_as_what_is_put(
    shape: tuple[int, int], store: LocalArtifacts
) -> None:
    values = np.arange(shape[0] * shape[1], dtype=np.float32).reshape(shape)

    def draw(array: Array) -> None:
        assert isinstance(array, np.memmap)
        assert not array.any()
        array[:] = values

    digest = store.draw_array(shape, "<f4", draw)

    assert np.array_equal(store.open_array(digest), values)
    assert store.put_array(values) == digest
    assert [path.name for path in _files(store)] == [f"{digest}.npy"]


def test_content_of_many_blocks_has_a_digest_of_all_of_them(
    store: LocalArtifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.artifacts._BLOCK_BYTES", 8)
    values = np.arange(5.0)
    digests = {store.put_array(values)}
    for place in range(5):  # eight bytes each
        changed = values.copy()
        changed[place] += 1
        digests.add(store.put_array(changed))
    digests.add(store.put_array(np.roll(values, 1)))

    assert len(digests) == 7
    assert store.put_array(values.copy()) in digests


def test_what_cannot_be_drawn_leaves_nothing(store: LocalArtifacts) -> None:
    def draw(_array: Array) -> None:
        raise RuntimeError("out of ink")

    with pytest.raises(RuntimeError, match="ink"):
        store.draw_array((2, 3), "<f4", draw)

    assert _files(store) == []


def test_what_was_changed_on_the_disk_is_refused_where_it_is_verified(
    store: LocalArtifacts,
) -> None:
    array, text = store.put_array(np.arange(3)), store.put_text("a model")
    assert store.open_array(array, verified=True).tolist() == [0, 1, 2]
    assert store.open_text(text, verified=True) == "a model"
    for digest, suffix in ((array, ".npy"), (text, ".txt")):
        path = store.root / digest[:2] / f"{digest}{suffix}"
        path.write_bytes(path.read_bytes()[:-1] + b"\x07")

    with pytest.raises(ArtifactDamagedError, match="not what was kept"):
        store.open_array(array, verified=True)
    with pytest.raises(ArtifactDamagedError, match="not what was kept"):
        store.open_text(text, verified=True)


@pytest.fixture
def _small_disk() -> Iterator[None]:
    """No file may have more than 64 kB, which the system tells as it tells of a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("_small_disk")
@pytest.mark.parametrize(
    "keep",
    [
        lambda store: store.put_array(np.arange(100_000)),
        lambda store: store.put_text("a" * 100_000),
        lambda store: store.draw_array((100_000,), "<i8", lambda array: array.fill(1)),
    ],
    ids=["array", "text", "drawn"],
)
def test_a_disk_that_takes_no_more_is_told_and_nothing_is_left(
    store: LocalArtifacts, keep: Callable[[LocalArtifacts], str]
) -> None:
    with pytest.raises(StorageError, match=f"could not be written below {store.root}: .*ask again"):
        keep(store)
    assert _files(store) == []
    assert store.open_array(store.put_array(np.arange(9))).sum() == 36


def test_a_drawn_array_has_its_room_before_anything_is_drawn(store: LocalArtifacts) -> None:
    """Who writes to a map on a full disk is killed, so no part of the file may be without room."""
    taken: list[int] = []

    def draw(_: Array) -> None:
        [file] = _files(store)
        taken.append(file.stat().st_blocks * 512)

    store.draw_array((1 << 20,), "<f4", draw)
    assert taken[0] >= 4 << 20
