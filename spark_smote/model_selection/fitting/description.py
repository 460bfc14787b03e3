"""Methods in words: their stages and Params, and the command that does the same."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from spark_smote.base import Sampler
from spark_smote.class_weights import ClassWeights
from spark_smote.training_stage import TrainingStage

__all__ = ["command", "describe", "set_params"]


def describe(stage: TrainingStage) -> str:
    """Return a stage with the Params that were set, but for columns and the seed."""
    hidden = ("labelCol", "featuresCol", "inputCols", "weightCol", "seed")
    inside = ", ".join(f"{k}={v!r}" for k, v in set_params(stage).items() if k not in hidden)
    return f"{type(stage).__name__}({inside})"


def command(stages: Sequence[TrainingStage]) -> str:
    """Return the command that resamples a table by some stages; empty if no command does."""
    weights = [stage for stage in stages if isinstance(stage, ClassWeights)]
    samplers = [stage for stage in stages if isinstance(stage, Sampler)]
    if len(samplers) != 1 or list(stages) != [*samplers, *weights[:1]]:
        return ""
    if weights and not set(set_params(weights[0])) <= {"labelCol", "weightCol", "power"}:
        return ""  # only the power has a flag
    flags = {"method": type(samplers[0]).__name__, **set_params(samplers[0])}
    words = [f"--{name} {shlex.quote(_as_flag(value))}" for name, value in flags.items()]
    words += [f"--weights {stage.getPower():g}" for stage in weights]
    return " ".join(["spark-smote resample --input TABLE --output TABLE", *words])


def _as_flag(value: Any) -> str:
    """Write a value of a Param as a flag has it: text and simple lists plainly, others in TOML."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        pairs = (f"{_as_toml(key)} = {_as_toml(each)}" for key, each in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list) and all(re.fullmatch(r"\w+", str(each)) for each in value):
        return ",".join(map(str, value))
    return _as_toml(value)


def _as_toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def set_params(stage: TrainingStage) -> dict[str, Any]:
    """Return the Params of a stage that were set."""
    return {param.name: stage.getOrDefault(param) for param in stage.params if stage.isSet(param)}
