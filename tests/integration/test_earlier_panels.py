"""On a new snapshot, the values of instruments that have not changed are those of before."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from asking_ground import DAYS
from asking_ground import Ground as Server
from engine_ground import EngineGround, troubled_bars
from operator_calls import calls_of

from bars.stamp import stamp
from catalog.artifacts import LocalArtifacts
from catalog.database import Database
from compute import panels as computing
from compute.earlier_panels import MOST_NOTED
from compute.panels import compute_panels, compute_together
from compute.progress import ProgressReport, unheard
from compute.qlib_factor_sets import alpha158, alpha360
from compute.shadow import SHARE_VARIABLE
from compute.values import Ground
from domain.errors import StorageError
from domain.expression import OPERATORS, parse
from domain.work import Bars, Outcome, PanelsTogether, PanelsWork, Peers

Market = dict[str, tuple[int, dict[str, npt.NDArray[np.float32]]]]
"""The first row and the fields of each instrument, by name."""

ENGINE = "an engine"
MEAN = "Mean($close,5)"
EVERYONE = sorted(name.upper() for name in troubled_bars())


class Computed:
    """Notes what is computed, and on whom."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.symbols: list[list[str]] = []
        self.expressions: list[str] = []
        compute = computing.compute_values

        def noting(expressions: Sequence[str], ground: Ground, *rest: object) -> None:
            self.symbols.append(list(ground.symbols))
            self.expressions += expressions
            compute(expressions, ground, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr(computing, "compute_values", noting)

    @property
    def instruments(self) -> list[str]:
        """All on whom anything was computed."""
        return sorted({symbol for symbols in self.symbols for symbol in symbols})

    def forget(self) -> None:
        """Begin anew."""
        self.symbols.clear()
        self.expressions.clear()


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Computed:
    return Computed(monkeypatch)


@pytest.fixture
def store(tmp_path: Path) -> LocalArtifacts:
    return LocalArtifacts(tmp_path / "artifacts")


def write(folder: Path, market: Market) -> EngineGround:
    return EngineGround(folder, market)


def work_on(market: EngineGround, *expressions: str, engine: str | None = ENGINE) -> PanelsWork:
    bars = Bars(str(market.root), "us", stamp(market.root))
    return PanelsWork(bars, expressions, market.symbols, engine=engine)


def anew(market: EngineGround, folder: Path, *expressions: str) -> Mapping[str, object]:
    """The digests of panels that nothing is taken over to."""
    work = work_on(market, *expressions, engine=None)
    return compute_panels(work, LocalArtifacts(folder / "anew"), unheard).document["panels"]


def longer(market: Market, name: str, days: int) -> None:
    """Give an instrument more days."""
    first, fields = market[name]
    market[name] = first, {field: np.append(one, one[:days]) for field, one in fields.items()}


def changed(market: Market, name: str, field: str = "close", row: int = -1) -> None:
    """Let a value of an instrument be another."""
    market[name][1][field][row] *= np.float32(1.01)


def shorter(market: Market, name: str) -> None:
    first, fields = market[name]
    market[name] = first, {field: one[:-1] for field, one in fields.items()}


def a_day_before(market: Market) -> None:
    """Let the calendar begin a day earlier, and all else follow."""
    for name, (first, fields) in market.items():
        market[name] = first + 1, fields


def all_longer(market: Market) -> None:
    for name in market:
        longer(market, name, 1)


def only_one_longer(market: Market) -> None:
    longer(market, "plain", 3)


def calendar_shorter(market: Market) -> None:
    """Let nobody have the last day, so that the calendar ends before it."""
    for name in market.keys() - {"ended"}:
        shorter(market, name)


def zeros_negative(market: Market) -> None:
    closes = market["signs"][1]["close"]
    assert (closes == 0).any()
    closes[closes == 0] = np.float32(-0.0)


def without_bars(market: Market) -> None:
    """Let an instrument have a field of which nobody knows anything."""
    market["wild"][1]["close"][:] = np.nan


def later(market: Market) -> None:
    market["late"] = market["late"][0] + 1, market["late"][1]
    shorter(market, "late")


def newcomer(market: Market) -> None:
    market["new"] = troubled_bars(seed=1)["plain"]


def renamed(market: Market) -> None:
    market["another"] = market.pop("wild")


CASES: Mapping[str, tuple[Callable[[Market], object], list[str]]] = {
    "nothing changed": (len, []),
    "a last value": (lambda market: changed(market, "plain"), ["PLAIN"]),
    "a first value": (lambda market: changed(market, "ended", row=0), ["ENDED"]),
    "a zero's sign": (zeros_negative, ["SIGNS"]),
    "a field that is not read": (lambda market: changed(market, "plain", "volume"), []),
    "another name": (renamed, []),
    "a row less": (lambda market: shorter(market, "gaps"), ["GAPS"]),
    "another first row": (later, ["LATE"]),
    "a new instrument": (newcomer, ["NEW"]),
    "an instrument less": (lambda market: market.pop("flat"), []),
    "a field less": (lambda market: market["wild"][1].pop("close"), ["WILD"]),
    "a field that says nothing": (without_bars, ["WILD"]),
    "a day less": (calendar_shorter, sorted({*EVERYONE} - {"ENDED"})),
    "days that one has": (only_one_longer, ["PLAIN"]),
    "a day that all have": (all_longer, EVERYONE),
    "a day before all others": (a_day_before, EVERYONE),
}


@pytest.mark.parametrize("case", CASES)
def test_only_who_changed_is_computed(
    case: str, tmp_path: Path, store: LocalArtifacts, computed: Computed
) -> None:
    change, expected = CASES[case]
    compute_panels(work_on(write(tmp_path / "one", troubled_bars()), MEAN), store, unheard)
    computed.forget()
    market = troubled_bars()
    change(market)
    second = write(tmp_path / "two", market)

    outcome = compute_panels(work_on(second, MEAN), store, unheard)

    assert computed.instruments == expected
    assert outcome.document["panels"] == anew(second, tmp_path, MEAN)


@pytest.mark.filterwarnings("ignore:divide by zero")  # of the logarithms that Qlib takes
def test_all_that_can_be_computed_is_the_same_taken_over_or_anew(
    tmp_path: Path, store: LocalArtifacts, computed: Computed
) -> None:
    operators = [one.name for one in OPERATORS.values() if one.is_qlibs]
    texts = [text for name in operators for text in calls_of(name)]
    texts += [text for factors in (alpha158(), alpha360()[::9]) for _, text in factors]
    texts += ["Log($close>$open)", "EMA($close,12)-EMA($close,0)", "Ref($close,-2)/$close", "$vwap"]
    texts += ["SignedPower($close,2)", "DecayLinear($volume,5)", "Product($close/$open,4)"]
    expressions = tuple(dict.fromkeys(parse(text).canonical for text in texts))
    compute_panels(work_on(write(tmp_path / "one", troubled_bars()), *expressions), store, unheard)
    computed.forget()
    market = troubled_bars()
    longer(market, "plain", 5)
    changed(market, "wild", row=70)
    changed(market, "ties", "volume", 70)
    newcomer(market)
    market.pop("flat")
    second = write(tmp_path / "two", market)

    outcome = compute_panels(work_on(second, *expressions), store, unheard)

    assert sorted(computed.expressions) == sorted(expressions)
    assert set(computed.instruments) == {"PLAIN", "WILD", "TIES", "NEW"}
    assert outcome.document["panels"] == anew(second, tmp_path, *expressions)


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_no_bars_of_a_field_are_not_the_same_as_bars_that_say_nothing(
    tmp_path: Path, store: LocalArtifacts, computed: Computed
) -> None:
    left_to_qlib = "Log(Gt($close,$open))"
    market = troubled_bars()
    without_bars(market)
    compute_panels(work_on(write(tmp_path / "one", market), left_to_qlib), store, unheard)
    computed.forget()
    market["wild"][1].pop("close")
    second = write(tmp_path / "two", market)

    outcome = compute_panels(work_on(second, left_to_qlib), store, unheard)

    assert computed.instruments == ["WILD"]
    assert outcome.document["panels"] == anew(second, tmp_path, left_to_qlib)


def test_it_is_told_what_is_taken_over(tmp_path: Path, store: LocalArtifacts) -> None:
    told: list[ProgressReport] = []
    expressions = (MEAN, "$volume")
    first = write(tmp_path / "one", troubled_bars())
    compute_panels(work_on(first, *expressions), store, told.append)
    assert not any(report.message for report in told)
    told.clear()
    market = troubled_bars()
    changed(market, "plain")
    second = write(tmp_path / "two", market)

    compute_panels(work_on(second, *expressions), store, told.append)

    [message] = [report.message for report in told if report.message]
    assert message.startswith("19 of 20 series, ")
    done = [report.done for report in told]
    assert done == sorted(done)
    assert told[-1].done == told[-1].total


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def empty(path: Path) -> None:
    path.write_bytes(b"")


HARMS = {"damaged": damage, "cut": cut, "empty": empty, "removed": Path.unlink}


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("part", ["values", "histories"])
def test_what_is_no_longer_what_was_kept_is_not_taken(
    part: str, harm: str, tmp_path: Path, store: LocalArtifacts, computed: Computed
) -> None:
    first = compute_panels(work_on(write(tmp_path / "one", troubled_bars()), MEAN), store, unheard)
    [noted] = store.scratch("earlier").glob("*/*")
    kept = noted if part == "histories" else place_of(store, first.artifacts[part])
    HARMS[harm](kept)
    computed.forget()
    market = troubled_bars()
    changed(market, "plain")
    longer(market, "gaps", 2)
    market.pop("flat")
    second = write(tmp_path / "two", market)

    outcome = compute_panels(work_on(second, MEAN), store, unheard)

    expected = {*EVERYONE} - {"FLAT"}
    if part == "histories" and harm == "damaged":  # that of one instrument is another
        expected = {"GAPS", "INFINITE", "PLAIN"}
    if part == "histories" and harm == "cut":  # before that of the fourth ends
        expected -= {"ENDED"}
    assert set(computed.instruments) == expected
    assert outcome.document["panels"] == anew(second, tmp_path, MEAN)


def place_of(store: LocalArtifacts, digest: str) -> Path:
    [path] = store.root.glob(f"??/{digest}.npy")
    return path


def test_another_engine_takes_nothing_over(
    tmp_path: Path, store: LocalArtifacts, computed: Computed
) -> None:
    market = write(tmp_path / "one", troubled_bars())
    work = work_on(market, MEAN)
    compute_panels(work, store, unheard)
    for other in (replace(work, engine="another"), replace(work, engine=None)):
        computed.forget()
        compute_panels(other, store, unheard)
        assert computed.instruments == EVERYONE


def test_who_is_not_listed_stays_without_values_until_it_is(
    tmp_path: Path, store: LocalArtifacts, computed: Computed
) -> None:
    market = troubled_bars()
    listed = write(tmp_path / "listed", {"nobody": market["plain"], **market})
    for folder, expected in (("one", [*EVERYONE, "NOBODY"]), ("two", [])):
        computed.forget()
        work = replace(work_on(write(tmp_path / folder, market), MEAN), symbols=listed.symbols)
        [panel] = compute_panels(work, store, unheard).document["panels"].values()
        assert computed.instruments == sorted(expected)
        nobody = store.open_array(panel["values"])[:, listed.symbols.index("NOBODY")]
        assert np.isnan(nobody).all()
    [panel] = compute_panels(work_on(listed, MEAN), store, unheard).document["panels"].values()
    plain, nobody = (
        store.open_array(panel["values"])[:, listed.symbols.index(name)]
        for name in ("PLAIN", "NOBODY")
    )
    assert plain.tobytes() == nobody.tobytes()
    assert computed.instruments == []  # it has the history of another


def test_nothing_is_noted_without_an_engine(tmp_path: Path, store: LocalArtifacts) -> None:
    compute_panels(
        work_on(write(tmp_path / "one", troubled_bars()), MEAN, engine=None), store, unheard
    )
    assert not store.scratch("earlier").exists()


def test_what_compares_instruments_is_computed_for_all(
    tmp_path: Path, store: LocalArtifacts, computed: Computed
) -> None:
    always = {symbol: ((date(2015, 1, 1), None),) for symbol in EVERYONE}
    expression = "CSRank($close)"
    market = troubled_bars()
    changed(market, "plain")
    for folder, bars in (("one", troubled_bars()), ("two", market)):
        computed.forget()
        work = work_on(write(tmp_path / folder, bars), expression)
        compute_panels(replace(work, peers=Peers(always, {})), store, unheard)
        assert computed.instruments == EVERYONE


def test_of_several_markets_the_one_that_has_most_in_common_counts(
    tmp_path: Path, store: LocalArtifacts, computed: Computed
) -> None:
    other = troubled_bars(seed=1)
    other["plain"] = troubled_bars()["plain"]
    for folder, market in (("one", troubled_bars()), ("other", other)):
        compute_panels(work_on(write(tmp_path / folder, market), MEAN), store, unheard)
    for folder, bars in (("two", troubled_bars()), ("another", other)):
        computed.forget()
        changed(bars, "wild")
        compute_panels(work_on(write(tmp_path / folder, bars), MEAN), store, unheard)
        assert computed.instruments == ["WILD"]


def test_the_last_ones_are_noted(tmp_path: Path, store: LocalArtifacts) -> None:
    noted = []
    for seed in range(MOST_NOTED + 2):
        market = write(tmp_path / str(seed), troubled_bars(seed=seed))
        outcome = compute_panels(work_on(market, MEAN), store, unheard)
        noted.append(outcome.artifacts["values"])
    names = [path.name for path in store.scratch("earlier").glob("*/*")]
    assert sorted(name[:32] for name in names) == sorted(noted[-MOST_NOTED:])


def test_only_what_is_computed_is_compared_with_qlib(
    tmp_path: Path, store: LocalArtifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SHARE_VARIABLE, "1")
    first = write(tmp_path / "one", troubled_bars())
    checked = compute_panels(work_on(first, MEAN), store, unheard).document["shadow"]
    assert checked == {"checked": len(EVERYONE), "different": 0}
    same = write(tmp_path / "same", troubled_bars())
    assert "shadow" not in compute_panels(work_on(same, MEAN), store, unheard).document
    market = troubled_bars()
    changed(market, "plain")
    second = write(tmp_path / "two", market)
    checked = compute_panels(work_on(second, MEAN), store, unheard).document["shadow"]
    assert checked == {"checked": 1, "different": 0}


def test_works_that_are_done_together_take_over_each_what_is_theirs(
    tmp_path: Path, store: LocalArtifacts, computed: Computed
) -> None:
    first = write(tmp_path / "one", troubled_bars())
    compute_panels(work_on(first, MEAN), store, unheard)
    computed.forget()
    market = troubled_bars()
    changed(market, "plain")
    second = write(tmp_path / "two", market)
    works = tuple(work_on(second, text) for text in (MEAN, "CSRank($close)", "$volume"))

    mean, rank, volume = compute_together(PanelsTogether(works), store, unheard).each

    assert isinstance(rank, Exception)
    assert isinstance(mean, Outcome)
    assert isinstance(volume, Outcome)
    assert ["PLAIN"] in computed.symbols
    assert mean.document["panels"] == anew(second, tmp_path, MEAN)


def test_a_disk_that_does_not_take_a_note_is_named(tmp_path: Path, store: LocalArtifacts) -> None:
    store.root.mkdir()
    store.scratch("earlier").write_text("in the way")
    with pytest.raises(StorageError, match="earlier"):
        compute_panels(work_on(write(tmp_path / "one", troubled_bars()), MEAN), store, unheard)


ASKED = """{ factor(name: "momentum") { values { columns { name values } provenance {
    run { events { message } } } } } }"""


@pytest.mark.anyio
async def test_a_factor_asked_of_a_new_snapshot_is_computed_for_who_changed(
    database: Database, tmp_path: Path, computed: Computed
) -> None:
    server = Server(database, tmp_path)
    await server.import_data()
    await server.define()
    before = (await server.data(ASKED))["factor"]["values"]
    computed.forget()
    await server.import_data(changes=[("BBB", "close", DAYS - 1)])

    now = (await server.data(ASKED))["factor"]["values"]

    assert computed.instruments == ["BBB"]
    events = [event["message"] for event in now["provenance"]["run"]["events"]]
    assert any(event.startswith("6 of 7 series, ") for event in events)  # with index and stranger
    earlier, later = (
        {column["name"]: column["values"] for column in values["columns"]}
        for values in (before, now)
    )
    *past, last = later.pop("BBB")
    *kept, old = earlier.pop("BBB")
    assert (past, later) == (kept, earlier)
    assert last + 1 == pytest.approx((old + 1) * 1.002, rel=1e-5)  # as the close was changed
