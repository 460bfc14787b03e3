"""Uniform and normal draws in the JVM, as a pure function of their purpose and keys."""

from __future__ import annotations

import math
import zlib

from pyspark.sql import Column
from pyspark.sql import functions as F

__all__ = ["normal", "uniform"]


def uniform(purpose: str, *keys: Column) -> Column:
    """Draw multiples of 2⁻⁵³ from [0, 1), the same in any order, task and machine.

    Parameters
    ----------
    purpose : str
        What the draw decides; draws of different purposes are independent.
    *keys : Column
        Whole numbers that identify the draw, such as the key of a row and the number of the draw.
    """
    bits = F.xxhash64(F.lit(zlib.crc32(purpose.encode())), *keys)
    return F.shiftrightunsigned(bits, 11).cast("double") * F.lit(2.0**-53)


def normal(purpose: str, *keys: Column) -> Column:
    """Draw from the standard normal distribution, by the same rules as `uniform`.

    References
    ----------
    Box, Muller: "A note on the generation of random normal deviates", Annals of Mathematical
    Statistics 29, 1958.
    """
    length = F.sqrt(F.lit(-2.0) * F.log1p(-uniform(purpose + " length", *keys)))
    return length * F.cos(F.lit(2 * math.pi) * uniform(purpose + " angle", *keys))
