"""SMOTE-family resampling for imbalanced classes, on Apache Spark, where the data already is."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spark_smote.class_weights import ClassWeights
    from spark_smote.combine import SMOTEENN, SMOTETomek
    from spark_smote.exceptions import ParamError, ResamplingError
    from spark_smote.io.lake.pinning import pinned
    from spark_smote.model_selection.evaluate import evaluate
    from spark_smote.model_selection.measure import measure
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
    from spark_smote.pipeline import Pipeline
    from spark_smote.prior_correction import PriorCorrectionModel
    from spark_smote.under_sampling import (
        EditedNearestNeighbours,
        NeighbourhoodCleaningRule,
        RandomUnderSampler,
        TomekLinks,
    )

    __version__: str

__all__ = [
    "ADASYN",
    "SMOTE",
    "SMOTEENN",
    "SMOTEN",
    "SMOTENC",
    "BorderlineSMOTE",
    "ClassWeights",
    "EditedNearestNeighbours",
    "KMeansSMOTE",
    "NeighbourhoodCleaningRule",
    "ParamError",
    "Pipeline",
    "PriorCorrectionModel",
    "ProWSyn",
    "RandomOverSampler",
    "RandomUnderSampler",
    "ResamplingError",
    "SMOTETomek",
    "SafeLevelSMOTE",
    "TomekLinks",
    "__version__",
    "evaluate",
    "measure",
    "pinned",
]

_PUBLIC_MODULES = (
    "exceptions",
    "over_sampling",
    "under_sampling",
    "combine",
    "class_weights",
    "prior_correction",
    "pipeline",
    "io.lake.pinning",
    "model_selection.measure",
    "model_selection.evaluate",
)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for (PEP 562).

    A Python worker imports this package too, but needs neither the samplers nor pyspark.ml.
    """
    if name == "__version__":
        from spark_smote.runtime.installation import package_version

        globals()[name] = package_version()
        return globals()[name]
    if name in __all__:
        from spark_smote.runtime.installation import require_pyspark

        require_pyspark()
        for module_name in _PUBLIC_MODULES:
            module = import_module(f"spark_smote.{module_name}")
            if name in module.__all__:
                globals()[name] = getattr(module, name)
                return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
