"""The page: one file that loads nothing, with every label escaped and every figure told."""

from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser
from statistics import fmean, stdev

import pytest
from html_report.made import METHODS, evaluation

from spark_smote.html_report import render
from spark_smote.html_report.table import number
from spark_smote.model_selection.results.evaluation import Evaluation
from spark_smote.model_selection.results.text import as_text

EVIL = "<script>alert(1)</script>\"'&</title><b>"
CSP = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
VOID = {"meta", "link", "input", "br", "img"}
LOADING = {"src", "href", "xlink:href", "srcset", "action", "data", "poster", "formaction"}


class Page(HTMLParser):
    """A page as tags, ids and texts; a tag that is not closed in order is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs), tag
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", data.strip()))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    def values(self, names: set[str]) -> list[str]:
        return [value for _, attrs in self.tags for name, value in attrs.items() if name in names]


@pytest.fixture(scope="module")
def full() -> str:
    return render(evaluation())


def rows(page: str, caption: str) -> list[list[str]]:
    """Return the texts of a table's cells, row by row."""
    table = re.search(
        rf"<caption>{re.escape(caption)}</caption>.*?<tbody>(.*?)</tbody>", page, re.S
    )
    return [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)
        for row in re.findall(r"<tr.*?</tr>", table[1], re.S)
    ]


def test_the_page_is_whole_and_its_ids_are_its_own(full):
    page = Page(full)
    ids = page.values({"id"})
    assert len(ids) == len(set(ids))
    used = re.findall(r"url\(#(.+?)\)", full)
    used += [value[1:] for value in page.values({"href"}) if value.startswith("#")]
    for value in page.values({"aria-labelledby", "for"}):
        used += value.split()
    assert set(used) <= set(ids)


def test_the_page_loads_nothing(full):
    page = Page(full)
    policy, *_ = [meta for meta in page.named("meta") if "http-equiv" in meta]
    assert policy == {"http-equiv": "Content-Security-Policy", "content": CSP}
    assert all(value.startswith(("#", "data:")) for value in page.values(LOADING))
    assert not re.search(r"https?:|@import|url\((?!#)", full)
    # A policy holds for what comes after it.
    assert full.index("Content-Security-Policy") < min(full.index("<style"), full.index("<script"))


def test_twelve_methods_and_three_learners_fit_a_megabyte(full):
    assert len(full.encode()) <= 1_000_000
    assert len(full.split("<script>")[1].strip().splitlines()) <= 40


def test_the_same_evaluation_gives_the_same_page():
    made = evaluation(methods=("none", "over"), learners=("forest",), points=50)
    assert render(made) == render(made)


def test_a_scatter_has_two_thousand_points_at_most():
    page = render(evaluation(methods=("none",), learners=("forest",), points=4100))
    scatter = re.search(r'<svg[^>]*aria-labelledby="projection-title.*?</svg>', page, re.S)[0]
    points = re.findall(r'<use href="#projection-\d+" x="[-\d.]+" y="[-\d.]+" ?/>', scatter)
    assert 1000 < len(points) <= 2000


def test_every_picture_is_described_and_has_its_numbers(full):
    pictures = re.findall(r"<figure>.*?</figure>", full, re.S)
    assert len(pictures) == 3 + 2 * 3 + 2 * 3 + 1
    for picture in pictures:
        assert re.search(
            r"<svg[^>]*role=\"img\"[^>]*><title[^>]*>.+</title><desc[^>]*>.+</desc>", picture
        )
    for section in re.findall(r"<section.*?</section>", full, re.S):
        if "<figure>" in section:
            assert "How to read it: " in section
            assert re.search(r"<details>.*<table>.*</details>", section, re.S)


def test_pictures_follow_the_theme(full):
    for picture in re.findall(r"<svg.*?</svg>", full, re.S):
        assert "#010203" not in picture
        assert "fill: #ffffff" not in picture
    assert full.count("currentColor") > 100


def test_labels_are_escaped_wherever_they_stand():
    made = evaluation(methods=("none", EVIL), learners=(EVIL,), classes=("0", EVIL), points=50)
    made["parameters"] |= {"labelCol": EVIL, "groupCol": EVIL, "inputCols": [EVIL]}
    made["data"]["notes"] = [EVIL]
    made["verdict"] |= {"kind": "resample", "method": EVIL, "sentences": [EVIL], "command": EVIL,
                        "code": EVIL}  # fmt: skip
    made["runs"].append(made["runs"][0] | {"skipped": EVIL, "description": EVIL, "folds": []})
    text = render(made)
    page = Page(text)
    assert [tag.get("type") for tag in page.named("script")] == ["application/json", None]
    assert len(page.named("title")) == 1 + 1 + 2 + 2 + 1  # the page's, and the pictures'
    assert {parent for parent, data in page.texts if "alert(1)" in data} >= {
        "h1", "h2", "h3", "p", "li", "code", "th", "td", "option", "title", "desc", "text"
    }  # fmt: skip
    curves = next(data for parent, data in page.texts if data.startswith("[{"))
    assert json.loads(curves)[0]["learner"] == EVIL


def test_names_with_dollars_and_controls_do_not_break_pictures():
    made = evaluation(methods=("none", "$\\frac{1}$", "a\x00b\x0bc", "数" * 40), points=50)
    assert "$\\frac{1}$" in render(made)


def test_figures_are_means_and_deviations_over_folds(full):
    made = evaluation()
    table = rows(full, "Every method and learner, mean over folds")
    assert len(table) == len(made["runs"])
    for row, run in zip(table, made["runs"], strict=True):
        scores = [fold["figures"]["pr_auc"] for fold in run["folds"]]
        assert row[:3] == [
            run["learner"], run["method"], f"{fmean(scores):.3f} ± {stdev(scores):.3f}"
        ]  # fmt: skip
        assert row[3] == f"{fmean(fold['at_half']['recall'] for fold in run['folds']):.3f}"
        assert row[6] == f"{fmean(fold['tuned']['precision'] for fold in run['folds']):.3f}"


def test_the_best_of_a_learner_is_marked_by_what_is_ranked_by():
    made = evaluation(methods=("none", "weights", "over"), learners=("forest",), points=50)
    for run, loss in zip(made["runs"], (0.3, 0.1, 0.2), strict=True):
        for fold in run["folds"]:
            fold["figures"]["brier"] = loss
    made["parameters"]["rankBy"] = "brier"
    marked = re.findall(r'<th[^>]*>(\w+)</th><td data-value="0.1[^>]* class="best">', render(made))
    assert marked == ["weights"]


def test_costs_per_thousand_rows():
    """Of 1,000 rows 10 are positive: at 20 alerts, 8 right, 12 are wrong and 2 are missed."""
    made = evaluation(methods=("none",), learners=("forest",), points=50)
    made["runs"][0] |= {"curve": [[0.9, 0.5, 1.0, 5], [0.4, 0.8, 0.4, 20], [0.0, 1.0, 0.01, 1000]],
                        "threshold": 0.35}  # fmt: skip
    data = re.search(r'id="curves">(.*?)</script>', render(made), re.S)[1]
    assert json.loads(data) == [
        {"learner": "forest", "label": "none, threshold", "start": 1,
         "points": [[0.0, 1.0, 0.01, 1000, 990], [0.4, 0.8, 0.4, 20, 12 + 2 * 40],
                    [0.9, 0.5, 1.0, 5, 5 * 40]]}
    ]  # fmt: skip


def test_more_than_two_classes_have_a_matrix_instead_of_curves():
    names = ("a", EVIL, "c")
    made = evaluation(methods=("none", "smote-0.5"), learners=("forest",), classes=names)
    made["data"]["positive"] = made["verdict"]["threshold"] = made["projection"] = None
    made["verdict"] |= {"kind": "undecided", "command": None, "code": None}
    for run, score in zip(made["runs"], (0.4, 0.6), strict=True):
        for fold in run["folds"]:
            fold["figures"]["pr_auc"] = score
    page = render(made)
    Page(page)
    assert "<figure>" not in page
    assert 'id="slider"' not in page
    matrix = rows(page, "forest, smote-0.5: rows of a class by predicted class")
    assert [[int(n) for n in row[1:]] for row in matrix] == made["runs"][1]["confusion"]
    assert [row[2] for row in rows(page, "Each class against the rest, mean over folds")] == [
        "a", matrix[1][0], "c"
    ] * 2  # fmt: skip


def test_runs_that_lack_something_do_not_fail():
    """A run that was skipped, and a learner without probabilities."""
    made = evaluation(methods=("none", "weights", "over"), learners=("svc", "neural"), points=50)
    for run in made["runs"][:3]:
        run |= {"calibration": [], "corrected_calibration": []}
        for fold in run["folds"]:
            fold["corrected"] = {}
            fold["figures"] = {"pr_auc": 0.5, "roc_auc": 0.9}
    made["runs"][4] |= {"skipped": "neural has no weightCol", "folds": [], "threshold": None,
                        "curve": [], "calibration": [], "corrected_calibration": []}  # fmt: skip
    page = render(made)
    Page(page)
    table = rows(page, "Every method and learner, mean over folds")
    assert table[4] == ["neural", "weights"] + ["–"] * (len(table[0]) - 2)
    assert table[0].count("–") == 2  # Brier, and Brier corrected
    assert "weights with neural: neural has no weightCol" in page
    assert len(re.findall(r"<title[^>]*>Calibration", page)) == 2


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.0, "0.000"), (0.12345, "0.123"), (-0.5, "−0.500"), (0.0000123, "1.23e−05"),
     (1234.5, "1,234"), (99.96, "99.960")],
)  # fmt: skip
def test_numbers_are_short(value, text):
    assert number(value) == text


def test_one_fold_has_no_deviation():
    page = render(evaluation(methods=("none",), learners=("forest",), points=50, folds=1))
    assert re.fullmatch(r"0\.\d{3}", rows(page, "Every method and learner, mean over folds")[0][2])


def test_an_evaluation_by_time_does_not_speak_of_stratified_folds():
    made = evaluation(methods=("none",), learners=("forest",), points=50)
    made["parameters"]["timeCol"] = "day"
    page = render(made)
    assert "in the order of day" in page
    assert "stratified" not in page


def test_without_its_extra_the_report_says_what_to_install(monkeypatch):
    module = sys.modules["spark_smote.html_report.page"]
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "jinja2" else name)
    with pytest.raises(RuntimeError, match=r"needs jinja2.*pip install 'spark-smote\[report\]'"):
        render({})
    # A notebook shows the text then.
    made = Evaluation.from_dict(evaluation())
    assert made._repr_html_() is None
    assert repr(made) == str(made) == as_text(made)


def test_the_page_reads_without_its_script(full):
    """What the script fills is hidden until it runs, and stands in a table as well."""
    assert '<div id="slider" hidden>' in full
    assert len(rows(full, f"logistic, {METHODS[0]}, threshold")) >= 5
