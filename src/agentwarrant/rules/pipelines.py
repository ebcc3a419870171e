"""pySigma processing pipelines from files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import yaml
from sigma.exceptions import SigmaError
from sigma.processing.pipeline import ProcessingPipeline

from agentwarrant.errors import ContentError

if TYPE_CHECKING:
    from agentwarrant.rules.load import RuleFile


def pipeline_of(files: Sequence[RuleFile], faults: list[ContentError]) -> ProcessingPipeline | None:
    """Return the pipelines of some files as one, lowest priority first; None for no files.

    What is wrong with a file is added to ``faults``.
    """
    found: list[ProcessingPipeline] = []
    for file in files:
        try:
            found.append(ProcessingPipeline.from_dict(yaml.safe_load(file.text)))
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 0
            faults.append(ContentError(f"not YAML: {error.problem}", path=file.shown, line=line))
        except (
            SigmaError,
            yaml.YAMLError,
            TypeError,
            AttributeError,
            ValueError,
            KeyError,
        ) as error:
            said = str(error).strip() or type(error).__name__
            faults.append(ContentError(f"no pipeline: {said}", path=file.shown))
    found.sort(key=lambda pipeline: pipeline.priority)
    whole: ProcessingPipeline | None = None
    for pipeline in found:
        whole = pipeline if whole is None else whole + pipeline
    return whole
