"""Tags and archival: they belong to a name, and leave its versions as they are."""

from collections.abc import Sequence

from catalog.naming import check_tags, set_archived, set_tags
from catalog.reading import entities_by_ids
from domain.errors import BadInputError, NotFoundError
from domain.ids import NodeId, parse_id
from domain.records import AnyEntity
from resolvers.defining.editing import Editor
from resolvers.defining.faults import Faults


async def tag_entity(
    entity: str, add: Sequence[str], remove: Sequence[str], editor: Editor
) -> AnyEntity:
    """Put tags on the name of an entity, and take others off.

    Args:
        entity: The id of any version.
        add: Tags to put on; one that is there already stays.
        remove: Tags to take off, unless they are among those to put on.
        editor: Who does it.

    Raises:
        InvalidInputError: The id is none of an entity, or a tag breaks the rule.
        NotFoundError: The id names nothing.
    """
    faults = Faults()
    node = faults.attempt(_entity_id, entity)
    added = faults.attempt(check_tags, add, "add")
    node = faults.settle(node)
    async with editor.database.begin() as session:
        found = (await entities_by_ids(session, [node.row])).get(node.row)
        record = _require(found, node)
        await set_tags(session, record.name_id, added or (), remove)
    return record


async def archive_entity(entity: str, archived: bool, editor: Editor) -> AnyEntity:
    """Archive the name of an entity, or take it back into use.

    Raises:
        InvalidInputError: The id is none of an entity.
        NotFoundError: The id names nothing.
    """
    faults = Faults()
    node = faults.settle(faults.attempt(_entity_id, entity))
    async with editor.database.begin() as session:
        found = (await entities_by_ids(session, [node.row])).get(node.row)
        record = _require(found, node)
        await set_archived(session, record.name_id, archived)
        return (await entities_by_ids(session, [record.id]))[record.id]


def _entity_id(text: str) -> NodeId:
    node = parse_id(text, "id")
    if node.kind.entity_kind is None:
        noun = node.kind.value.lower()
        raise BadInputError(
            f"{text!r} is the id of {'an' if noun[0] in 'aeiou' else 'a'} {noun}, which has "
            "neither tags nor an archive; give that of a snapshot, universe, factor, factor set, "
            "model or backtest.",
            "id",
        )
    return node


def _require(found: AnyEntity | None, node: NodeId) -> AnyEntity:
    if found is None or found.kind is not node.kind.entity_kind:
        raise NotFoundError(
            f"There is no {node.kind.value.lower().replace('_', ' ')} with the id '{node}'; use "
            "one that a query returned.",
            "id",
        )
    return found
