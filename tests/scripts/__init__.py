"""Tests of run, test, .ci/run and the scripts that they share."""
