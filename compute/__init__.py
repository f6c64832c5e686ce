"""How much: the executor, Qlib in worker processes, training, backtesting and analysis."""
