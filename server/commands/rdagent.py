"""`qatlas rdagent …`: factors come from RD-Agent, and go back to it."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from catalog.artifacts import LocalArtifacts
from catalog.database import Database
from domain.errors import BadInputError
from domain.records import FactorSetRecord
from resolvers.desk import Desk
from resolvers.facts import Facts
from resolvers.hypotheses import read_hypotheses
from resolvers.importing_factors import FactorImport
from resolvers.rdagent_exports import export_factor_set
from server.commands.catalogue import with_catalogue
from server.commands.factor_import import imported_here, told
from server.home import Home
from server.settings import Settings

COMBINED = "combined_factors_df.parquet"
HYPOTHESES = "hypotheses.json"


def import_combined(settings: Settings, given: argparse.Namespace) -> None:
    """Import RD-Agent's combined factors with what it thought of them, and a set of them.

    Raises:
        QatlasError: They cannot be imported; nothing is kept then.
    """
    file = find_combined(given.directory)
    hypotheses = _hypotheses(given.hypotheses, file)
    wanted = FactorImport(
        path=file,
        label=str(file),
        market=given.market,
        skip_unknown=given.skip_unknown,
        factor_set=given.set,
        descriptions=hypotheses,
    )
    imported = imported_here(settings, wanted)
    print(told(imported, wanted))
    names = {one.record.name for one in imported.factors}
    if strange := sorted(hypotheses.keys() - names):
        print(f"WARNING: hypotheses of factors that the file does not have: {', '.join(strange)}.")
    if bare := imported.undescribed:
        print(f"Without a hypothesis: {', '.join(bare)}.")


def export_set(settings: Settings, reference: str, file: Path, universe: str | None) -> None:
    """Write a factor set as RD-Agent reads it.

    Raises:
        QatlasError: It cannot be written; a file that is there stays as it is.
    """
    if not file.absolute().parent.is_dir():
        raise BadInputError(f"The folder {file.parent} is not there; make it first.")
    from schema.lookups import CatalogLookups

    store = LocalArtifacts(Home(settings.home).artifacts)

    async def export(database: Database) -> tuple[FactorSetRecord, int, int]:
        desk = Desk(Facts(), CatalogLookups(database))
        return await export_factor_set(store, desk, reference, file, universe)

    factor_set, rows, columns = with_catalogue(settings, export)
    print(f"Wrote {columns:,} factors of {factor_set.reference} to {file}, {rows:,} rows.")


def find_combined(directory: Path) -> Path:
    """The one file of combined factors in a directory, or below it.

    Raises:
        BadInputError: There is none, or more than one.
    """
    if (there := directory / COMBINED).is_file():
        return there
    below = sorted(directory.rglob(COMBINED)) if directory.is_dir() else []
    if len(below) == 1:
        return below[0]
    if below:
        shown = ", ".join(str(one.parent) for one in below[:3])
        raise BadInputError(
            f"{len(below)} folders below {directory} have a {COMBINED}, such as {shown}; name one."
        )
    raise BadInputError(
        f"There is no {COMBINED} in {directory} or below it; name the folder that has it, or "
        "import a file of another name by `qatlas factor import FILE --set NAME`."
    )


def _hypotheses(given: Path | None, file: Path) -> Mapping[str, str]:
    beside = file.with_name(HYPOTHESES)
    if given is None and not beside.is_file():
        return {}
    return read_hypotheses(given or beside)
