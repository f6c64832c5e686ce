"""When: one use case per function, looked up first, else computed and kept."""
