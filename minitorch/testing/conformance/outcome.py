"""What came of trying a row under a template in a dtype."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, field
from typing import Any

from minitorch.backend import Device
from minitorch.dtypes import DType
from minitorch.testing.conformance.cases import Case


@dataclass
class Fault:
    """A sample that does not conform."""

    number: int
    sample: str
    message: str


@dataclass
class Outcome:
    """What came of a row under a template in a dtype: how many samples were checked, the largest error, the faults."""

    row: str
    template: str
    dtype: str
    samples: int = 0
    ulp: float = 0.0
    seconds: float = 0.0  # of the processor
    faults: list[Fault] = field(default_factory=list)
    known: str = ""  # why the faults were to be expected

    @property
    def failed(self) -> bool:
        return bool(self.faults) and not self.known


def check(template: Any, op: Any, dtype: DType, device: Device) -> Outcome:
    """Try all samples of a row in a dtype."""
    outcome = Outcome(op.name, template.name, dtype.name)
    start = time.process_time()
    try:
        made = template.cases(op, dtype, device)
    except Exception as error:
        outcome.faults.append(Fault(-1, "", f"its samples can't be made: {type(error).__name__}: {error}"))
        made = []
    for case in made:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                error = template.check(case)
        except Exception as error:
            outcome.samples += 1
            outcome.faults.append(Fault(case.number, repr(case.sample), words(template, case, error)))
        else:
            if error is not None:
                outcome.samples += 1
                outcome.ulp = max(outcome.ulp, error)
    outcome.seconds = time.process_time() - start
    return outcome


def words(template: Any, case: Case, error: Exception) -> str:
    """What is wrong, and with what: template, row, sample, dtype and device."""
    kind = "" if type(error) is AssertionError else f"{type(error).__name__}: "
    return (
        f"{template.name} of {case.op.name}{case.sample!r} in {case.dtype.name} on {case.device.qualified}, "
        f"sample {case.number}: {kind}{error}"
    )
