"""The business, and nothing of the web."""
