"""Configuration of `spark-smote evaluate`: a TOML file, with flags on top."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from pyspark.sql import DataFrame

from spark_smote.cli.config import param_values, read_sections
from spark_smote.cli.evaluation.keys import KEYS, convert
from spark_smote.cli.evaluation.methods import own_methods
from spark_smote.cli.sections import check_input, check_report_path, section
from spark_smote.exceptions import ResamplingError
from spark_smote.io.spec import Input
from spark_smote.model_selection.evaluate import evaluate
from spark_smote.model_selection.fitting.experiment import Experiment
from spark_smote.model_selection.fitting.learners import find_learners
from spark_smote.model_selection.fitting.setup import set_up
from spark_smote.model_selection.options import Options

__all__ = ["SECTIONS", "Config", "Report", "load"]

SECTIONS = ("input", "evaluate", "report")

DEFAULTS: dict[str, Any] = {
    name: parameter.default
    for name, parameter in inspect.signature(evaluate).parameters.items()
    if name != "dataset"
}
"""Of the parameters of `evaluate`."""


@dataclass(frozen=True)
class Report:
    """[report]: files of the JSON report and of the HTML page."""

    path: str | None = None
    html: str | None = None


@dataclass(frozen=True)
class Config:
    """The whole configuration of a run.

    Attributes
    ----------
    input : Input
    parameters : dict
        Of `spark_smote.evaluate`, those that are set.
    report : Report
    """

    input: Input
    parameters: dict[str, Any]
    report: Report

    @property
    def options(self) -> Options:
        """The parameters that are no columns, methods or learners."""
        given = {**DEFAULTS, **self.parameters}
        return Options(**{each.name: given[each.name] for each in fields(Options)})

    def set_up(self, frame: DataFrame) -> Experiment:
        """Return what `evaluate` would run."""
        options = self.options
        rest = {n: v for n, v in {**DEFAULTS, **self.parameters}.items() if not hasattr(options, n)}
        return set_up(frame, options, **rest)


def load(path: str | None, flags: Mapping[str, Mapping[str, str]]) -> Config:
    """Read a TOML file, if any, replace what flags set, and check the result.

    Parameters
    ----------
    path : str, optional
    flags : mapping of str to mapping
        For each section, the keys to set, and the text of their flags.

    Raises
    ------
    ResamplingError
        For a file that is missing or is no TOML, an unknown section, key or learner, or a value
        that is not allowed.
    ParamError
        For a value of the wrong type.
    """
    config = read_sections(path, flags, SECTIONS)
    source = section(Input, config, flags)
    report = section(Report, config, flags)
    check_input(source)
    check_report_path("path", report.path)
    check_report_path("html", report.html)
    if report.html == "-":
        raise ResamplingError("[report] html is '-', but a page goes to a file: name one.")
    keys = dict(config.get("evaluate", {}))
    described = keys.pop("method", [])
    values = param_values("[evaluate] key", KEYS, keys, flags.get("evaluate", {}))
    parameters = {name: convert(name, value) for name, value in values.items()}
    if own := own_methods(described, parameters):
        parameters["methods"] = [*parameters.get("methods", ["default"]), *own]
    loaded = Config(source, parameters, report)
    loaded.options  # noqa: B018 - checks them
    find_learners(parameters.get("learners", DEFAULTS["learners"]), n_classes=2)
    return loaded
