"""A person's own user-data: what it is, and how it goes together with ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CLOUD_CONFIG = "#cloud-config"
_SIZE_MOST = 16_384 * 16
_PARTS = {
    "#!": "text/x-shellscript",
    "#include": "text/x-include-url",
    "#cloud-boothook": "text/cloud-boothook",
    "#part-handler": "text/part-handler",
    "## template: jinja": "text/jinja2",
}
"""What can stand beside ours, by its first characters, and its type in a multipart message."""
_ARCHIVES = ("Content-Type: multipart", "MIME-Version:", "#cloud-config-archive")
# What our own part needs must not be thrown away by the person's.
_LISTS = ("users", "packages", "runcmd", "bootcmd", "ssh_authorized_keys", "write_files")


def why_not(text: str) -> str | None:
    """None where cloud-init can be given it, else one sentence that says why not."""
    if len(text.encode()) > _SIZE_MOST:
        return f"User-data is at most {_SIZE_MOST // 1024} KiB."
    if text.startswith(CLOUD_CONFIG) and not text.startswith("#cloud-config-archive"):
        return _why_not_config(text)
    if text.startswith(_ARCHIVES):
        return (
            "A multipart message cannot be joined with the rest: give its parts as one file each."
        )
    if type_of(text) is None:
        return "User-data begins with #cloud-config, or with #! as a script does."
    return None


def type_of(text: str) -> str | None:
    """The type under which it stands beside ours; None for what cannot, or is a cloud-config."""
    return next((kind for start, kind in _PARTS.items() if text.startswith(start)), None)


def parse(text: str) -> dict[str, Any]:
    """A cloud-config as values. Raises ValueError with the line where it is no such thing."""
    import yaml

    try:
        loaded = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark is not None else ""
        problem = getattr(error, "problem", None) or str(error)
        raise ValueError(f"{line}{problem}") from None
    if loaded is None:
        return {}
    if not isinstance(loaded, dict) or not all(isinstance(key, str) for key in loaded):
        raise ValueError("a cloud-config is a list of names, each with a colon and a value")
    return loaded


def merge(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Both in one: lists are joined, ours first; of all else the person's word holds."""
    made = dict(ours)
    for key, value in theirs.items():
        mine = made.get(key)
        if isinstance(mine, list) and isinstance(value, list) and key in _LISTS:
            made[key] = [*mine, *(item for item in value if item not in mine)]
        elif isinstance(mine, dict) and isinstance(value, dict):
            made[key] = merge(mine, value)
        else:
            made[key] = value
    return made


def dump(config: Mapping[str, Any]) -> str:
    """A cloud-config as text."""
    import yaml

    body = yaml.safe_dump(
        dict(config), sort_keys=False, default_flow_style=False, allow_unicode=True, width=1000
    )
    return f"{CLOUD_CONFIG}\n{body}"


def beside(ours: str, theirs: str, kind: str) -> str:
    """A multipart message of our cloud-config and the person's part."""
    from email.mime.multipart import MIMEMultipart
    from email.mime.text import MIMEText

    # The boundary is said: a random one would make two previews of one plan differ.
    message = MIMEMultipart("mixed", boundary="==vmtui=part==")
    for text, subtype in ((ours, "cloud-config"), (theirs, kind.partition("/")[2])):
        message.attach(MIMEText(text, subtype, "utf-8"))
    return message.as_string()


def _why_not_config(text: str) -> str | None:
    try:
        parse(text)
    except ValueError as error:
        return f"This is no YAML that cloud-init could read: {error}."
    return None
