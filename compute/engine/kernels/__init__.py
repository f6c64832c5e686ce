"""Compiled loops over tiles: one family of operators per module.

A tile is float64, C-contiguous, of shape (rows, lanes): a row is a calendar day, a lane is an
instrument. Lanes never mix. The inner loop runs over lanes, so that the compiler makes vectors of
them, and whatever a running window carries from one row to the next is an array of lanes.

NaN stands where an instrument has no value. Rows before an instrument's first are NaN too, which
changes no result but those that count positions: their kernels are told where each lane starts.
What is left in rows after an instrument's last is for the caller to blank.

The operations, and their order, are those of pandas 3.1.1, NumPy or Qlib 0.9.7, since another
order has other bits.
"""
