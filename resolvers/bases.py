"""What a fine-tuned model goes on from."""

from domain.records import ModelRecord
from resolvers.lookups import Lookups


async def bases_of(model: ModelRecord, lookups: Lookups) -> list[ModelRecord]:
    """The model that a model continues, the one which that continues, and so on; or none."""
    found: list[ModelRecord] = []
    derived_from_id = model.spec.derived_from_id
    while derived_from_id is not None:
        base = await lookups.entity(derived_from_id)
        assert isinstance(base, ModelRecord)
        found.append(base)
        derived_from_id = base.spec.derived_from_id
    return found
