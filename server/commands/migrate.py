"""`qatlas migrate`: bring the database up to date without serving it."""

from catalog.database import Database
from server.commands.catalogue import with_catalogue
from server.database import newest_revision
from server.masking import masked_url
from server.settings import Settings


def migrate(settings: Settings) -> None:
    """Migrate the database and say where it is now."""

    async def nothing_more(_database: Database) -> None:
        return None

    with_catalogue(settings, nothing_more)
    print(f"{masked_url(settings.catalogue_url)} is at revision {newest_revision()}.")
