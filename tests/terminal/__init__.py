"""Tests of vmtui.terminal."""
