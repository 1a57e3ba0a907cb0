"""Values that are passed on cannot be changed on the way: dataclasses and settings are frozen."""

import re

import pytest

from repro.engine.paths import ROOT

# What `invoke why` prints is put together line by line.
NOT_FROZEN = {"src/superficial/reporting/why.py"}
FILES = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "src").rglob("*.py"))]


@pytest.mark.parametrize("folder", sorted({file.rpartition("/")[0] for file in FILES}))
def test_dataclasses_and_settings_are_frozen(folder):
    for file in FILES:
        if file.rpartition("/")[0] == folder and file not in NOT_FROZEN:
            found = re.findall(
                r"^@dataclass.*|ConfigDict\(extra.*", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE
            )
            assert not [line for line in found if "frozen=True" not in line], file
