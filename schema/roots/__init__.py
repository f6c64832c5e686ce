"""The roots of queries: data, research, and tools."""
