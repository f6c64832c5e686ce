"""What fast means here, measured: `python -m benchmarks [NAME …]`."""
