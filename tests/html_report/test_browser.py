"""The page in a real browser, which looks nothing up."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from html_report.chromium import CHROMIUM
from html_report.made import evaluation

from spark_smote.html_report import render

pytestmark = pytest.mark.browser

PROBE = """<script>
const shown = () => ["threshold", "recall", "precision", "alerts", "cost"]
  .map((name) => Number(document.getElementById(`at-${name}`).textContent.replaceAll(",", "")));
const methods = () => [...document.querySelector("#methods ~ .scroll tbody").rows]
  .map((row) => row.cells[1].textContent);
const seen = { slider: !slider.hidden, start: shown() };
const range = document.getElementById("position");
range.value = 0;
range.dispatchEvent(new Event("input"));
seen.lowest = shown();
const head = document.querySelectorAll("#methods ~ .scroll th button");
head[2].click();
seen.falling = methods();
head[2].click();
seen.rising = methods();
head[1].click();
seen.named = methods();
const probe = document.createElement("p");
probe.id = "probe";
probe.textContent = JSON.stringify(seen);
document.body.append(probe);
</script></body>"""
"""What a reader does, and what the page then shows."""


def opened(page: str, folder) -> tuple[str, list[str]]:
    """Open a page; return what it became, and the lines of its console."""
    file = folder / "report.html"
    file.write_text(page, encoding="utf-8")
    ended = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
         "--v=0", "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder / 'profile'}",
         "--dump-dom", file.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return ended.stdout, [line for line in ended.stderr.splitlines() if "CONSOLE" in line]


def test_a_browser_shows_the_page_without_a_word_on_its_console(tmp_path):
    made = evaluation(methods=("none", "weights", "over", "smote-0.5"), learners=("forest",))
    for run, score in zip(made["runs"], (0.5, 0.7, 0.4, 0.6), strict=True):
        for fold in run["folds"]:
            fold["figures"]["pr_auc"] = score
    del made["runs"][2]["folds"][:]
    made["runs"][2]["skipped"] = "it was"
    dom, console = opened(render(made).replace("</body>", PROBE), tmp_path)
    assert console == []
    seen = json.loads(re.search(r'<p id="probe">(.*?)</p>', dom)[1])
    tuned = min(made["runs"][0]["curve"], key=lambda point: abs(point[0] - 0.31))
    lowest = min(made["runs"][0]["curve"])
    assert seen["slider"]
    assert seen["start"][:4] == pytest.approx(tuned, rel=0.01)
    assert seen["lowest"][:4] == pytest.approx(lowest, rel=0.01)
    assert seen["lowest"][4] == pytest.approx(975, rel=0.01)  # one in 40 is positive, all alerts
    assert seen["falling"] == ["weights", "smote-0.5", "none", "over"]
    assert seen["rising"] == ["none", "smote-0.5", "weights", "over"]
    assert seen["named"] == ["none", "over", "smote-0.5", "weights"]


def test_the_policy_keeps_a_browser_from_loading(tmp_path):
    """What shows that the console is read, and that the page's policy is in force."""
    page = render(evaluation(methods=("none",), learners=("forest",), points=50))
    _, console = opened(page.replace("</body>", '<img src="report.png"></body>'), tmp_path)
    assert any("Content Security Policy" in line for line in console)
