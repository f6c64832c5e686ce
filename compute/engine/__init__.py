"""The factor engine: expressions over panels, with the bits that Qlib's own evaluation has."""
