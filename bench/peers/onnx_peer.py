"""ONNX Runtime: inference in f32, or with 8-bit weights (`variant`), on the graphs of onnx_export.py, sorted by length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime

import common


def session(job: common.Job) -> onnxruntime.InferenceSession:
    """A session with all graph optimisations and the job's threads."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = job["threads"]
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    path = Path(job["onnx"]) / f"{job['variant']}.onnx"
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def main() -> None:
    """Does the job."""
    job = common.read_job()
    inner = session(job)

    def forward(ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        return inner.run(["logits"], {"ids": ids, "mask": mask})[0]

    common.measure_inference(job, forward, None, versions={"onnxruntime": onnxruntime.__version__})


if __name__ == "__main__":
    main()
