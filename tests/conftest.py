"""What all tests share: the golden files with `--bless`, Hypothesis settings, and no cache of compiled functions.

It must not know what is tested. Read next: tests/test_house.py.
"""

import difflib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# Tests compile what they test. The tests of the cache set a folder of their own; nothing touches the person's.
os.environ["WENGERT_CACHE"] = "off"

GOLDEN = Path(__file__).parent / "golden"

# A shared machine makes deadlines flaky; on CI the same examples are drawn every time.
settings.register_profile("wengert", deadline=None, derandomize=bool(os.environ.get("CI")), print_blob=True)
settings.load_profile("wengert")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bless", action="store_true", help="rewrite tests/golden from what the tests produce")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`golden("sigmoid.ir", text)` asserts that text is tests/golden/sigmoid.ir, whole; `--bless` rewrites the file."""

    def compare(name: str, text: str) -> None:
        __tracebackhide__ = True
        path = GOLDEN / name
        got = text if text.endswith("\n") else text + "\n"
        expected = path.read_text(encoding="utf-8") if path.exists() else ""
        if got == expected:
            return
        if not request.config.getoption("bless"):
            lines = difflib.unified_diff(expected.splitlines(), got.splitlines(), f"golden/{name}", "got", lineterm="")
            pytest.fail("\n".join([*lines, "If the new text is right: pytest --bless"]), pytrace=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(got, encoding="utf-8", newline="\n")

    return compare
