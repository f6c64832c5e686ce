"""What is refused before any GraphQL is looked at, told in the shape of a GraphQL answer."""

from collections.abc import Mapping

import orjson
from starlette.responses import Response

from server.negotiation import JSON


class RefusedError(Exception):
    """An answer other than the one that was asked for.

    Args:
        status: The HTTP status.
        code: The same in words, for `extensions.code`.
        message: A full sentence that says what would be right.
        headers: Headers that go with the status, such as `Allow`.
    """

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers

    def response(self, media_type: str = JSON) -> Response:
        """The answer over HTTP."""
        error = {"message": self.message, "extensions": {"code": self.code}}
        content = orjson.dumps({"errors": [error]})
        content_type = f"{media_type}; charset=utf-8"
        return Response(content, self.status, self.headers, content_type)
