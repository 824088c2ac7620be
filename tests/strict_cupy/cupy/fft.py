"""cupy.fft: NumPy's, in the precision of the operand as CuPy's are."""

from __future__ import annotations

import numpy as np

from cupy._bridge import computed
from cupy._manifest import MODULES, fill

WITHOUT_ARRAYS = ("fftfreq", "rfftfreq")
WRITTEN = {
    name: computed("cupy.fft", name, getattr(np.fft, name), arrays=0 if name in WITHOUT_ARRAYS else 1)
    for name, entry in MODULES["cupy.fft"].items()
    if entry["kind"] == "function"
}
fill("cupy.fft", globals(), WRITTEN)
