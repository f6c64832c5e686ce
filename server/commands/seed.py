"""`qatlas seed`: the factor sets, models and backtests that everybody starts with."""

from resolvers.seeding import seed as plant
from server.assembly import LOCAL_ADMIN
from server.commands.catalogue import with_catalogue
from server.settings import Settings


def seed(settings: Settings) -> None:
    """Put the seeds into the catalogue; what is there already stays as it is."""
    print(with_catalogue(settings, lambda database: plant(database, LOCAL_ADMIN)))
