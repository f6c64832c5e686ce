"""`qatlas serve`: serve what is catalogued."""

from server.database import migrated
from server.serving import serve as serve_until_ended
from server.settings import Settings


def serve(settings: Settings) -> None:
    """Migrate the database and serve it in the foreground."""

    async def migrate() -> None:
        await (await migrated(settings.catalogue_url)).close()

    serve_until_ended(settings, migrate, say_where)


async def say_where(address: str) -> None:
    """Tell people where to go."""
    print(f"Open {address}/graphql in a browser. Ctrl-C ends the server.", flush=True)
