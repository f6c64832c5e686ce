"""Finding things by id."""

from catalog import markets, runs
from domain.errors import NotFoundError
from domain.ids import NodeKind, parse_id
from schema.context import Info
from schema.entities import Node, entity_of
from schema.instruments import Instrument
from schema.markets import Market
from schema.runs import Run


async def node_of(id_: str, info: Info) -> Node:
    """What an id names.

    Raises:
        BadInputError: It is not an id of ours.
        NotFoundError: It names nothing, or nothing any more.
    """
    found = parse_id(id_, "id")
    loaders = info.context.loaders
    if found.kind is NodeKind.RUN:
        run = await loaders.load(runs.runs_by_ids, found.row)
        if run is not None:
            return Run.of(run)
    elif found.kind is NodeKind.MARKET:
        market = await loaders.load(markets.markets_by_ids, found.row)
        if market is not None:
            return Market.of(market)
    elif found.kind is NodeKind.INSTRUMENT:
        instrument = await loaders.load(markets.instruments_by_ids, found.row)
        if instrument is not None:
            return Instrument.of(instrument)
    else:
        entity = await loaders.entity(found.row)
        if entity.kind is found.kind.entity_kind:
            return entity_of(entity)  # type: ignore[no-any-return]
    raise NotFoundError(f"The id {id_!r} names nothing in this catalogue.", "id")
