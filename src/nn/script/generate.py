"""Makes int8.pt: a linear layer in int8, as TorchScript, for the operators that tch does not wrap.

Run with PyTorch 2.11.0: `python src/nn/script/generate.py`. The archive holds no weights: `pack` takes them.
"""

from pathlib import Path

import torch
from torch import Tensor


class Int8Linear(torch.nn.Module):
    """`y = x·Wᵀ + b` with weights in int8 per row and activations in 7 bits per call."""

    def __init__(self) -> None:
        super().__init__()
        placeholder = torch.quantize_per_channel(
            torch.zeros(1, 1), torch.ones(1), torch.zeros(1, dtype=torch.long), 0, torch.qint8
        )
        self.packed = torch.ops.quantized.linear_prepack(placeholder, None)

    @torch.jit.export
    def pack(self, weight: Tensor, bias: Tensor) -> Tensor:
        """Takes a weight quantized per row, `[out, in]` qint8, and a bias, `[out]` f32."""
        self.packed = torch.ops.quantized.linear_prepack(weight, bias)
        return bias

    def forward(self, x: Tensor) -> Tensor:
        """`[N, in]` f32 to `[N, out]` f32. 7 bits: 8 would overflow the 16-bit sums of processors without VNNI."""
        return torch.ops.quantized.linear_dynamic(x, self.packed, True)


if __name__ == "__main__":
    torch.jit.script(Int8Linear()).save(str(Path(__file__).with_name("int8.pt")))
