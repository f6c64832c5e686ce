"""`qatlas universe …`: which universe questions are about when they name none."""

from catalog.database import Database
from catalog.defaults import set_default_universe
from domain.errors import BadInputError
from domain.names import parse_reference
from server.commands.catalogue import with_catalogue
from server.settings import Settings


def choose_default(settings: Settings, universe: str) -> None:
    """Make a universe the default one.

    Raises:
        BadInputError: The text is not of the form market/name.
        NotFoundError: There is no such universe.
    """
    reference = parse_reference(universe)
    if reference.qualifier is None or reference.version is not None:
        raise BadInputError(f"{universe!r} does not say which universe; write market/name.")
    market, name = reference.qualifier, reference.name

    async def choose(database: Database) -> None:
        async with database.begin() as session:
            await set_default_universe(session, market, name)

    with_catalogue(settings, choose)
    print(f"{market}/{name} is the default universe now.")
