"""
Check that a wheel installs with pip alone, without a compiler, on each platform it is meant for.

    python .ci/check_platforms.py dist/gazelled-*.whl            # 90 s of a processor
    python .ci/check_platforms.py dist/gazelled-*.whl --quick    # the oldest and the newest Python

What the wheel requires is resolved here, and each of it must be there as a wheel of each platform
and Python. What has no wheels everywhere, but is built without a compiler, is built without one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence

PLATFORMS = {
    "Debian, ARM with 64 bits": ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64"),
    "Debian, ARM with 32 bits": ("manylinux_2_31_armv7l", "manylinux_2_17_armv7l"),
    "Alpine": ("musllinux_1_2_x86_64", "musllinux_1_1_x86_64"),
    "Alpine, ARM with 64 bits": ("musllinux_1_2_aarch64", "musllinux_1_1_aarch64"),
    "Alpine, ARM with 32 bits": ("musllinux_1_2_armv7l", "musllinux_1_1_armv7l"),
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
BUILT_WITHOUT_COMPILER = {"pyyaml"}
"""Its source is Python where there is no compiler, only slower."""


def pip(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run pip."""
    return subprocess.run(  # noqa: S603 - the arguments are written here
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **environ},
    )


def required(wheel: str) -> list[str]:
    """Return what a wheel requires, with the versions that pip chooses."""
    report = pip("install", "--dry-run", "--quiet", "--ignore-installed", "--report=-", wheel)
    report.check_returncode()
    packages = [one["metadata"] for one in json.loads(report.stdout)["install"]]
    return [f"{one['name']}=={one['version']}" for one in packages if one["name"] != "gazelled"]


def name_of(requirement: str) -> str:
    """Return the name of a package that has a version behind it."""
    return requirement.partition("==")[0].lower()


def missing(requirements: Sequence[str], platforms: Sequence[str], python: str) -> list[str]:
    """Return what has no wheel."""
    options = [
        "--dry-run",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        f"--python-version={python}",
    ]
    options += [f"--platform={platform}" for platform in platforms]
    with tempfile.TemporaryDirectory() as folder:
        install = ["install", "--target", folder, *options]
        if pip(*install, *requirements).returncode == 0:
            return []
        return [one for one in requirements if pip(*install, one).returncode]


def main(wheel: str, *options: str) -> int:
    """Check all platforms; return the exit code."""
    requirements = required(wheel)
    built = [one for one in requirements if name_of(one) in BUILT_WITHOUT_COMPILER]
    wheels = [one for one in requirements if one not in built]
    failed = False
    for where, platforms in PLATFORMS.items():
        for python in (PYTHONS[0], PYTHONS[-1]) if "--quick" in options else PYTHONS:
            lacking = missing(wheels, platforms, python)
            failed |= bool(lacking)
            print(f"{where}, Python {python}: {', '.join(lacking) or f'{len(wheels)} wheels'}")
    with tempfile.TemporaryDirectory() as folder:
        for one in built:
            options = ["--quiet", "--no-deps", "--no-cache-dir", "--wheel-dir", folder]
            options += ["--no-binary", name_of(one)]
            code = pip("wheel", *options, one, CC="false", CXX="false").returncode
            failed |= code != 0
            print(f"{one}: {'fails' if code else 'built'} without a compiler")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
