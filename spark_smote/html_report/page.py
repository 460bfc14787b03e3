"""The page: a template, filled with tables and pictures of one evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

from spark_smote.html_report import data_tables, method_tables, picture_tables, runs, table

__all__ = ["check_installed", "missing_module", "render"]

HEADLINES = {
    "resample": "Train {learner} with {method}",
    "threshold": "Do not resample: move the threshold of {learner} to {threshold}",
    "undecided": "Not decided by these folds",
}

OPTIONAL = {"costs": None, "groupCol": None, "repeats": 1, "splitCol": None, "timeCol": None}
"""Parameters that an evaluation may leave out, and what that means."""


def render(evaluation: Mapping[str, Any]) -> str:
    """Return an evaluation as one HTML page, with its pictures, styles and script inside.

    The page loads nothing, and is readable without JavaScript; see page.html.j2.

    Parameters
    ----------
    evaluation : mapping
        What `Evaluation.to_dict` returns: schema 1.

    Returns
    -------
    str
        The page. Write it as UTF-8.

    Raises
    ------
    RuntimeError
        If matplotlib or Jinja2 is missing.
    """
    check_installed()
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    from spark_smote.html_report import plots

    environment = Environment(
        autoescape=True,
        loader=FunctionLoader(lambda name: files(__package__).joinpath(name).read_text("utf-8")),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("page.html.j2").render(
        evaluation=evaluation,
        parameters=OPTIONAL | evaluation["parameters"],
        headline=_headline(evaluation["verdict"]),
        tables=method_tables.build(evaluation)
        | picture_tables.build(evaluation)
        | data_tables.build(evaluation),
        pictures=plots.draw(evaluation),
        key=plots.key(evaluation),
        curves=runs.curves(evaluation),
        learners=runs.learners(evaluation),
        rank_by=table.title(evaluation["parameters"]["rankBy"]),
    )


def check_installed() -> None:
    """Check that what the page is made by is there.

    Raises
    ------
    RuntimeError
        If matplotlib or Jinja2 is missing.
    """
    if (module := missing_module()) is not None:
        raise RuntimeError(
            f"The HTML report needs {module}, which is not installed: run "
            "`pip install 'spark-smote[report]'`."
        )


def missing_module() -> str | None:
    """Return the name of a module that the page is made by and that is not there."""
    return next((name for name in ("matplotlib", "jinja2") if find_spec(name) is None), None)


def _headline(verdict: Mapping[str, Any]) -> str:
    threshold = verdict.get("threshold")
    shown = {**verdict, "threshold": table.NONE if threshold is None else f"{threshold:.3g}"}
    return HEADLINES[verdict["kind"]].format_map(shown)
