"""Classifiers to compare with: those of Spark by a short name, or any Estimator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from pyspark.ml import Estimator
from pyspark.ml.classification import (
    DecisionTreeClassifier,
    GBTClassifier,
    LinearSVC,
    LogisticRegression,
    MultilayerPerceptronClassifier,
    RandomForestClassifier,
)
from pyspark.ml.feature import StandardScaler
from pyspark.ml.pipeline import Pipeline

from spark_smote.exceptions import ResamplingError, shown, unknown

__all__ = ["LEARNERS", "Columns", "Learner", "check_learners", "find_learners"]

SCALED = "scaled_features"


@dataclass(frozen=True)
class Columns:
    """What a classifier is fitted to.

    Attributes
    ----------
    features, label : str
    weight : str or None
    n_features, n_classes : int
    """

    features: str
    label: str
    weight: str | None
    n_features: int
    n_classes: int


@dataclass(frozen=True)
class Learner:
    """A classifier by name.

    Attributes
    ----------
    name : str
    build : callable
        Returns a new Estimator for some columns and a seed.
    """

    name: str
    build: Callable[[Columns, int], Any]

    def estimator(self, columns: Columns, seed: int) -> Any:
        """Build the Estimator for these columns.

        Raises
        ------
        ResamplingError
            If it has no Param for one of them.
        """
        built = self.build(columns, seed)
        first = built.getStages()[0] if isinstance(built, Pipeline) else built
        last = _last_stage(built)
        _set(first, "featuresCol" if first is last else "inputCol", columns.features)
        _set(last, "labelCol", columns.label)
        if columns.weight:
            _set(last, "weightCol", columns.weight)
        return built


def _neural(columns: Columns, seed: int) -> Pipeline:
    """Build a network with one hidden layer, on features of equal scale."""
    scale = StandardScaler(withMean=True, outputCol=SCALED)
    hidden = max(columns.n_classes, (columns.n_features + columns.n_classes) // 2)
    layers = [columns.n_features, hidden, columns.n_classes]
    network = MultilayerPerceptronClassifier(featuresCol=SCALED, layers=layers, seed=seed)
    return Pipeline(stages=[scale, network])


def _xgboost(columns: Columns, seed: int) -> Any:
    if find_spec("xgboost") is None:
        raise ResamplingError("Learner 'xgboost' needs a package: run `pip install xgboost`.")
    from xgboost.spark import SparkXGBClassifier

    return SparkXGBClassifier(n_estimators=50, max_depth=5, random_state=seed)


LEARNERS: dict[str, Callable[[Columns, int], Any]] = {
    "logistic": lambda columns, seed: LogisticRegression(maxIter=100),
    "forest": lambda columns, seed: RandomForestClassifier(
        numTrees=100, maxDepth=10, seed=seed, cacheNodeIds=True
    ),
    "boosted": lambda columns, seed: GBTClassifier(maxIter=50, maxDepth=5, seed=seed),
    "tree": lambda columns, seed: DecisionTreeClassifier(maxDepth=10, seed=seed),
    "svc": lambda columns, seed: LinearSVC(maxIter=100),
    "neural": _neural,
    "xgboost": _xgboost,
}
"""Classifiers by name; all but `neural` take weights, `boosted` and `svc` two classes only."""

TWO_CLASSES_ONLY = ("boosted", "svc")


def find_learners(
    wanted: Sequence[str | Estimator[Any]] | Mapping[str, Estimator[Any]], n_classes: int
) -> list[Learner]:
    """Find the learners that are named or given.

    Parameters
    ----------
    wanted : sequence of str or Estimator, or mapping of str to Estimator
    n_classes : int

    Raises
    ------
    ResamplingError
        For an unknown name, two learners of one name, or one that is for two classes only.
    """
    if isinstance(wanted, Mapping):
        learners = [_learner(str(name), each) for name, each in wanted.items()]
    else:
        each_alone = isinstance(wanted, str) or hasattr(wanted, "fit")
        learners = [_learner(None, each) for each in ([wanted] if each_alone else wanted)]
    names = [learner.name for learner in learners]
    if not learners or len({*names}) < len(names):
        raise ResamplingError(
            f"learners are {names}; allowed are one or more of different names: pass a dict of "
            "names and Estimators."
        )
    for name in names:
        if n_classes > 2 and name in TWO_CLASSES_ONLY:
            raise ResamplingError(
                f"Learner {name!r} is for two classes, and the table has {n_classes}: leave it out."
            )
    return learners


def check_learners(learners: Sequence[Learner], n_classes: int, probabilities: bool) -> None:
    """Check, before any work, that each learner can be built, and has Params for its columns.

    Parameters
    ----------
    learners : sequence of Learner
    n_classes : int
    probabilities : bool
        Whether one of them has to predict any.

    Raises
    ------
    ResamplingError
    """
    columns = Columns("features", "label", None, 1, n_classes)
    built = [learner.estimator(columns, seed=0) for learner in learners]
    if probabilities and not any(_last_stage(each).hasParam("probabilityCol") for each in built):
        raise ResamplingError(
            f"No learner of {[learner.name for learner in learners]} predicts probabilities, which "
            "rankBy is about: add one that does, or choose another figure."
        )


def _learner(name: str | None, wanted: Any) -> Learner:
    if isinstance(wanted, str):
        if wanted not in LEARNERS:
            raise ResamplingError(f"Learner {unknown(wanted, list(LEARNERS))}")
        return Learner(name or wanted, LEARNERS[wanted])
    if not hasattr(wanted, "fit"):
        raise ResamplingError(
            f"Learner {shown(wanted)} is neither a name nor an Estimator; names are "
            f"{', '.join(LEARNERS)}."
        )
    return Learner(name or type(wanted).__name__, lambda columns, seed: wanted.copy())


def _last_stage(estimator: Any) -> Any:
    return estimator.getStages()[-1] if isinstance(estimator, Pipeline) else estimator


def _set(stage: Any, name: str, value: str) -> None:
    """Set a column of a stage."""
    if hasattr(stage, "hasParam") and stage.hasParam(name):
        stage.set(stage.getParam(name), value)
        return
    raise ResamplingError(
        f"{type(stage).__name__} has no {name}, so it cannot be fitted to {shown(value)}: choose "
        "another learner" + (", or a method without weights." if name == "weightCol" else ".")
    )
