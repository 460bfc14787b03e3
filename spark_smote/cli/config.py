"""Configuration of the job: a TOML file, with flags on top."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pyspark.ml.param import Param

import spark_smote
from spark_smote.base import Sampler
from spark_smote.class_weights import ClassWeights
from spark_smote.cli.sections import Report, check_names, check_values, kind_of, section
from spark_smote.exceptions import ParamError, ResamplingError, shown, unknown
from spark_smote.io.spec import Input, Output
from spark_smote.training_stage import TrainingStage
from spark_smote.under_sampling.random_under_sampler import RandomUnderSampler

__all__ = [
    "METHODS",
    "SECTIONS",
    "WEIGHTS",
    "Config",
    "build_stage",
    "load",
    "param_value",
    "param_values",
    "read_sections",
]

Built = TypeVar("Built", bound=TrainingStage)

METHODS: dict[str, type[Sampler]] = {
    name: member
    for name in spark_smote.__all__
    if isinstance(member := getattr(spark_smote, name), type) and issubclass(member, Sampler)
}
"""The public samplers by name."""

SECTIONS = ("input", "output", "smote", "under_sampling", "weights", "report")

SHARED = ("labelCol", "splitCol", "trainValue", "groupCols")
"""Params of [smote] that tell the classes, for the stages beside its method, too."""

WEIGHTS = ("weightCol", "power", "beta", "weights", "normalize")
"""Params of `ClassWeights` that are keys of [weights]; the others are for tables made before."""


@dataclass(frozen=True)
class Config:
    """The whole configuration of a run."""

    input: Input
    output: Output
    sampler: Sampler
    report: Report
    under_sampling: RandomUnderSampler | None = None
    weights: ClassWeights | None = None


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
        For a file that is missing or is no TOML, an unknown section or key, or a value that is
        not allowed.
    ParamError
        For a value of the wrong type.
    """
    config = read_sections(path, flags, SECTIONS)
    sampler = build_stage("[smote]", METHODS, config.get("smote", {}), flags.get("smote", {}))
    source = section(Input, config, flags)
    output = section(Output, config, flags)
    report = section(Report, config, flags)
    check_values(source, output, report)
    under_sampler = _under_sampler(
        config.get("under_sampling", {}), flags.get("under_sampling", {}), sampler
    )
    weights = None
    if "weights" in config or flags.get("weights"):
        weights = _weights(config.get("weights", {}), flags.get("weights", {}), sampler)
    return Config(source, output, sampler, report, under_sampler, weights)


def read_sections(
    path: str | None, flags: Mapping[str, Mapping[str, str]], known: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Read the sections of a TOML file, if any, without what the flags' table replaces.

    Raises
    ------
    ResamplingError, ParamError
        For a file that is missing or is no TOML, and a section that is unknown or is none.
    """
    config = _read(path) if path else {}
    check_names("Config section", config, known)
    for name, keys in config.items():
        if not isinstance(keys, dict):
            raise ParamError(
                f"[{name}] must be a section with keys, got {kind_of(keys)}: write [{name}] above "
                "them."
            )
    for name in ("input", "output"):
        # Path and table name one thing: either flag replaces either key.
        if {"path", "table"} & set(flags.get(name, {})):
            keys = config.get(name, {})
            config[name] = {key: keys[key] for key in keys if key not in ("path", "table")}
    return config


def build_stage(
    section: str,
    known: Mapping[str, type[Built]],
    keys: Mapping[str, Any],
    flags: Mapping[str, str],
) -> Built:
    """Build the stage that the key `method` names, by default SMOTE, with Params of the others."""
    method = str({"method": "SMOTE", **keys, **flags}["method"])
    if method not in known:
        raise ResamplingError(f"{section} method {unknown(method, list(known))}")
    params = {param.name: param for param in known[method]().params}
    keys, flags = (
        {name: value for name, value in given.items() if name != "method"}
        for given in (keys, flags)
    )
    return known[method](**param_values(f"{section} key of {method}", params, keys, flags))


def param_value(param: Param[Any], text: str) -> Any:
    """Convert a flag's text for a Param: as text, as a TOML value, or as a list with commas.

    Examples
    --------
    >>> from spark_smote import SMOTE, TomekLinks
    >>> param_value(SMOTE.k, "3"), param_value(SMOTE.samplingStrategy, "{fraud = 9}")
    (3, {'fraud': 9})
    >>> param_value(SMOTE.inputCols, "a, b"), param_value(TomekLinks.samplingStrategy, "0, 1")
    (['a', 'b'], ['0', '1'])
    """
    value = _toml_value(text)
    candidates: list[Any] = [text, value]
    if not text.lstrip().startswith(("{", "[")):  # no table or list of TOML, as it seems
        words = [word.strip() for word in text.split(",") if word.strip()]
        candidates += [words, [_toml_value(word) for word in words]]
    for candidate in candidates:
        if _accepts(param, candidate):
            return candidate
    takes_list = _accepts(param, ["a"]) or _accepts(param, [0])
    return candidates[-1] if takes_list else value


def _accepts(param: Param[Any], value: Any) -> bool:
    try:
        param.typeConverter(value)
    except (TypeError, ValueError):
        return False
    return True


def _read(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ResamplingError(
            f"Config {path!r} cannot be read ({error.strerror}): check --config."
        ) from error
    except ValueError as error:
        raise ResamplingError(f"Config {path!r} is not valid TOML: {error}.") from error
    except RecursionError as error:
        raise ResamplingError(
            f"Config {path!r} nests lists or tables too deeply: no key needs more than two levels."
        ) from error


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


def _under_sampler(
    keys: Mapping[str, Any], flags: Mapping[str, str], sampler: Sampler
) -> RandomUnderSampler | None:
    """Build the sampler that cuts classes which `sampler` leaves as they are."""
    if not (keys or flags):
        return None
    params = {"samplingStrategy": RandomUnderSampler.samplingStrategy}
    values = param_values("[under_sampling] key", params, keys, flags)
    if not (sampler.adds_only and sampler.keeps_originals):
        raise ResamplingError(
            "[under_sampling] needs a method in [smote] that adds rows, and outputMode 'all': "
            "leave it out, or write the originals too."
        )
    return RandomUnderSampler(**_shared(sampler, (*SHARED, "seed")), **values)


def _weights(keys: Mapping[str, Any], flags: Mapping[str, str], sampler: Sampler) -> ClassWeights:
    """Build the stage that weighs the rows of the result."""
    params = {name: getattr(ClassWeights, name) for name in WEIGHTS}
    values = param_values("[weights] key", params, keys, flags)
    weights = ClassWeights(**_shared(sampler, SHARED), **values)
    if not sampler.keeps_originals:
        raise ResamplingError(
            "[weights] weighs the table's own rows and new ones, and outputMode 'synthetic' leaves "
            "the former out: write both, or leave [weights] out."
        )
    name = weights.getWeightCol()
    added = [each for each in ("syntheticCol", "lineageCol") if sampler.hasParam(each)]
    for each in (each for each in added if sampler.isSet(each)):
        if sampler.getOrDefault(each).lower() == name.lower():
            raise ResamplingError(
                f"[weights] weightCol and [smote] {each} both add the column {shown(name)}: choose "
                "another name for one of them."
            )
    return weights


def _shared(sampler: Sampler, names: Sequence[str]) -> dict[str, Any]:
    """Return the Params of the method that another stage has, too."""
    return {name: sampler.getOrDefault(name) for name in names if sampler.isSet(name)}


def param_values(
    kind: str, params: Mapping[str, Param[Any]], keys: Mapping[str, Any], flags: Mapping[str, str]
) -> dict[str, Any]:
    """Return values of Params by name, those of flags converted from text."""
    check_names(kind, [*keys, *flags], list(params))
    return {**keys, **{name: param_value(params[name], text) for name, text in flags.items()}}
