"""`qatlas factor import`: values of factors that were computed elsewhere come in from a file."""

import argparse
from collections.abc import Mapping

from catalog.artifacts import LocalArtifacts
from domain.errors import BadInputError
from domain.factor_files import FactorFileWork, FactorValues
from domain.work import Outcome
from resolvers.importing_factors import FactorImport, ImportedFactors, import_factors
from server.assembly import LOCAL_ADMIN
from server.commands.catalogue import with_catalogue
from server.home import Home
from server.settings import Settings
from server.tables import table


def import_file(settings: Settings, given: argparse.Namespace) -> None:
    """Import the factors of a file, and print what they cover.

    Raises:
        QatlasError: The file cannot be imported; nothing is kept then.
    """
    wanted = FactorImport(
        path=given.file,
        label=str(given.file),
        market=given.market,
        name=given.name,
        default_name=given.file.name.partition(".")[0],
        skip_unknown=given.skip_unknown,
        factor_set=given.set,
        descriptions=_descriptions(given),
    )
    print(told(imported_here(settings, wanted), wanted))


def imported_here(settings: Settings, wanted: FactorImport) -> ImportedFactors:
    """Import factors in this process.

    Raises:
        QatlasError: The file cannot be imported; nothing is kept then.
    """
    from intake.factor_files import read_factors

    store = LocalArtifacts(Home(settings.home).artifacts)

    async def read(work: FactorFileWork) -> Outcome:
        return read_factors(work, store, None)

    return with_catalogue(
        settings, lambda database: import_factors(database, wanted, read, LOCAL_ADMIN)
    )


def told(imported: ImportedFactors, wanted: FactorImport) -> str:
    """What came of an import, and what can be done with it."""
    parts = [_sentence(imported, wanted), _factors_table(imported), *_remarks(imported)]
    return "\n".join([*parts, _next_step(imported)])


def _descriptions(given: argparse.Namespace) -> Mapping[str, str]:
    if given.description is None:
        return {}
    if given.name is None:
        raise BadInputError("--description says what one factor is; name that one by --name.")
    return {given.name: given.description}


def _sentence(imported: ImportedFactors, wanted: FactorImport) -> str:
    new = sum(one.is_new for one in imported.factors)
    same = len(imported.factors) - new
    kept = f"; {same:,} {'is' if same == 1 else 'are'} there already" if same else ""
    rows = f"{imported.read.rows:,} rows of {wanted.label}"
    return (
        f"Imported {_counted(new, 'factor')} for the market {imported.snapshot.name} from "
        f"{rows}{kept}."
    )


def _factors_table(imported: ImportedFactors) -> str:
    header = ("factor", "version", "", "from", "to", "days", "instruments", "coverage")
    rows = [
        (
            one.record.name,
            str(one.record.version),
            "new" if one.is_new else "there already",
            *_covers(values),
        )
        for one, values in zip(imported.factors, imported.read.factors, strict=True)
    ]
    return table(header, rows)


def _covers(values: FactorValues) -> tuple[str, ...]:
    return (
        str(values.start),
        str(values.end),
        f"{values.days:,}",
        f"{values.instruments:,}",
        f"{values.coverage:.1%}",
    )


def _remarks(imported: ImportedFactors) -> list[str]:
    """What whoever imports should know, in a line each."""
    read, lines = imported.read, []
    if read.unknown:
        more = " and others" if read.unknown > len(read.unknown_examples) else ""
        lines.append(
            f"WARNING: {_counted(read.rows_left_out, 'row')} of "
            f"{_counted(read.unknown, 'instrument')} that the market does not have were left "
            f"out: {', '.join(read.unknown_examples)}{more}."
        )
    infinite = {one.name: one.infinite for one in read.factors if one.infinite}
    for name, count in infinite.items():
        lines.append(
            f"WARNING: {name} has {_counted(count, 'infinite value')}, kept as they are; "
            "evaluations and backtests leave them out, models see them."
        )
    if (factor_set := imported.factor_set) is not None:
        state = "holds them now" if factor_set.is_new else "holds them already"
        lines.append(f"The factor set {factor_set.record.reference} {state}.")
    return lines


def _next_step(imported: ImportedFactors) -> str:
    name = imported.factors[0].record.name
    asked = f'factor(name: "{name}") {{ evaluation {{ rankIc coverage }} }}'
    if imported.factor_set is None:
        more = "--set NAME puts what is imported into a factor set, for models to learn from."
    else:
        more = (
            f'createModel(input: {{ factorSet: "{imported.factor_set.record.name}", … }}) learns.'
        )
    return f"Next: ask {asked}; {more}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
