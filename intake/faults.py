"""What is wrong with a file that somebody gave, told with file, row and column."""

from domain.errors import CommandError


class ImportFileError(CommandError):
    """A file cannot be imported as it is; nothing of the import is kept.

    Args:
        file: The file, as it was found.
        fault: What is wrong and what would be right, to stand behind the file's name.
        row: The row as a spreadsheet counts, so that the header is row 1.
        column: The column's name in the file.
    """

    code = "IMPORT_FILE"

    def __init__(
        self, file: str, fault: str, row: int | None = None, column: str | None = None
    ) -> None:
        place = file
        if row is not None:
            place += f", row {row:,}"
        if column is not None:
            place += f", column {column}"
        separator = " " if row is None and column is None else ": "
        super().__init__(f"{place}{separator}{fault.rstrip('.')}.")
        self.args = (file, fault, row, column)  # so that it travels between processes
