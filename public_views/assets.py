"""Style sheets, scripts and fonts: their address holds a digest of them all, so browsers may keep them for good."""

import hashlib
from pathlib import Path

FOR_GOOD = 365 * 86400


def address(folder: Path) -> str:
    """`/static/<digest>`: another one as soon as any of the files is another one."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return f"/static/{digest.hexdigest()[:12]}"
