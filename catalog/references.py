"""What a client wrote to point at an entity, and the entity that it means."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import Literal

from sqlalchemy import Text, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.dialects import among, in_code_order
from catalog.reading import entities_of_kind, fits, versions_named
from catalog.sources import NAME
from domain.errors import AmbiguousNameError, BadInputError, NotFoundError, QatlasError
from domain.ids import NodeId, NodeKind, is_id, parse_id
from domain.names import EntityKind, Reference, parse_reference
from domain.records import AnyEntity, UniverseRecord

Target = EntityKind | Literal["signal"]
"""What a field takes: one kind of entity, or a signal, which is a factor or a model."""

_MAX_NAMES_COMPARED = 1000
_MAX_NAMES_OFFERED = 3
_MAX_TEXTS_WITH_OFFERS = 10

_Meant = tuple[str, Reference]


async def resolve(
    session: AsyncSession, target: Target, text: str, field: str | None = None
) -> AnyEntity:
    """Return the version that a client's reference means.

    Args:
        target: What may be meant.
        text: An id, or `[qualifier/]name[:version]`.
        field: The path of the input, for messages.

    Raises:
        BadInputError: The text is no reference, or one to something else.
        NotFoundError: Nothing fits it.
        AmbiguousNameError: Two things fit it.
    """
    found = (await resolve_all(session, target, [text], field))[text]
    if isinstance(found, QatlasError):
        raise found
    return found


async def resolve_all(
    session: AsyncSession, target: Target, texts: Collection[str], field: str | None = None
) -> dict[str, AnyEntity | QatlasError]:
    """Find what many references mean; the statements do not grow with their number.

    Returns:
        For each text the version, or the error that `resolve` would raise.
    """
    answers: dict[str, AnyEntity | QatlasError] = {}
    ids: dict[str, NodeId] = {}
    names: dict[str, Reference] = {}
    for text in texts:
        try:
            if is_id(text):
                ids[text] = _checked_id(target, text, field)
            else:
                names[text] = _checked_reference(target, text, field)
        except QatlasError as error:
            answers[text] = error
    answers |= await _by_id(session, target, ids, field)
    answers |= await _by_name(session, target, names, field)
    return answers


def _kinds(target: Target) -> tuple[EntityKind, ...]:
    return (EntityKind.FACTOR, EntityKind.MODEL) if target == "signal" else (target,)


def _noun(target: Target) -> str:
    return " or ".join(kind.noun for kind in _kinds(target))


def _checked_id(target: Target, text: str, field: str | None) -> NodeId:
    node = parse_id(text, field)
    if node.kind.entity_kind in _kinds(target):
        return node
    noun = node.kind.value.lower().replace("_", " ")
    raise BadInputError(
        f"{text!r} is the id of a {noun}; give the id or the name of a {_noun(target)}.", field
    )


def _checked_reference(target: Target, text: str, field: str | None) -> Reference:
    reference = parse_reference(text, field)
    takes = _qualifiers(target)
    if reference.qualifier is None or takes is None or reference.qualifier in takes:
        return reference
    right = f"write {' or '.join(f'{qualifier}/' for qualifier in takes)} or nothing"
    raise BadInputError(
        f"{text!r} cannot name a {_noun(target)}: before the name "
        f"{right if takes else 'write nothing'}.",
        field,
    )


def _qualifiers(target: Target) -> tuple[str, ...] | None:
    """What may stand before the name; None where it is a market."""
    if target is EntityKind.UNIVERSE:
        return None
    signals = (EntityKind.FACTOR, EntityKind.MODEL)
    return tuple(kind.noun for kind in _kinds(target) if kind in signals)


async def _by_id(
    session: AsyncSession, target: Target, ids: dict[str, NodeId], field: str | None
) -> dict[str, AnyEntity | QatlasError]:
    found: dict[NodeId, AnyEntity] = {}
    for kind in _kinds(target):
        if rows := [node.row for node in ids.values() if node.kind.entity_kind is kind]:
            entities = await entities_of_kind(session, kind, rows)
            found |= {NodeId(NodeKind(kind.value), row): entities[row] for row in entities}
    return {
        text: found.get(node)
        or NotFoundError(f"There is no {_noun(target)} with the id {text!r}.", field)
        for text, node in ids.items()
    }


async def _by_name(
    session: AsyncSession, target: Target, names: dict[str, Reference], field: str | None
) -> dict[str, AnyEntity | QatlasError]:
    if not names:
        return {}
    named: dict[str, list[AnyEntity]] = {reference.name: [] for reference in names.values()}
    for kind in _kinds(target):
        for name, entities in (await versions_named(session, kind, [*names.values()])).items():
            named[name] += entities
    answers: dict[str, AnyEntity | QatlasError] = {}
    unknown: list[_Meant] = []
    for text, reference in names.items():
        meant = [entity for entity in named[reference.name] if _means(reference, entity)]
        fitting = [entity for entity in meant if fits(entity, reference)]
        if len(fitting) == 1:
            answers[text] = fitting[0]
        elif fitting:
            answers[text] = _ambiguous(target, text, reference, fitting, field)
        elif meant:
            answers[text] = _no_version(text, meant[0], field)
        else:
            unknown.append((text, reference))
    return answers | await _unknown(session, target, unknown, field)


def _means(reference: Reference, entity: AnyEntity) -> bool:
    if reference.qualifier is None:
        return True
    if isinstance(entity, UniverseRecord):
        return entity.market == reference.qualifier
    return entity.kind.noun == reference.qualifier


def _ambiguous(
    target: Target,
    text: str,
    reference: Reference,
    entities: Sequence[AnyEntity],
    field: str | None,
) -> AmbiguousNameError:
    qualifiers = [
        entity.market if isinstance(entity, UniverseRecord) else entity.kind.noun
        for entity in entities
    ]
    ways = [str(Reference(reference.name, reference.version, each)) for each in qualifiers]
    if target is EntityKind.UNIVERSE:
        things = f"is a universe of each of the markets {' and '.join(qualifiers)}"
    else:
        things = f"is the name of a {' and of a '.join(qualifiers)}"
    return AmbiguousNameError(f"{text!r} {things}; write {' or '.join(ways)}.", field)


def _no_version(text: str, entity: AnyEntity, field: str | None) -> NotFoundError:
    last, noun = entity.latest_version, f"{entity.kind.noun} {entity.name!r}"
    if entity.kind in (EntityKind.SNAPSHOT, EntityKind.UNIVERSE):  # of which some may be dropped
        has = f"the newest version of the {noun} is {last}"
    else:
        has = f"the {noun} has {f'versions 1 to {last}' if last > 1 else 'version 1 only'}"
    return NotFoundError(f"There is no {text!r}: {has}.", field)


async def _unknown(
    session: AsyncSession, target: Target, unknown: Sequence[_Meant], field: str | None
) -> dict[str, AnyEntity | QatlasError]:
    if not unknown:
        return {}
    wanted = unknown[:_MAX_TEXTS_WITH_OFFERS]
    offered = await _near(session, target, [reference.name for _, reference in wanted])
    return {
        text: NotFoundError(
            f"There is no {_noun(target)} {text!r}." + offered.get(reference.name, ""),
            field,
        )
        for text, reference in unknown
    }


async def _near(session: AsyncSession, target: Target, names: Sequence[str]) -> dict[str, str]:
    """A sentence for each name that was not found, with those most like it, or some there are.

    Of a large catalogue only the first thousand names are compared, those first that begin with
    the same letter.
    """
    initial = func.lower(func.substr(NAME.c.name, 1, 1), type_=Text())
    alike = case((among(initial, {name[0].lower() for name in names}), 0), else_=1)
    statement = (
        select(NAME.c.scope, NAME.c.name)
        .where(NAME.c.kind.in_([kind.value for kind in _kinds(target)]))
        .where(NAME.c.latest_version > 0, NAME.c.archived_at.is_(None))
        .order_by(alike, in_code_order(NAME.c.name), NAME.c.id)
        .limit(_MAX_NAMES_COMPARED)
    )
    # Compared in one case, since a name in the wrong case is the likeliest mistake.
    known: dict[str, list[str]] = {}
    for scope, name in await session.execute(statement):
        known.setdefault(name.lower(), []).append(f"{scope}/{name}" if scope else name)
    return {name: _offer(name, known) for name in names}


def _offer(name: str, known: dict[str, list[str]]) -> str:
    close = get_close_matches(name.lower(), known, n=_MAX_NAMES_OFFERED)
    offered = [each for lower in close or known for each in known[lower]][:_MAX_NAMES_OFFERED]
    if not offered:
        return " There is none yet."
    return f" {'Near to it' if close else 'There is, for one'}: {', '.join(offered)}."
