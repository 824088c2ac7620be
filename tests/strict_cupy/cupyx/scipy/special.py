"""cupyx.scipy.special: the ufuncs that cupy._ufuncs.OWN computes; the others say that they don't."""

from __future__ import annotations

from cupy._manifest import fill
from cupy._ufuncs import ufuncs

fill("cupyx.scipy.special", globals(), ufuncs("cupyx.scipy.special"))
