"""Other people's files: read, judged, and made into a market that Qlib can use."""
