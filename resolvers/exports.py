"""From an address to what is in its file. Nothing is computed: only what is kept goes out."""

import re
from dataclasses import dataclass

from compute.versions import writer
from domain.downloads import Download
from domain.exports import ExportFormat
from domain.keys import content_key
from resolvers.desk import Desk
from resolvers.export_contents import Content, content_of

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Export:
    """A file that can go out.

    Attributes:
        content: What is in it.
        format: How it is written.
        digest: Names its bytes: equal for equal content, format and writer only.
    """

    content: Content
    format: ExportFormat
    digest: str

    @property
    def file_name(self) -> str:
        """What a browser saves it as, in plain letters."""
        return f"{_UNSAFE.sub('_', self.content.name)}.{self.format.value}"


async def export_of(download: Download, format_: ExportFormat, desk: Desk) -> Export:
    """What is fetched at an address.

    Raises:
        NotFoundError: Nothing is kept under its key, or a reference points at nothing.
        BadInputError: A part of it does not fit what is kept.
    """
    content = await content_of(download, desk)
    source = content.meaning or content.source
    meaning = [source, content.about, content.notes, format_, writer()]
    return Export(content, format_, content_key("export", meaning))
