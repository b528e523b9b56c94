"""A training step of a small residual classifier in PyTorch: writes step.safetensors beside itself.

python step.py   (torch, safetensors)

BasicBlock networks as torchvision's (names, order, strides), stem and first stage frozen or not,
cross-entropy with class weights and label smoothing.
"""
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

torch.manual_seed(5)
torch.set_num_threads(1)
WIDTHS, CLASSES, SIZE, BATCH = [4, 6], 3, 32, 5


class Block(nn.Module):
    def __init__(self, before, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        if stride > 1 or before != width:
            self.downsample = nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False),
                                            nn.BatchNorm2d(width))

    def forward(self, x):
        past = self.downsample(x) if hasattr(self, "downsample") else x
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + past)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, WIDTHS[0], 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(WIDTHS[0])
        self.layer1 = nn.Sequential(Block(WIDTHS[0], WIDTHS[0], 1))
        self.layer2 = nn.Sequential(Block(WIDTHS[0], WIDTHS[1], 2))
        self.fc = nn.Linear(WIDTHS[1], CLASSES)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        return self.fc(self.layer2(self.layer1(x)).mean((2, 3)))


def tensors(net):
    return {k: v.clone().contiguous() for k, v in net.state_dict().items() if "num_batches" not in k}


net = Net().double()
with torch.no_grad():  # statistics that are not those of a beginning
    for name, value in net.named_buffers():
        if name.endswith("running_mean"):
            value.copy_(torch.randn(value.shape, dtype=value.dtype) * 0.1)
        if name.endswith("running_var"):
            value.copy_(torch.rand(value.shape, dtype=value.dtype) + 0.5)
start = tensors(net)
levels = torch.randint(0, 256, (BATCH, 1, SIZE, SIZE)).double()
labels = torch.tensor([0, 2, 1, 2, 2])
weights = torch.tensor([1.0, 2.5, 0.5]).double()
out = {"images": levels, "labels": labels, "class_weights": weights}
out.update({f"start/{k}": v for k, v in start.items()})
for frozen in (0, 2):
    net.load_state_dict({**start}, strict=False)
    net.train()
    kept = [net.conv1, net.bn1, net.layer1] if frozen else []
    for module in kept:
        module.eval()
        for p in module.parameters():
            p.requires_grad_(False)
    net.zero_grad()
    logits = net(levels / 255)
    loss = F.cross_entropy(logits, labels, weights, label_smoothing=0.1)
    loss.backward()
    out[f"frozen{frozen}/loss"] = loss.detach()
    out[f"frozen{frozen}/accuracy"] = (logits.argmax(1) == labels).double().mean()
    for name, p in net.named_parameters():
        if p.requires_grad:
            out[f"frozen{frozen}/grad/{name}"] = p.grad.clone()
    for name, value in net.named_buffers():
        if "num_batches" not in name:
            out[f"frozen{frozen}/after/{name}"] = value.clone()
    for p in net.parameters():
        p.requires_grad_(True)
net.load_state_dict({**start}, strict=False)
net.eval()
with torch.no_grad():
    out["probabilities"] = F.softmax(net(levels / 255), 1)
    out["plain_loss"] = F.cross_entropy(net(levels / 255), labels)
save_file({k: v.float() if v.is_floating_point() else v for k, v in out.items()},
          pathlib.Path(__file__).with_name("step.safetensors"))
