"""What became of the parts of a test run, from the JUnit reports that pytest wrote."""

import ast
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

COUNTED = ("tests", "failures", "errors", "skipped")


def closing_lines(reports: Mapping[str, Path], codes: Sequence[int]) -> list[str]:
    """Return a line for each part, then one for each reason of skips, the most frequent first."""
    lines, skips = ["", "What became of the parts:"], Counter[str]()
    for (name, path), code in zip(reports.items(), codes, strict=True):
        if not path.exists():
            lines.append(f"  {name}: ENDED WITHOUT A REPORT (exit code {code})")
            continue
        root = ET.parse(path).getroot()
        lines.append(f"  {name}: {_counts(root)}{f'; FAILED (exit code {code})' if code else ''}")
        skips.update(_reasons(root))
    if skips:
        lines.append("Skipped, and what would end that:")
        lines += [f"  {count} × {reason}" for reason, count in skips.most_common()]
    return lines


def _counts(root: ET.Element) -> str:
    suites = list(root.iter("testsuite"))
    sums = {key: sum(int(suite.get(key, 0)) for suite in suites) for key in COUNTED}
    return ", ".join(f"{number} {key}" for key, number in sums.items())


def _reasons(root: ET.Element) -> Iterator[str]:
    for skipped in root.iter("skipped"):
        if skipped.get("type") == "pytest.xfail":  # an expected failure
            continue
        reason = skipped.get("message", "")
        if reason == "collection skipped":  # a whole file; its text is a tuple, the reason in the last place
            reason = ast.literal_eval(skipped.text or "")[-1].removeprefix("Skipped: ")
        yield " ".join(reason.split())
