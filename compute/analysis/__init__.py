"""What the numbers say: how well a signal ranks returns, and what a backtest earned at what risk.

Plain numpy on arrays in memory. Shapes are (days, instruments), statistics float64, NaN where a
figure is undefined.
"""
