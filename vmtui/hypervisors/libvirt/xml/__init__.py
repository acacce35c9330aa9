"""libvirt's XML: reading, writing and editing it as a tree."""
