"""Methods to compare: what is done to the training rows, by a short name or as stages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spark_smote.base import Sampler
from spark_smote.class_weights import ClassWeights
from spark_smote.combine import SMOTEENN, SMOTETomek
from spark_smote.exceptions import ResamplingError, shown, unknown
from spark_smote.model_selection.fitting.description import describe, set_params
from spark_smote.model_selection.results.evaluation import NONE, THRESHOLD
from spark_smote.over_sampling import (
    ADASYN,
    SMOTE,
    SMOTEN,
    SMOTENC,
    BorderlineSMOTE,
    KMeansSMOTE,
    ProWSyn,
    RandomOverSampler,
    SafeLevelSMOTE,
)
from spark_smote.training_stage import TrainingStage
from spark_smote.under_sampling import (
    EditedNearestNeighbours,
    NeighbourhoodCleaningRule,
    RandomUnderSampler,
    TomekLinks,
)

__all__ = ["Method", "Table", "find_methods"]

WEIGHTS = "weights"

BASELINES = (NONE, THRESHOLD, WEIGHTS)

SAMPLERS: dict[str, type[Sampler]] = {
    "under": RandomUnderSampler,
    "over": RandomOverSampler,
    "smote": SMOTE,
    "safe-level": SafeLevelSMOTE,
    "prowsyn": ProWSyn,
    "adasyn": ADASYN,
    "borderline": BorderlineSMOTE,
    "kmeans": KMeansSMOTE,
    "smote-tomek": SMOTETomek,
    "smote-enn": SMOTEENN,
    "tomek": TomekLinks,
    "enn": EditedNearestNeighbours,
    "cleaning-rule": NeighbourhoodCleaningRule,
}
"""Samplers by name, the simplest first."""

OF_CATEGORIES: dict[str, type[Sampler]] = {
    "under": RandomUnderSampler,
    "over": RandomOverSampler,
    "smote": SMOTENC,
}
"""The same for tables with categories."""

CLEANERS = ("tomek", "enn", "cleaning-rule")
"""Samplers that are asked for no size."""

QUICK = (NONE, THRESHOLD, WEIGHTS, "over", "smote-0.5")

DEFAULT = (NONE, THRESHOLD, WEIGHTS, "under", "over", "smote-0.1", "smote-0.5", "smote-1.0",
           "smote-0.1+weights", "borderline", "smote-enn")  # fmt: skip

MIN_TO_CUT = 20_000
"""Rows of the largest class above which it may be cut by default."""

_NAME = re.compile(r"(?P<name>[a-z-]+?)(-(?P<ratio>\d+(\.\d+)?))?(?P<weights>\+weights)?")


@dataclass(frozen=True)
class Method:
    """A method by name.

    Attributes
    ----------
    name : str
    stages : tuple of TrainingStage
        What is done to training rows, in order.
    complexity : tuple of float
        Sorts methods, the simplest first.
    """

    name: str
    stages: tuple[TrainingStage, ...] = ()
    complexity: tuple[float, float] = (0.0, 0.0)

    @property
    def weight_col(self) -> str | None:
        """Column of the weights, if the method has any."""
        weights = [stage for stage in self.stages if isinstance(stage, ClassWeights)]
        return weights[-1].getWeightCol() if weights else None

    def __str__(self) -> str:
        return ", ".join(map(describe, self.stages)) or "the rows as they are"


@dataclass(frozen=True)
class Table:
    """What a method has to know of the table.

    Attributes
    ----------
    columns : dict
        Params that name its columns: labelCol, featuresCol, inputCols, categoricalCols.
    counts : dict
        Rows of each class.
    weight_col : str
        Column for the weights.
    seed : int
    """

    columns: Mapping[str, Any]
    counts: Mapping[Any, int]
    weight_col: str
    seed: int

    @property
    def samplers(self) -> dict[str, type[Sampler]]:
        """Samplers by name that take these columns."""
        categories = self.columns.get("categoricalCols")
        if not categories:
            return SAMPLERS
        only_categories = set(categories) == set(self.columns["inputCols"])
        return OF_CATEGORIES | ({"smote": SMOTEN} if only_categories else {})

    @property
    def largest(self) -> int:
        """Rows of the largest class."""
        return max(self.counts.values())

    @property
    def ratio(self) -> float:
        """Rows of the smallest class for one of the largest."""
        return min(self.counts.values()) / self.largest


def find_methods(wanted: Any, table: Table) -> list[Method]:
    """Find the methods that are named or given; `none` and `threshold` are always among them.

    Parameters
    ----------
    wanted : None, str, sequence or mapping
        Names, samplers, lists of stages, and pairs of a name and either of these, or a mapping of
        such pairs; a name may stand for several methods: "default", "quick" or "all". None is
        "default", those that suit the table.
    table : Table

    Raises
    ------
    ResamplingError
        For an unknown name, two methods of one name, or a stage that is no sampler.
    """
    if isinstance(wanted, Mapping):
        found = [_given(stages, str(name)) for name, stages in wanted.items()]
    else:
        wanted = "default" if wanted is None else wanted
        listed = [wanted] if isinstance(wanted, (str, TrainingStage)) else wanted
        if not isinstance(listed, Sequence):
            raise ResamplingError(
                f"methods is {shown(wanted)}; allowed are names, samplers, lists of stages, or a "
                "dict of names and stages."
            )
        found = [method for each in listed for method in _methods(each, table)]
    methods = {name: _named(name, table) for name in (NONE, THRESHOLD)}
    for method in found:
        known = methods.setdefault(method.name, method)
        if known is not method and known != method:
            if method.name in BASELINES[:2]:
                raise ResamplingError(
                    f"Method {method.name!r} is what the others are compared with: choose another "
                    "name."
                )
            raise ResamplingError(
                f"Two methods are called {method.name!r}: pass a dict of names and stages."
            )
    return list(methods.values())


def _methods(wanted: Any, table: Table) -> list[Method]:
    """Build the methods that one name or sampler stands for, or a pair of a name and stages."""
    if isinstance(wanted, str):
        groups = {"default": DEFAULT, "quick": QUICK, "all": (*BASELINES, *table.samplers)}
        names = [name for name in groups.get(wanted, ()) if _suits(name, table)] or [wanted]
        return [_named(name, table) for name in names]
    if isinstance(wanted, tuple) and len(wanted) == 2 and isinstance(wanted[0], str):
        return [_given(wanted[1], wanted[0])]
    return [_given(wanted)]


def _suits(name: str, table: Table) -> bool:
    """Return whether a method by default changes anything, and takes the table's columns."""
    parts = _NAME.fullmatch(name)
    assert parts is not None
    if parts["name"] in BASELINES:
        return True
    if parts["name"] not in table.samplers:
        return False
    if parts["name"] == "under":
        return table.largest > MIN_TO_CUT
    return table.ratio < float(parts["ratio"] or 1.0)


def _given(given: Any, name: str = "") -> Method:
    """Build a method of a stage or several; by default, it is called as these are."""
    stages = tuple(given) if isinstance(given, (list, tuple)) else (given,)
    for stage in stages or [given]:
        if not isinstance(stage, TrainingStage):
            raise ResamplingError(
                f"Method {shown(name or given)} holds {shown(stage)}, which is no sampler; pass "
                "samplers and ClassWeights, and other stages as prepare."
            )
        for key, value in set_params(stage).items():
            if key == "splitCol" or (key, value) == ("outputMode", "synthetic"):
                raise ResamplingError(
                    f"Method {shown(name or given)} sets {key}={value!r}, but is given the rows to "
                    "train on, and all that it leaves are trained on: clear it."
                )
    kinds = [isinstance(stage, Sampler) for stage in stages]
    if kinds != sorted(kinds, reverse=True):
        raise ResamplingError(
            f"Method {shown(name or given)} weighs rows before it resamples them, and new rows "
            "would have no weight: put ClassWeights last."
        )
    return Method(name or "+".join(type(stage).__name__ for stage in stages), stages, (99, 0))


def _named(text: str, table: Table) -> Method:
    """Build a method of a name as in smote-0.5+weights."""
    parts = _NAME.fullmatch(text)
    known = [*BASELINES, *table.samplers]
    name = parts["name"] if parts else text
    if name in BASELINES and text == name:
        weights = (_weights(table),) if name == WEIGHTS else ()
        return Method(name, weights, (BASELINES.index(name), 0))
    if parts is None or name not in table.samplers or (parts["ratio"] and name in CLEANERS):
        raise ResamplingError(
            f"Method {unknown(text, known)} A ratio may follow, as in smote-0.5, and weights for "
            "the rest, as in smote-0.1+weights."
        )
    ratio = float(parts["ratio"] or 1.0)
    if not table.ratio < ratio <= 1 and parts["ratio"]:
        raise ResamplingError(
            f"Method {text!r} asks for {ratio:g} rows of the smallest class for one of the largest;"
            f" allowed is above {table.ratio:.3g}, which the table has, to 1."
        )
    sampler = table.samplers[name]
    columns = {key: value for key, value in table.columns.items() if hasattr(sampler, key)}
    strategy = None if name in CLEANERS else _strategy(name, ratio, table)
    stages: tuple[TrainingStage, ...] = (
        sampler(**columns, samplingStrategy=strategy, seed=table.seed),
    )
    rank = len(BASELINES) + list(table.samplers).index(name)
    if parts["weights"]:
        stages, ratio = (*stages, _weights(table)), ratio + 1
    return Method(text, stages, (rank, ratio))


def _weights(table: Table) -> ClassWeights:
    return ClassWeights(labelCol=table.columns["labelCol"], weightCol=table.weight_col)


def _strategy(name: str, ratio: float, table: Table) -> Any:
    """Return the samplingStrategy for a ratio; with many classes, of each to the largest."""
    if ratio == 1.0:
        return "auto"
    if len(table.counts) == 2:
        return ratio
    if name == "under":
        most = min(table.counts.values()) / ratio
        return {label: f"{most / n:.6f}x" for label, n in table.counts.items() if n > most}
    return {
        label: f"{100 * ratio:g}%" for label, n in table.counts.items() if n < ratio * table.largest
    }
