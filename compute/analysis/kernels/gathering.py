"""Values of members, taken out of panels."""

from compute.engine.compiled import kernel
from domain.arrays import Array, RowArray


@kernel
def gather(tile: Array, positions: RowArray, out: Array) -> None:
    """Copy the cells of a tile to the rows that they have.

    Args:
        tile: Shape (days, lanes), in single or double precision.
        positions: The row of each cell, -1 for none, same shape.
        out: By row, in single precision.
    """
    for day in range(tile.shape[0]):
        for lane in range(tile.shape[1]):
            if positions[day, lane] >= 0:
                out[positions[day, lane]] = tile[day, lane]
