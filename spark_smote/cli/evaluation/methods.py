"""[[evaluate.method]]: methods of one's own, a stage or several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spark_smote.class_weights import ClassWeights
from spark_smote.cli.config import METHODS, build_stage
from spark_smote.cli.sections import check_names, kind_of
from spark_smote.exceptions import ParamError, ResamplingError
from spark_smote.training_stage import TrainingStage

__all__ = ["own_methods"]

STAGES: dict[str, type[TrainingStage]] = {**METHODS, "ClassWeights": ClassWeights}

SECTION = "[[evaluate.method]]"

COLUMNS = ("labelCol", "featuresCol", "inputCols", "categoricalCols", "seed")
"""Keys of [evaluate] that stages take over, where they have such a Param and do not set it."""

FEATURES = {"featuresCol", "inputCols"}
"""Two ways to name the features: a stage that sets either takes over neither."""


def own_methods(
    listed: Any, parameters: Mapping[str, Any]
) -> list[tuple[str, list[TrainingStage]]]:
    """Build the methods that a config file describes.

    Parameters
    ----------
    listed : list of dict
        Each with a name, and either the keys of one stage or a list of such, `stages`.
    parameters : mapping
        The keys of [evaluate].

    Returns
    -------
    list of (str, list of TrainingStage)

    Raises
    ------
    ResamplingError, ParamError
        For an unknown method or key, or a value that is not allowed.
    """
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise ParamError(
            f"[evaluate] method must be a list of tables, got {kind_of(listed)}: write {SECTION} "
            "above the keys of each."
        )
    return [_method(dict(each), parameters) for each in listed]


def _method(keys: dict[str, Any], parameters: Mapping[str, Any]) -> tuple[str, list[TrainingStage]]:
    name = keys.pop("name", None)
    if not isinstance(name, str) or not name:
        raise ResamplingError(f'{SECTION} has no name: write one, as in name = "mine".')
    stages = [keys]
    if "stages" in keys:
        check_names(f"{SECTION} {name!r} with stages: key", keys, ["name", "stages"])
        stages = keys["stages"]
        if not isinstance(stages, list) or not all(isinstance(each, dict) for each in stages):
            raise ParamError(
                f"{SECTION} {name!r} stages must be a list of tables, as in "
                f'[{{ method = "SMOTE", k = 3 }}], got {kind_of(stages)}.'
            )
    if not all("method" in each for each in stages) or not stages:
        raise ResamplingError(
            f"{SECTION} {name!r} has no method: write one of {', '.join(STAGES)}, as in "
            'method = "SMOTE", or stages, each with one.'
        )
    return name, [_stage(name, each, parameters) for each in stages]


def _stage(name: str, keys: Mapping[str, Any], parameters: Mapping[str, Any]) -> TrainingStage:
    """Build a stage, on the columns of [evaluate] unless it names its own."""
    stage = build_stage(f"{SECTION} {name!r}", STAGES, keys, {})
    own = {*keys, *(FEATURES if FEATURES & {*keys} else ())}
    shared = {
        key: parameters[key]
        for key in COLUMNS
        if key in parameters and key not in own and stage.hasParam(key)
    }
    return stage._set(**shared)
