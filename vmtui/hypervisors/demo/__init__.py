"""A fleet in memory: for a look without a hypervisor, for screens' tests, and for scale."""

from vmtui.hypervisors.demo.fleet import FleetSpec, demo_fleet, parse_fleet
from vmtui.hypervisors.demo.host import DemoHost
from vmtui.hypervisors.demo.hypervisor import DemoHypervisor

__all__ = ["DemoHost", "DemoHypervisor", "FleetSpec", "demo_fleet", "parse_fleet"]
