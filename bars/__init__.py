"""Qlib data directories on disk: read, judged, fingerprinted and written, without Qlib."""
