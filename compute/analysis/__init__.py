"""What the numbers say: how well a signal ranks returns, and what a backtest earned at what risk.

On arrays in memory. Panels have shape (days, instruments), sections a row for each day and member;
statistics are float64, NaN where a figure is undefined. The web process reads reports, so those
and what they need are plain numpy; signals are judged in workers, by compiled loops.
"""
