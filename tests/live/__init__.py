"""The whole program on real libvirt: faults, odd input and every verb, as a person meets them."""
