"""The sample bank as an instrument: how near it is to real cards, and what its truth says of our models."""
