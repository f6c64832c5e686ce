"""The built page and its assets, as a browser gets them."""

from pathlib import Path

from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

BUILT = Path(__file__).parents[1] / "web" / "dist"
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
    "img-src 'self' data:; font-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
)
_A_YEAR = "public, max-age=31536000, immutable"


def page(built: Path = BUILT) -> Response:
    """GraphiQL, or a sentence that says how to build it."""
    index = built / "index.html"
    if not index.is_file():
        return PlainTextResponse("The page has not been built; run `make setup`.\n", 503)
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
    return FileResponse(index, headers=headers, media_type="text/html")


class Assets(StaticFiles):
    """Files whose names change with their content, so that browsers may keep them."""

    def __init__(self, built: Path = BUILT) -> None:
        super().__init__(directory=built / "assets", check_dir=False)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve one file."""
        response = await super().get_response(path, scope)
        if response.status_code in (200, 206, 304):
            response.headers["Cache-Control"] = _A_YEAR
        return response
