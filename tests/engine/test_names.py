"""Names of internal columns: none of them twice, and none that a user's column may have."""

from __future__ import annotations

from spark_smote.engine.table import names

COLUMNS = {
    name: value
    for name, value in vars(names).items()
    if name.isupper() and isinstance(value, str) and name != "RESERVED"
}


def test_names_are_distinct():
    assert len(COLUMNS) > 10
    counted_names = [names.values_name(0), names.values_name(1), names.category_name(0)]
    values = [*COLUMNS.values(), *counted_names]
    assert len(set(values)) == len(values)


def test_names_start_with_the_reserved_prefix():
    for value in [*COLUMNS.values(), names.values_name(0), names.category_name(0)]:
        assert value.startswith(names.RESERVED)
        assert value != names.RESERVED
