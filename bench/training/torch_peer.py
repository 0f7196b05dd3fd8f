"""PyTorch's training steps of the same network, weights, batch and losses: `python3 torch_peer.py <folder>`, see main.js."""
import json
import struct
import sys
import time

import numpy as np
import torch
from torch import nn

SCORE_WEIGHT = 10
RATE = 1e-5

folder = sys.argv[1]
case = json.load(open(f"{folder}/case.json"))
torch.set_num_threads(case["threads"])


def conv(inputs, outputs, kernel, stride=1, groups=1):
    return [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        layers = [] if expansion == 1 else [nn.Sequential(*conv(inputs, hidden, 1), nn.ReLU6(True))]
        layers += [nn.Sequential(*conv(hidden, hidden, 3, stride, hidden), nn.ReLU6(True)), *conv(hidden, outputs, 1)]
        self.conv = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


class Pipnet(nn.Module):
    def __init__(self, landmarks, neighbours):
        super().__init__()
        features, channels = [nn.Sequential(*conv(3, 32, 3, 2), nn.ReLU6(True))], 32
        for t, c, n, s in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]:
            for i in range(n):
                features.append(Block(channels, c, s if i == 0 else 1, t))
                channels = c
        features.append(nn.Sequential(*conv(channels, 1280, 1), nn.ReLU6(True)))
        self.features = nn.Sequential(*features)
        for name, maps in [("cls", 1), ("x", 1), ("y", 1), ("nb_x", neighbours), ("nb_y", neighbours)]:
            setattr(self, f"{name}_layer", nn.Conv2d(1280, landmarks * maps, 1))

    def forward(self, x):
        x = self.features(x)
        return [getattr(self, f"{name}_layer")(x) for name in ("cls", "x", "y", "nb_x", "nb_y")]


def read_safetensors(path):
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    begin = 8 + length
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            first, last = entry["data_offsets"]
            tensors[name] = torch.from_numpy(np.frombuffer(data, np.float32, (last - first) // 4, begin + first).reshape(entry["shape"]).copy())
    return tensors


def loss_of(outputs, points, neighbours):
    cls, *offsets = outputs
    n, landmarks, rows, columns = cls.shape
    column = (points[:, :, 0] * columns).floor().clamp(0, columns - 1).long()
    row = (points[:, :, 1] * rows).floor().clamp(0, rows - 1).long()
    cell = (row * columns + column).unsqueeze(2)
    target = torch.zeros(n, landmarks, rows * columns).scatter_(2, cell, 1)
    loss = SCORE_WEIGHT * ((cls.view(n, landmarks, -1) - target) ** 2).mean()
    others = points[:, neighbours]
    wanted = [points[:, :, 0:1], points[:, :, 1:2], others[..., 0], others[..., 1]]
    for output, place, scale, corner in zip(offsets, wanted, (columns, rows, columns, rows), (column, row, column, row)):
        maps = output.view(n, landmarks, -1, rows * columns)
        value = maps.gather(3, cell.unsqueeze(2).expand(-1, -1, maps.shape[2], 1)).squeeze(3)
        loss = loss + (value - (place * scale - corner.unsqueeze(2))).abs().mean()
    return loss


architecture = case["architecture"]
net = Pipnet(architecture["landmarks"], architecture["neighbours"])
missing, unexpected = net.load_state_dict(read_safetensors(f"{folder}/weights.safetensors"), strict=False)
assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing), (missing, unexpected)
size = case["size"]
images = torch.from_numpy(np.fromfile(f"{folder}/images.f32", np.float32).reshape(-1, size, size, 3).transpose(0, 3, 1, 2).copy())
points = torch.from_numpy(np.fromfile(f"{folder}/points.f32", np.float32).reshape(len(images), -1, 2))
neighbours = torch.tensor(case["neighbours"])
optimiser = torch.optim.Adam(net.parameters(), lr=RATE)
net.train()


def step():
    optimiser.zero_grad()
    loss = loss_of(net(images), points, neighbours)
    loss.backward()
    optimiser.step()
    return loss.item()


print(json.dumps(step()), flush=True)
for line in sys.stdin:
    times = []
    for i in range(int(line) + 1):
        start = time.perf_counter()
        step()
        if i > 0:
            times.append(1000 * (time.perf_counter() - start))
    print(json.dumps(times), flush=True)
