"""The demo fleet."""
