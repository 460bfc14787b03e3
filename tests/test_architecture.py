"""How the package is built: imports run down, the core is NumPy, folders stay small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import spark_smote

PACKAGE = Path(spark_smote.__file__).parent
LAYERS = [
    {"exceptions"},
    {"core", "runtime"},
    {"engine", "param"},
    {"training_stage"},
    {"base"},
    {"over_sampling", "under_sampling", "class_weights", "regression", "io", "prior_correction"},
    {"prior_shift"},
    {"combine", "evaluation", "pipeline", "html_report"},
    {"model_selection"},
    {"__init__"},
    {"cli"},
    {"benchmark"},
]
INNER = {
    "core": [
        {"arrays"},
        {"digest", "int128", "metrics"},
        {"randomness", "block", "strategy", "distance"},
        {"kmeans"},
        {"neighbors"},
        {"hashing", "weights", "cleaning"},
        {"synthesis", "clustering"},
    ],
    "engine": [{"arrow", "threads"}, {"table"}, {"scan"}, {"buckets", "copies"}, {"planning"}],
}
FILES = sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [
                node.module if node.module != "spark_smote" else f"spark_smote.{a.name}"
                for a in node.names
            ]
        elif isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        for name in names:
            head, *rest = name.split(".")
            if head == "spark_smote":
                known = rest and (
                    (PACKAGE / rest[0]).is_dir() or (PACKAGE / f"{rest[0]}.py").exists()
                )
                yield tuple(rest) if known else ("__init__",)


def check(layers: list[set[str]], here: str, there: str, path: Path) -> None:
    level = {name: i for i, layer in enumerate(layers) for name in layer}
    assert here == there or level[there] < level[here], f"{path}: {here} imports {there}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_down(path):
    mine = path.relative_to(PACKAGE).with_suffix("").parts
    for theirs in imported(path):
        check(LAYERS, mine[0], theirs[0], path)
        if mine[0] == theirs[0] and mine[0] in INNER and "__init__" not in (mine[1], theirs[1]):
            check(INNER[mine[0]], mine[1], theirs[1], path)


def test_the_core_is_numpy():
    for path in (PACKAGE / "core").rglob("*.py"):
        assert "pyspark" not in path.read_text(), path
        assert {other[0] for other in imported(path)} <= {"core", "exceptions"}, path


def test_folders_stay_small():
    for folder in {path.parent for path in FILES}:
        assert len(list(folder.glob("*.py"))) <= 10, folder


def test_docstrings_open_with_plain_words():
    stilted = ("Give", "Say", "Tell", "Take", "Put", "Let", "Name")
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                first = (ast.get_docstring(node) or "-").split()[0]
                assert first not in stilted, f"{path}: {ast.get_docstring(node)}"


def test_wrong_input_raises_the_packages_own_errors():
    """A bare ValueError or TypeError is a defect, and the command says so."""
    for path in FILES:
        raised = {
            node.exc.func.id
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Raise)
            and isinstance(node.exc, ast.Call)
            and isinstance(node.exc.func, ast.Name)
        }
        assert not raised & {"ValueError", "TypeError"}, path
