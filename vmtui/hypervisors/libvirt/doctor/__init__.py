"""The hardware check: whether a host can run guests well, why not, and how to mend it."""
