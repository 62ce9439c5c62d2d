"""Makes losses.json: the losses of a distillation and their derivatives by the student's logit, in float64.

    python tests/golden/losses/generate.py

Every pair of a logit and a teacher's probability on its own (`values`, `gradients`), and all pairs as one batch
(`mean`). The formulas are PyTorch's functional ones on pairs of class probabilities, not this program's. `reference`
transcribes boostFSLBert, utils/loss.py at commit 92bc73b, whose student and targets are probabilities.
"""

import json
from pathlib import Path

import torch
from torch.nn import functional

HERE = Path(__file__).parent
LOGITS = [-9.0, -2.5, -0.3, 0.0, 0.7, 6.0]
TARGETS = [0.0, 0.02, 0.35, 0.5, 0.51, 0.97, 1.0]
# Keras' backend epsilon
EPSILON = 1e-7


def teacher_logit(q):
    q = q.clamp(1e-6, 1 - 1e-6)
    return torch.log(q) - torch.log1p(-q)


def two_classes(logit):
    """log probabilities of [positive, negative]: a softmax over (logit, 0)."""
    return functional.log_softmax(torch.stack([logit, torch.zeros_like(logit)], dim=-1), dim=-1)


def hinted(soft):
    """alpha between the cross-entropy of hard labels and a soft part."""

    def loss(z, q, alpha, temperature):
        hard = functional.binary_cross_entropy_with_logits(z, torch.where(q > 0.5, 1.0, 0.0).double())
        return alpha * hard + (1 - alpha) * soft(z, q, temperature)

    return loss


def bce(z, q, temperature):
    assert temperature == 1
    return functional.binary_cross_entropy_with_logits(z, q)


def kl(z, q, temperature):
    student, teacher = two_classes(z / temperature), two_classes(teacher_logit(q) / temperature)
    return temperature**2 * functional.kl_div(student, teacher, reduction="batchmean", log_target=True)


def mse(z, q, temperature):
    student, teacher = torch.sigmoid(z / temperature), torch.sigmoid(teacher_logit(q) / temperature)
    return temperature**2 * functional.mse_loss(student, teacher)


def keras_binary_crossentropy(labels, probabilities):
    clipped = probabilities.clamp(EPSILON, 1 - EPSILON)
    return -(labels * torch.log(clipped) + (1 - labels) * torch.log(1 - clipped)).mean()


def reference(z, q, alpha, temperature):
    predicted = torch.sigmoid(z)
    hard = torch.where(torch.sigmoid(q) > 0.5, 1.0, 0.0).double()
    first = keras_binary_crossentropy(hard, torch.sigmoid(predicted))
    second = ((torch.sigmoid(q / temperature) - torch.sigmoid(predicted / temperature)) ** 2).mean()
    if alpha == 0:
        return second
    if alpha == 1:
        return first
    return alpha * first + (1 - alpha) * second * temperature**2


def graded(loss, z, q, alpha, temperature):
    z = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    value = loss(z, torch.tensor(q, dtype=torch.float64), alpha, float(temperature))
    value.backward()
    return value.item(), z.grad.tolist()


def main():
    pairs = [(z, q) for z in LOGITS for q in TARGETS]
    logits, targets = map(list, zip(*pairs))
    losses = {"bce": hinted(bce), "kl": hinted(kl), "mse": hinted(mse), "reference": reference}
    cases = []
    for name, loss in losses.items():
        for temperature in [1] if name == "bce" else [1, 2, 5]:
            for alpha in [0, 0.3, 1]:
                alone = [graded(loss, [z], [q], alpha, temperature) for z, q in pairs]
                mean, gradient = graded(loss, logits, targets, alpha, temperature)
                assert all(abs(g - one[1][0] / len(pairs)) < 1e-12 for g, one in zip(gradient, alone))
                cases.append(
                    {
                        "params": {"loss": name, "alpha": alpha, "temperature": temperature},
                        "values": [float(f"{value:.12g}") for value, _ in alone],
                        "gradients": [float(f"{gradient[0]:.12g}") for _, gradient in alone],
                        "mean": mean,
                    }
                )
    lines = ",\n".join(json.dumps(case) for case in cases)
    head = f'"logits": {json.dumps(logits)},\n"targets": {json.dumps(targets)}'
    (HERE / "losses.json").write_text(f'{{\n{head},\n"cases": [\n{lines}\n]\n}}\n')
    (HERE / "versions.txt").write_text(f"torch {torch.__version__}\n")


if __name__ == "__main__":
    main()
