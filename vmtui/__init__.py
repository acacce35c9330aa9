"""vmtui: a terminal console manager for virtual machines."""

__version__ = "0.1.0"
