"""The facts of the field as frozen values: guests, hosts, devices, storage, readings."""
