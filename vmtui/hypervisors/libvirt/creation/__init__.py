"""Making guests: what a host offers, their volumes, their definition."""
