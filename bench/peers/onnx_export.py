"""Makes the ONNX peer's models of a model folder: `onnx_export.py MODEL OUT` writes OUT/f32.onnx and OUT/int8.onnx.

As ONNX Runtime's documentation has it: export, fuse attention, normalisations and GELU with its transformers optimizer, then
quantize dynamically. Without VNNI, 8-bit products of unsigned and signed numbers may overflow: weights then keep 7 bits.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from onnx import TensorProto
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.optimizer import optimize_model

import torch_peer


def export(model: str, path: Path) -> tuple[int, int]:
    """Writes the plain graph; attention heads and width."""
    classifier = torch_peer.load(model, pooler=False, attn_implementation="eager").eval()
    ids = torch.randint(1000, 2000, (2, 16))
    mask = torch.ones_like(ids)
    mask[1, 10:] = 0
    axes = {0: "batch", 1: "tokens"}
    torch.onnx.export(
        classifier,
        (ids, mask),
        str(path),
        input_names=["ids", "mask"],
        output_names=["logits"],
        dynamic_axes={"ids": axes, "mask": axes, "logits": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )
    config = classifier.encoder.config
    return config.num_attention_heads, config.hidden_size


def has_vnni() -> bool:
    """Whether the processor has 8-bit products that cannot overflow."""
    flags = Path("/proc/cpuinfo").read_text()
    return "avx512_vnni" in flags or "avx_vnni" in flags


def main() -> None:
    """Writes both models."""
    model, out = sys.argv[1], Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    plain, f32, int8 = out / "plain.onnx", out / "f32.onnx", out / "int8.onnx"
    heads, width = export(model, plain)
    optimized = optimize_model(str(plain), model_type="bert", num_heads=heads, hidden_size=width)
    print("fused:", optimized.get_fused_operator_statistics())
    optimized.save_model_to_file(str(f32))
    quantize_dynamic(
        str(f32),
        str(int8),
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=not has_vnni(),
        extra_options={"DefaultTensorType": TensorProto.FLOAT},  # shapes are not inferred through fused operators
    )
    plain.unlink()


if __name__ == "__main__":
    main()
