"""Arguments and wiring: the only floor that knows all the others."""
