"""How backtests trade: what is quoted on which day, and what is made of it."""
