#!/usr/bin/env python3
# Writes tests/golden/fusion/CASE.f64: what PyTorch makes of three epochs of fusion training.
# Needs: torch, numpy.
#
# Inputs, labels, initial weights and batch order come from a small integer hash that the test
# computes too (tests/fusion/golden_case.h), so that only results are stored. Little-endian doubles:
#   3   mean of the batch losses of each epoch, everything in float64
#   3   the same, everything in float32
#   1   evaluation mode: the criterion over all rows, float64
#   n*k evaluation mode: probabilities of all rows, float64
#   ... every tensor of the module after the three epochs, float64, in the order of state_dict()
#   1   with a learned shift: lambda after the three epochs
# A learned shift moves rows of length one by -lambda/2 (images) and lambda/2 (texts) of a direction and
# brings them to length one again; they are rounded to floats, as puente has them, lambda begins at 0.
import pathlib

import numpy as np
import torch
from torch import nn

ROWS, BATCH, EPOCHS = 33, 8, 3  # four batches: the last one, of one row, joins the one before
IMAGE, TEXT = 5, 3
CASES = {  # kind, image columns, text columns, classes, class weights
    # [, labels, some unknown, weight of the distance between the branches, learned shift]
    "early_2": ("early", IMAGE, TEXT, 2, True),
    "early_7": ("early", IMAGE, TEXT, 7, True),
    "late_2": ("late", IMAGE, TEXT, 2, True),
    "late_7": ("late", IMAGE, TEXT, 7, True),
    "late_text_only_3": ("late", 0, IMAGE + TEXT, 3, False),
    "early_2_unweighted": ("early", IMAGE, TEXT, 2, False),
    "early_4_labels": ("early", IMAGE, TEXT, 2, True, 4, False),
    "late_3_labels_unknown": ("late", IMAGE, TEXT, 2, True, 3, True),
    "late_7_regularised": ("late", IMAGE, TEXT, 7, True, 1, False, 0.3),
    "early_2_learned": ("early", 4, 4, 2, True, 1, False, 0, True),
    "late_7_learned_regularised": ("late", 4, 4, 7, True, 1, False, 0.3, True),
}


def mixed(i):
    """The finaliser of a 32-bit hash; 32 bits."""
    i = (i * 2654435761) & 0xFFFFFFFF
    i ^= i >> 15
    i = (i * 2246822519) & 0xFFFFFFFF
    return i ^ (i >> 13)


def signed(i):
    """In [-1, 1), a multiple of 2^-20."""
    return (mixed(i) >> 11) / 2**20 - 1


def branch(inputs, hidden):
    return nn.Sequential(
        nn.Linear(inputs, hidden), nn.ReLU(), nn.Dropout(0), nn.BatchNorm1d(hidden))


class Early(nn.Module):
    def __init__(self, image, text, outputs):
        super().__init__()
        self.hidden = branch(image + text, 128)
        self.output = nn.Linear(128, outputs)

    def forward(self, x):
        return self.output(self.hidden(x))


class Late(nn.Module):
    def __init__(self, image, text, outputs):
        super().__init__()
        self.split = image
        if image:
            self.image = branch(image, 64)
        if text:
            self.text = branch(text, 64)
        self.output = nn.Linear(64 * ((image > 0) + (text > 0)), outputs)

    def forward(self, x):
        parts = []
        if self.split:
            parts.append(self.image(x[:, : self.split]))
        if hasattr(self, "text"):
            parts.append(self.text(x[:, self.split :]))
        self.parts = parts
        return self.output(torch.cat(parts, 1))


class Shift(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.width = width
        self.direction = torch.tensor([signed(50021 + j) for j in range(width)])
        self.amount = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        def moved(v, by):
            v = nn.functional.normalize(v.double(), dim=1) + by * self.direction.double()
            return nn.functional.normalize(v, dim=1)
        image, text = x[:, : self.width], x[:, self.width :]
        half = self.amount.double() / 2
        rows = torch.cat([moved(image, -half), moved(text, half)], 1)
        return (rows + (rows.float().double() - rows).detach()).to(self.amount.dtype)


def tensors(model):
    return [(k, v) for k, v in model.state_dict().items() if not k.endswith("batches_tracked")]


def initialise(model):
    for t, (name, tensor) in enumerate(tensors(model)):
        values = np.array([signed(100003 * (t + 1) + i) / 4 for i in range(tensor.numel())])
        if name.endswith("3.weight") or name.endswith("running_var"):
            values += 1
        tensor.copy_(torch.tensor(values).reshape(tensor.shape))


def yes_no_labels(labels, unknown):
    """[ROWS, labels] of 0, 1, or -1 where the answer is not known."""
    def one(r, label):
        lot = mixed(104729 + r + 15485863 * label)
        return -1 if unknown and label > 0 and lot % 3 == 0 else lot % 2
    return torch.tensor([[one(r, label) for label in range(labels)] for r in range(ROWS)])


def yes_no_loss(y, dtype):
    """Where all is known, nn.BCEWithLogitsLoss as it is; else its mean over what is."""
    weight = (y == 0).sum(0).to(dtype) / (y == 1).sum(0).to(dtype)
    if (y >= 0).all():
        criterion = nn.BCEWithLogitsLoss(pos_weight=weight)
        return lambda z, t: criterion(z, t.to(dtype))
    each = nn.BCEWithLogitsLoss(pos_weight=weight, reduction="none")
    return lambda z, t: each(z, t.clamp(min=0).to(dtype))[t >= 0].mean()


def run(dtype, kind, image, text, classes, weighted, labels=1, unknown=False, pull=0,
        learned=False):
    torch.set_num_threads(1)
    torch.set_default_dtype(dtype)
    outputs = labels if classes == 2 else classes
    model = (Early if kind == "early" else Late)(image, text, outputs)
    initialise(model)
    # Large beside the biases: the bias of a unit that fires for all rows of a batch has, because of
    # BatchNorm, a gradient of exactly zero, and AdamW magnifies its rounding by lr / eps = 1e5.
    x = torch.tensor([[4 * signed(7919 * r + c) for c in range(image + text)] for r in range(ROWS)])
    y = torch.tensor([mixed(104729 + r) % classes for r in range(ROWS)])
    count = torch.bincount(y, minlength=classes).to(dtype)
    balanced = ROWS / (classes * count)
    if labels > 1:
        y = yes_no_labels(labels, unknown)
        loss_of = yes_no_loss(y, dtype)
    elif outputs == 1:
        criterion = nn.BCEWithLogitsLoss(pos_weight=count[0] / count[1] if weighted else None)
        loss_of = lambda z, t: criterion(z[:, 0], t.to(dtype))
    else:
        loss_of = nn.CrossEntropyLoss(weight=balanced if weighted else None)
    shift = Shift(image) if learned else nn.Identity()
    optimiser = torch.optim.AdamW([*model.parameters(), *shift.parameters()])
    bounds = list(range(0, ROWS, BATCH)) + [ROWS]
    if bounds[-1] - bounds[-2] == 1:
        del bounds[-2]
    means = []
    for epoch in range(EPOCHS):
        order = [(5 * i + 11 * epoch) % ROWS for i in range(ROWS)]
        losses = []
        model.train()
        for begin, end in zip(bounds, bounds[1:]):
            rows = order[begin:end]
            optimiser.zero_grad()
            loss = loss_of(model(shift(x[rows])), y[rows])
            if pull:
                loss = loss + pull / (2 * len(rows)) * (model.parts[1] - model.parts[0]).square().sum()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        means.append(sum(losses) / len(losses))
    model.eval()
    with torch.no_grad():
        z = model(shift(x))
        loss = loss_of(z, y).item()
        if classes == 2:
            p = torch.sigmoid(z)
            p = torch.stack([1 - p, p], 2)
        else:
            p = torch.softmax(z, 1)
    final = [v.double().numpy().ravel() for _, v in tensors(model)]
    final += [v.detach().double().numpy().ravel() for v in shift.parameters()]
    return means, loss, p.double().numpy().ravel(), final


def main():
    folder = pathlib.Path(__file__).resolve().parent.parent / "tests/golden/fusion"
    folder.mkdir(parents=True, exist_ok=True)
    for name, case in CASES.items():
        means64, loss, p, final = run(torch.float64, *case)
        means32 = run(torch.float32, *case)[0]
        numbers = np.concatenate([means64, means32, [loss], p, *final]).astype("<f8")
        numbers.tofile(folder / f"{name}.f64")
        print(name, len(numbers), means64)


if __name__ == "__main__":
    main()
