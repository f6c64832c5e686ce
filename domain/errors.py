"""What can go wrong, each with a code that clients can rely on and a sentence for people."""


class QatlasError(Exception):
    """A refusal or failure that is told to the client as it is.

    Args:
        message: A full sentence that names the input and says what would be right.
        field: The path of the input at fault, such as `input.segments.test.end`; None where
            there is no single one.
    """

    code: str = "QATLAS"

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message, field)  # all of them, so that it travels between processes
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return self.message


class CommandError(QatlasError):
    """A command cannot do what it is told; no answer to a client carries it."""

    code = "COMMAND"


class BadInputError(QatlasError):
    """An argument is outside what the field takes."""

    code = "BAD_INPUT"


class NotFoundError(QatlasError):
    """A reference names nothing in the catalogue."""

    code = "NOT_FOUND"


class AmbiguousNameError(QatlasError):
    """A reference fits two things."""

    code = "AMBIGUOUS_NAME"


class NameTakenError(QatlasError):
    """A name is in use already; names of archived entities stay taken.

    Args:
        entity_id: Row id of the latest version of what has the name.
    """

    code = "NAME_TAKEN"

    def __init__(self, message: str, entity_id: int, field: str | None = None) -> None:
        super().__init__(message, field)
        self.entity_id = entity_id


class ConflictError(QatlasError):
    """The state of the catalogue is not the one that the request expected."""

    code = "CONFLICT"


class ComputingError(QatlasError):
    """The answer was not there when the wait ran out; the run goes on."""

    code = "COMPUTING"

    def __init__(self, message: str, run_id: int) -> None:
        super().__init__(message)
        self.run_id = run_id


class NotComputedError(QatlasError):
    """Only a kept answer was asked for and there is none."""

    code = "NOT_COMPUTED"


class TooManyComputationsError(QatlasError):
    """One operation asked for more computations than it may start."""

    code = "TOO_MANY_COMPUTATIONS"


class ComputationFailedError(QatlasError):
    """The run that should have answered ended in failure.

    Args:
        message: What the run says of it.
        run_id: The run.
        failure: The code that the run says, where it knows a better one.
    """

    code = "COMPUTATION_FAILED"

    def __init__(self, message: str, run_id: int, failure: str | None = None) -> None:
        super().__init__(message)
        self.run_id = run_id
        if failure is not None:
            self.code = failure


class FactorRefusedError(QatlasError):
    """A factor could not be judged, while others beside it were.

    Args:
        message: Why.
        failure: The code that it would have ended with alone, where it is known.
    """

    code = "COMPUTATION_FAILED"

    def __init__(self, message: str, failure: str | None = None) -> None:
        super().__init__(message)
        if failure is not None:
            self.code = failure


class LegFailedError(QatlasError):
    """A leg of a rolling model could not be trained.

    Args:
        message: Which leg, and why.
        failure: The code that the leg's own training ended with.
        field: The path of the input at fault, if there is one.
    """

    code = "COMPUTATION_FAILED"

    def __init__(self, message: str, failure: str, field: str | None = None) -> None:
        super().__init__(message, field)
        self.code = failure


class TooLargeError(QatlasError):
    """The answer has more numbers than fit inline."""

    code = "TOO_LARGE"


class DataDirectoryError(QatlasError):
    """A market's directory is missing, broken, or not what was registered."""

    code = "DATA_DIRECTORY"


class EmptyDataError(QatlasError):
    """What was asked for has no data where it would be needed."""

    code = "NO_DATA"


class EngineDiffersError(QatlasError):
    """A value of the factor engine is not what Qlib computes, and that was to be an error."""

    code = "ENGINE_DIFFERS"


class WorkerLostError(QatlasError):
    """The process that computed died, more often than it was tried again."""

    code = "WORKER_LOST"


class SnapshotChangedError(DataDirectoryError):
    """The files of a registered snapshot are no longer those that were registered."""

    code = "SNAPSHOT_CHANGED"


class ArtifactMissingError(QatlasError):
    """A kept result's file is gone."""

    code = "ARTIFACT_MISSING"


class ArtifactDamagedError(QatlasError):
    """A kept result's file is not what was kept."""

    code = "ARTIFACT_DAMAGED"


class StorageError(QatlasError):
    """The disk is full or fails, so that what was computed could not be kept."""

    code = "STORAGE"


class KindUnavailableError(QatlasError):
    """A kind of model cannot be trained here, since its library is not installed."""

    code = "KIND_UNAVAILABLE"


class ImportedValuesLostError(ArtifactMissingError):
    """The values of an imported factor are gone or damaged, and nobody can compute them again.

    Args:
        factor: Its name.
        reason: What happened to them, as a clause.
    """

    code = "IMPORTED_VALUES_LOST"

    def __init__(self, factor: str, reason: str) -> None:
        super().__init__(
            f"The values of the imported factor {factor} are lost: {reason.rstrip('.')}. Import "
            "the same file again, and they are back."
        )
        self.args = (factor, reason)  # so that it travels between processes
