"""The engine against the demo hypervisor."""
