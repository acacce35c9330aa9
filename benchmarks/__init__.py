"""Measures vmtui from outside, through a pseudo-terminal, beside a bare table and its peers."""
