"""Names of internal columns: none of them twice, and none that a user's column may have."""

from __future__ import annotations

from spark_smote.engine.table import names

CONSTANTS = [
    value
    for name, value in vars(names).items()
    if name.isupper() and isinstance(value, str) and name != "RESERVED"
]
NUMBERED = [names.values_name(0), names.values_name(1), names.category_name(0)]


def test_names_are_distinct():
    assert len(CONSTANTS) > 10
    assert len({*CONSTANTS, *NUMBERED}) == len([*CONSTANTS, *NUMBERED])


def test_names_start_with_the_reserved_prefix():
    for name in [*CONSTANTS, *NUMBERED]:
        assert name.startswith(names.RESERVED)
        assert name != names.RESERVED
