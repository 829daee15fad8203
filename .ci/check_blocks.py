"""
Type-checks the Python blocks of the documents with mypy, as strictly as the code, and pyright.

    python .ci/check_blocks.py [--cache-dir FOLDER]    # mypy's

The programs that they make stand in tests/document_blocks.py; lines are those of the documents.
pyright checks what stands in tests/typing of plugins, too, as mypy does with the source.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
TYPED = [ROOT / "tests" / "typing" / name for name in ("plugin_hooks.py", "public_api.py")]
"""What plugins write, of which mypy has its say with the source."""
sys.path.insert(0, str(ROOT))

from tests.document_blocks import library_programs, other_programs  # noqa: E402 - needs the path


def main() -> int:
    """Print what the type checkers find; return 1 if they find anything."""
    with tempfile.TemporaryDirectory() as folder:
        files: list[str] = []
        for program in (*library_programs(), *other_programs()):
            path = Path(folder, f"{program.name}.py")
            path.write_text(program.code, "utf-8")
            files.append(str(path))
        settings = Path(folder, "pyrightconfig.json")
        settings.write_text(json.dumps({"include": ["."], "typeCheckingMode": "standard"}))
        for path in TYPED:
            shutil.copy(path, folder)
        print(f"{len(files)} blocks")
        checks = (
            [sys.executable, "-m", "mypy", *sys.argv[1:], *files],
            [sys.executable, "-m", "pyright", "-p", folder, "--pythonpath", sys.executable],
        )
        codes = [subprocess.run(check, cwd=ROOT, check=False).returncode for check in checks]  # noqa: S603 - the two of this environment
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
