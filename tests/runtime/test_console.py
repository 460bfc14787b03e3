from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest

from spark_smote.runtime.console import print_line, write_json

TEXT = "é … 漢"


def test_a_line_is_written_whatever_the_encoding(monkeypatch):
    for encoding, shown in (("utf-8", TEXT), ("ascii", r"\xe9 \u2026 \u6f22")):
        written = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding))
        print_line(TEXT)
        write_json("-", {"a": TEXT})
        line, content = written.getvalue().decode(encoding).splitlines()
        assert line == shown
        assert json.loads(content) == {"a": TEXT}


@pytest.mark.parametrize("case", ["utf-8 |true", "ascii |true", "ascii >&-", "utf-8 >/dev/full"])
def test_stdout_does_not_decide_the_exit_code(case):
    encoding, stdout = case.split()
    code = (
        "import sys, time; from spark_smote.runtime.console import print_line; time.sleep(0.2)\n"
        f"for _ in range(999): print_line({TEXT!r})\n"
        "sys.exit(7)"
    )
    command = f'set -o pipefail; "$0" -c "$1" {stdout}'
    done = subprocess.run(
        ["bash", "-c", command, sys.executable, code],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 7, done.stderr
    assert "Traceback" not in done.stderr
