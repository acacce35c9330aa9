"""What keeps the Inventory true and carries Plans out: asyncio, with no screen and no libvirt."""
