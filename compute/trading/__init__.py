"""Trades on signals: the quotes of an exchange, Qlib's TopkDropout in loops of our own, and Qlib's.

Kernels here use those of the engine and of this package only.
"""
