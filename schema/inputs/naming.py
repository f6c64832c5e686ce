"""What every definition and every edit says of itself."""

import strawberry


@strawberry.input
class Definition:
    """A new name."""

    name: str = strawberry.field(
        description=(
            "Begins with a letter and goes on with at most 99 letters, digits, dots, dashes or "
            "underscores."
        )
    )
    description: str | None = strawberry.field(default=None, description="What it is, for people.")
    tags: list[str] | None = strawberry.field(
        default=None, description="Labels of the name, for finding it."
    )


@strawberry.input
class Revision:
    """An edit of what has a name."""

    name: str = strawberry.field(description="The name of what is edited.")
    expected_version: int | None = strawberry.field(
        default=None,
        description=(
            "The version that the edit was made from; if another is the latest, it is a Conflict."
        ),
    )
    description: str | None = strawberry.field(
        default=None, description="What it is, for people; stays as it is if left out."
    )
