"""Makes losses.json and classes.json: losses and their derivatives by the student's logits, in float64.

    python tests/golden/losses/generate.py

losses.json: every pair of a logit and a teacher's probability on its own (`values`, `gradients`), and all pairs as one batch
(`mean`). The formulas are PyTorch's functional ones on pairs of class probabilities, not this program's. `reference`
transcribes boostFSLBert, utils/loss.py at commit 92bc73b, whose student and targets are probabilities.

classes.json: losses of 3 and 6 classes, and of 2 with class weights or label smoothing, of five texts as one batch.
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


def rows(values):
    return torch.tensor(values, dtype=torch.float64)


def labels(q):
    return q.argmax(dim=1)


def weighted_mean(values, q, weights):
    if weights is None:
        return values.mean()
    texts = q @ weights
    return (values * texts).sum() / texts.sum()


def hard_part(z, q, weights, smoothing):
    """PyTorch's loss of labels."""
    return functional.cross_entropy(z, labels(q), weight=weights, label_smoothing=smoothing)


def soft_part(name, z, q, temperature, weights, smoothing):
    if name == "bce":
        # Of probabilities, PyTorch divides by the number of texts; the divisor here is the targets' weight, as it is of labels.
        total = functional.cross_entropy(z, q, weight=weights, label_smoothing=smoothing, reduction="sum")
        return total / (len(q) if weights is None else (q @ weights).sum())
    teacher = torch.log(q.clamp(min=1e-6))
    if name == "kl":
        student = functional.log_softmax(z / temperature, dim=1)
        teacher = functional.log_softmax(teacher / temperature, dim=1)
        each = functional.kl_div(student, teacher, reduction="none", log_target=True).sum(dim=1)
        return temperature**2 * weighted_mean(each, q, weights)
    centred = [logits - logits.mean(dim=1, keepdim=True) for logits in (z, teacher)]
    each = functional.mse_loss(*centred, reduction="none").mean(dim=1)
    return weighted_mean(each, q, weights)


def two_class_soft_part(name, z, q, temperature, weights, smoothing):
    """Of one logit: cross-entropy is that of the logits 0 and z; the others weigh the texts of the losses above."""
    both = torch.stack([1 - q, q], dim=1)
    if name == "bce":
        return soft_part(name, torch.stack([torch.zeros_like(z), z], dim=1), both, temperature, weights, smoothing)
    loss = kl if name == "kl" else mse
    each = torch.stack([loss(z[i : i + 1], q[i : i + 1], temperature) for i in range(len(z))])
    return weighted_mean(each, both, weights)


def class_loss(case, z, q):
    params, weights = case["params"], None if case["weights"] is None else rows(case["weights"])
    several = case["classes"] > 2
    both = (z, q) if several else (torch.stack([torch.zeros_like(z), z], 1), torch.stack([1 - q, q], 1))
    soft = soft_part if several else two_class_soft_part
    alpha = params["alpha"]
    hard = hard_part(*both, weights, case["smoothing"])
    return alpha * hard + (1 - alpha) * soft(params["loss"], z, q, params["temperature"], weights, case["smoothing"])


def class_targets(classes, generator):
    """Labels of five texts, and probabilities of which one is a label and one has zeros."""
    if classes == 2:
        return {"labels-2": [0.0, 1.0, 1.0, 0.0, 1.0], "soft-2": [0.02, 0.3, 0.51, 1.0, 0.9]}
    hot = torch.nn.functional.one_hot(torch.tensor([1, 0, 2, classes - 1, 0]), classes).double()
    soft = torch.softmax(2 * torch.randn(5, classes, generator=generator, dtype=torch.float64), dim=1)
    soft[1] = hot[1]
    soft[2, 0] = 0
    soft[2] /= soft[2].sum()
    soft = soft.mul(1e6).round().div(1e6)
    soft[:, 1] += 1 - soft.sum(dim=1)
    return {f"labels-{classes}": hot.tolist(), f"soft-{classes}": soft.tolist()}


def classes_json():
    """Losses of K classes, class weights and label smoothing: classes.json."""
    generator = torch.Generator().manual_seed(15)
    logits, targets, cases = {}, {}, []
    for classes in (2, 3, 6):
        shape = (5,) if classes == 2 else (5, classes)
        z = 3 * torch.randn(*shape, generator=generator, dtype=torch.float64)
        logits[classes] = z.mul(1e3).round().div(1e3).tolist()
        targets |= (ours := class_targets(classes, generator))
        weights = [0.5, 2.0, 1.25, 0.1, 3.0, 0.75][:classes]
        settings = [("bce", 1), ("kl", 1), ("kl", 4), ("mse", 1)] + [("mse", 3)] * (classes == 2)
        for loss, temperature in settings:
            for weighted, smoothing in [(None, 0.0), (weights, 0.0), (None, 0.1), (weights, 0.1)]:
                for alpha in [0, 0.3, 1]:
                    for name, q in ours.items():
                        case = {
                            "classes": classes,
                            "params": {"loss": loss, "alpha": alpha, "temperature": temperature},
                            "weights": weighted,
                            "smoothing": smoothing,
                            "targets": name,
                        }
                        # Hard parts are the same for all losses and for labels; nothing soft but cross-entropy is smoothed.
                        smooth_for_nothing = loss != "bce" and alpha == 0 and smoothing and weighted is None
                        if alpha == 1 and loss != "bce" or alpha and "labels" in name or smooth_for_nothing:
                            continue
                        z = rows(logits[classes]).requires_grad_()
                        value = class_loss(case, z, rows(q))
                        value.backward()
                        case["value"] = float(f"{value.item():.10g}")
                        case["gradient"] = [round(g, 8) for g in z.grad.flatten().tolist()]
                        cases.append(case)
    # Of labels the formula for probabilities is PyTorch's own for labels.
    for classes in (3, 6):
        z, q = rows(logits[classes]), rows(targets[f"labels-{classes}"])
        weights = rows([0.5, 2.0, 1.25, 0.1, 3.0, 0.75][:classes])
        assert abs(soft_part("bce", z, q, 1, weights, 0.1) - hard_part(z, q, weights, 0.1)) < 1e-12
    flat = lambda values: [v for row in values for v in (row if isinstance(row, list) else [row])]
    text = json.dumps(
        {
            "logits": {str(classes): flat(values) for classes, values in logits.items()},
            "targets": {name: flat(values) for name, values in targets.items()},
        }
    )
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (HERE / "classes.json").write_text(f'{text[:-1]},\n"cases": [\n{lines}\n]\n}}\n')


def main():
    classes_json()
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
