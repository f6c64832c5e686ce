"""Factor sets are defined and edited: factors in an order, none twice, none that looks ahead."""

from collections.abc import Sequence
from functools import partial
from typing import cast

from catalog import defining
from catalog.references import resolve_all
from domain.definitions import FactorSetDefinition, FactorSetRevision
from domain.errors import QatlasError
from domain.names import EntityKind
from domain.records import FactorRecord, FactorSetRecord
from resolvers.defining.editing import Editor, check_revision, revise
from resolvers.defining.faults import Faults

MAX_FACTORS = 2000
_FIELD = "input.factors"


async def create_factor_set(definition: FactorSetDefinition, editor: Editor) -> FactorSetRecord:
    """Write a new factor set.

    Raises:
        InvalidInputError: Things are wrong with the input; it tells all of them.
        NameTakenError: Only the name is wrong, since a factor set has it.
        NotFoundError: Only one factor is wrong, since there is none.
    """
    faults = Faults()
    await editor.check_new(EntityKind.FACTOR_SET, definition, faults)
    factors = faults.settle(await _factor_rows(definition.factors, editor, faults))
    write = partial(
        defining.create_factor_set,
        name=definition.name,
        factor_ids=factors,
        description=definition.description,
        tags=definition.tags,
        author=editor.author,
    )
    return await editor.write(FactorSetRecord, write)


async def update_factor_set(revision: FactorSetRevision, editor: Editor) -> FactorSetRecord:
    """Write a factor set's next version; the one that is there if nothing changes.

    Raises:
        InvalidInputError: Things are wrong with the input; it tells all of them.
        NotFoundError: No factor set has the name, or only one factor is wrong.
        ConflictError: The latest version is not the one that was expected.
    """

    async def rewrite(latest: FactorSetRecord) -> FactorSetRecord:
        faults = Faults()
        check_revision(revision, faults)
        if revision.factors is None:
            members = await editor.lookups.factors_of_set(latest.id)
            rows: list[int] | None = [member.id for member in members]
        else:
            rows = await _factor_rows(revision.factors, editor, faults)
        write = partial(
            defining.update_factor_set,
            name=latest.name,
            factor_ids=faults.settle(rows),
            description=revision.description,
            expected_version=latest.version,
            author=editor.author,
        )
        return await editor.write(FactorSetRecord, write)

    return await revise(EntityKind.FACTOR_SET, revision, editor, rewrite)


async def _factor_rows(texts: Sequence[str], editor: Editor, faults: Faults) -> list[int] | None:
    if not 1 <= len(texts) <= MAX_FACTORS:
        faults.add(
            f"A factor set holds 1 to {MAX_FACTORS:,} factors, and {len(texts):,} are named; "
            "name those that it is to hold.",
            _FIELD,
        )
        return None
    async with editor.database.read() as session:
        found = await resolve_all(session, EntityKind.FACTOR, set(texts))
    factors: dict[int, FactorRecord] = {}
    for place, text in enumerate(texts):
        meant = found[text]
        if isinstance(meant, QatlasError):
            faults.append(type(meant)(meant.message, f"{_FIELD}[{place}]"))
        else:
            factors[place] = cast(FactorRecord, meant)
    _check_factors(factors, faults)
    return [factor.id for factor in factors.values()]


def _check_factors(factors: dict[int, FactorRecord], faults: Faults) -> None:
    first_places: dict[int, int] = {}
    for place, factor in factors.items():
        field = f"{_FIELD}[{place}]"
        first = first_places.setdefault(factor.name_id, place)
        if first != place:
            faults.add(
                f"The factor {factor.name} stands at {_FIELD}[{first}] already; name each factor "
                "once, and one version of it.",
                field,
            )
        if factor.spec.looks_ahead:
            faults.add(
                f"The factor {factor.name}:{factor.version} looks ahead: it reads days after its "
                "own, so a model would learn from the future; leave it out.",
                field,
            )
