"""Arguments that many fields share, described once."""

from datetime import date
from typing import Annotated

import strawberry

from schema.enums import Downsampling
from schema.scalars import EntityRef

SnapshotArgument = Annotated[
    EntityRef | None,
    strawberry.argument(description="Which data; the market's newest if left out."),
]
UniverseArgument = Annotated[
    EntityRef | None,
    strawberry.argument(description="Over which members; the default universe if left out."),
]
StartArgument = Annotated[
    date | None, strawberry.argument(description="The first day; the snapshot's if left out.")
]
EndArgument = Annotated[
    date | None, strawberry.argument(description="The last day; the snapshot's if left out.")
]
InstrumentsArgument = Annotated[
    list[str] | None,
    strawberry.argument(description="Only these symbols; all members if left out."),
]
MaxPointsArgument = Annotated[
    int | None,
    strawberry.argument(description="The most rows, at least 4; all if left out."),
]
MethodArgument = Annotated[Downsampling, strawberry.argument(description="How rows are picked.")]
HorizonArgument = Annotated[
    int, strawberry.argument(description="Trading days that a return spans, 1 to 1,000.")
]
QuantilesArgument = Annotated[
    int, strawberry.argument(description="Groups that names are sorted into, 1 to 100.")
]
ExtendArgument = Annotated[
    bool,
    strawberry.argument(
        description=(
            "Whether to go on past the test segment, as far as the snapshot goes, by the kept "
            "training on this or the newest older snapshot."
        )
    ),
]
