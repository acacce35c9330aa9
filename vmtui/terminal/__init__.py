"""The terminal emulator: console bytes become screen cells, keys become bytes.

Law of the floor: nothing here knows Textual, Rich or libvirt, and nothing that a guest prints
leaves it except as cells. `host.EngineHost` runs the native engine in processes of its own.
"""
