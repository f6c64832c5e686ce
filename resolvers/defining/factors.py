"""Factors are defined and edited. One that looks ahead may be: it is flagged."""

from functools import partial

from catalog import defining
from domain.definitions import FactorDefinition, FactorRevision
from domain.expression import check
from domain.names import EntityKind
from domain.records import FactorRecord
from domain.specs import FactorSpec
from resolvers.defining.editing import Editor, check_revision, revise
from resolvers.defining.expressions import factor_spec, require_read
from resolvers.defining.faults import Faults
from resolvers.defining.grounds import check_over


async def create_factor(definition: FactorDefinition, editor: Editor) -> FactorRecord:
    """Write a new factor.

    Raises:
        InvalidInputError: Things are wrong with the input; it tells all of them.
        InvalidExpressionError: Only the expression is wrong.
        NameTakenError: Only the name is, since a factor has it.
        NotFoundError: Only the universe is, since there is none.
    """
    faults = Faults()
    await editor.check_new(EntityKind.FACTOR, definition, faults)
    spec = faults.settle(await _spec(definition.expression, definition.universe, editor, faults))
    write = partial(
        defining.create_factor,
        name=definition.name,
        spec=spec,
        description=definition.description,
        tags=definition.tags,
        author=editor.author,
    )
    return await editor.write(FactorRecord, write)


async def update_factor(revision: FactorRevision, editor: Editor) -> FactorRecord:
    """Write a factor's next version; the one that is there if nothing changes.

    Raises:
        InvalidInputError: Things are wrong with the input; it tells all of them.
        InvalidExpressionError: Only the expression is wrong.
        NotFoundError: No factor has the name, or only the universe is wrong.
        ConflictError: The latest version is not the one that was expected.
    """

    async def rewrite(latest: FactorRecord) -> FactorRecord:
        faults = Faults()
        check_revision(revision, faults)
        spec: FactorSpec | None = latest.spec
        if revision.expression is not None and latest.spec.imported is not None:
            faults.add(
                f"The factor {latest.name} was imported, so it has values and no expression; "
                "import its next version, or create another factor of the expression.",
                "input.expression",
            )
        elif revision.expression is not None:
            spec = await _spec(revision.expression, revision.universe, editor, faults)
        write = partial(
            defining.update_factor,
            name=latest.name,
            spec=faults.settle(spec),
            description=revision.description,
            expected_version=latest.version,
            author=editor.author,
        )
        return await editor.write(FactorRecord, write)

    return await revise(EntityKind.FACTOR, revision, editor, rewrite)


async def _spec(
    text: str, universe: str | None, editor: Editor, faults: Faults
) -> FactorSpec | None:
    checked = await faults.look_up(check_over(text, universe, editor.desk))
    expression = faults.attempt(require_read, checked or check(text), "input.expression")
    return factor_spec(expression) if expression else None
