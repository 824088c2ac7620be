"""Whole programs as users of PyTorch write them, a few steps each: what they return agrees from the same seed.

Each stands for a kind of program, and has in it what once broke: batch norm before ReLU(inplace=True), losses divided in place,
`axis=`, NumPy's numbers beside tensors, the switches of cuDNN, Variables.
"""

import copy
import math
import random

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")


def convolutional_network(t):
    """A residual network with gradient accumulation, then fine-tuned with most of it frozen; activations seen by hooks."""
    nn, F = t.nn, t.nn.functional

    class Block(nn.Module):
        def __init__(self, channels):
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
            self.conv2, self.bn2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
            self.relu = nn.ReLU(inplace=True)

        def forward(self, x):
            out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
            out += x
            return self.relu(out)

    stem = [nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(True), nn.MaxPool2d(2), nn.ReLU(True)]
    net = nn.Sequential(*stem, Block(8), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4))
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    optimizer = t.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=5e-4)
    scheduler = t.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=3)
    images, labels, told = t.randn(12, 3, 16, 16), t.randint(0, 4, (12,)), []
    for _ in range(2):
        for x, y in zip(images.split(6), labels.chunk(2), strict=True):
            loss = F.cross_entropy(net(x), y)
            loss /= 2
            loss.backward()
            told.append(loss.item())
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
    for parameter in net.parameters():
        parameter.requires_grad = False
    net[-1], seen = nn.Linear(net[-1].in_features, 2), {}
    handle = net[5].register_forward_hook(lambda module, given, out: seen.update(block=out.detach()))
    loss = F.cross_entropy(net(images), labels % 2)
    loss.backward()
    handle.remove()
    return (
        told,
        seen["block"],
        net[-1].weight.grad,
        repr(net),
        [n for n, p in net.named_parameters() if p.requires_grad],
    )


def language_model(t):
    """A small GPT: tied weights, two groups of parameters, top-k sampling."""
    nn, F = t.nn, t.nn.functional

    class Block(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.attn, self.proj = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
            self.mlp = nn.Sequential(
                nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width), nn.Dropout(0.1)
            )

        def forward(self, x):
            batch, length, width = x.size()
            parts = self.attn(self.ln_1(x)).split(width, dim=2)
            q, k, v = (part.view(batch, length, 2, width // 2).transpose(1, 2) for part in parts)
            mixed = F.scaled_dot_product_attention(q, k, v, dropout_p=0.1 if self.training else 0, is_causal=True)
            x = x + self.proj(mixed.transpose(1, 2).contiguous().view(batch, length, width))
            return x + self.mlp(self.ln_2(x))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            parts = {
                "wte": nn.Embedding(20, 16),
                "wpe": nn.Embedding(8, 16),
                "h": nn.ModuleList([Block(16), Block(16)]),
            }
            self.transformer, self.lm_head = nn.ModuleDict(parts), nn.Linear(16, 20, bias=False)
            self.transformer.wte.weight = self.lm_head.weight
            self.apply(lambda m: nn.init.normal_(m.weight, std=0.02) if isinstance(m, nn.Linear) else None)

        def forward(self, idx):
            x = self.transformer.wte(idx) + self.transformer.wpe(t.arange(idx.size(1)))
            for block in self.transformer.h:
                x = block(x)
            return self.lm_head(x)

    model, told = GPT(), []
    named = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in named if p.dim() >= 2], "weight_decay": 0.1},
        {"params": [p for p in named if p.dim() < 2], "weight_decay": 0.0},
    ]
    optimizer = t.optim.AdamW(groups, lr=1e-2, betas=(0.9, 0.95))
    text = t.randint(20, (200,))
    for _ in range(5):
        places = t.randint(len(text) - 8, (4,))
        x, y = (t.stack([text[i + shift : i + shift + 8] for i in places]) for shift in (0, 1))
        loss = F.cross_entropy(model(x).view(-1, 20), y.view(-1), ignore_index=-1)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        told.append(loss.item())
    model.eval()
    sample = t.zeros((1, 1), dtype=t.long)
    with t.no_grad():
        for _ in range(10):
            logits = model(sample[:, -8:])[:, -1, :] / 0.8
            best, _ = t.topk(logits, 5)
            logits[logits < best[:, [-1]]] = -float("Inf")
            sample = t.cat((sample, t.multinomial(F.softmax(logits, dim=-1), num_samples=1)), dim=1)
    return told, sample, list(model.state_dict()), repr(optimizer)


def diffusion(t):
    """DDPM on points, with an averaged copy of the net that draws."""
    nn, F = t.nn, t.nn.functional
    betas = t.linspace(1e-4, 0.02, 20)
    alphas = 1.0 - betas
    kept = t.cumprod(alphas, axis=0)
    before = F.pad(kept[:-1], (1, 0), value=1.0)

    def extract(values, steps, shape):
        return values.gather(-1, steps.cpu()).reshape(steps.shape[0], *((1,) * (len(shape) - 1)))

    net = nn.Sequential(nn.Linear(10, 16), nn.SiLU(), nn.Linear(16, 2))
    averaged, told = copy.deepcopy(net).requires_grad_(False), []

    def predicted(model, x, steps):
        angles = steps[:, None] * t.exp(t.arange(4) * -(math.log(10000) / 3))[None, :]
        return model(t.cat((x, angles.sin(), angles.cos()), dim=-1))

    optimizer = t.optim.Adam(net.parameters(), 1e-2)
    for _ in range(6):
        x, steps = t.randn(32, 2) * 0.1 + t.tensor([1.0, -1.0]), t.randint(0, 20, (32,)).long()
        noise = t.randn_like(x)
        noisy = extract(kept.sqrt(), steps, x.shape) * x + extract((1 - kept).sqrt(), steps, x.shape) * noise
        loss = F.smooth_l1_loss(noise, predicted(net, noisy, steps))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        told.append(loss.item())
        with t.no_grad():
            for mean, parameter in zip(averaged.parameters(), net.parameters(), strict=True):
                mean.mul_(0.9).add_(parameter.data, alpha=0.1)
    x = t.randn(5, 2)
    for i in reversed(range(20)):
        steps = t.full((5,), i, dtype=t.long)
        share = extract(betas, steps, x.shape) / extract((1 - kept).sqrt(), steps, x.shape)
        x = (x - share * predicted(averaged, x, steps)) / extract(alphas, steps, x.shape).sqrt()
        spread = betas * (1.0 - before) / (1.0 - kept)
        x = x if i == 0 else x + t.sqrt(extract(spread, steps, x.shape)) * t.randn_like(x)
    return told, x


def adversarial(t):
    """A convolutional GAN, whose critic then learns with a gradient penalty under spectral norm."""
    nn = t.nn
    maker = nn.Sequential(
        nn.ConvTranspose2d(6, 8, 4, 1, 0, bias=False), nn.BatchNorm2d(8), nn.ReLU(True),
        nn.ConvTranspose2d(8, 1, 4, 2, 1, bias=False), nn.Tanh(),
    )  # fmt: skip
    judge = nn.Sequential(
        nn.Conv2d(1, 8, 4, 2, 1, bias=False),
        nn.BatchNorm2d(8),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(8, 1, 4),
        nn.Sigmoid(),
    )

    def weights_init(module):
        if module.__class__.__name__.find("Conv") != -1:
            nn.init.normal_(module.weight.data, 0.0, 0.02)

    maker.apply(weights_init)
    judge.apply(weights_init)
    of_judge, of_maker = (t.optim.Adam(net.parameters(), lr=2e-3, betas=(0.5, 0.999)) for net in (judge, maker))
    criterion, real, told = nn.BCELoss(), t.randn(6, 1, 8, 8).clamp(-1, 1), []
    for _ in range(3):
        judge.zero_grad()
        label = t.full((6,), 1.0, dtype=t.float)
        on_real = criterion(judge(real).view(-1), label)
        on_real.backward()
        fake = maker(t.randn(6, 6, 1, 1))
        on_fake = criterion(judge(fake.detach()).view(-1), label.fill_(0.0))
        on_fake.backward()
        of_judge.step()
        maker.zero_grad()
        fooled = criterion(judge(fake).view(-1), label.fill_(1.0))
        fooled.backward()
        of_maker.step()
        told.append([(on_real + on_fake).item(), fooled.item()])
    critic = nn.Sequential(nn.utils.spectral_norm(nn.Linear(4, 8)), nn.SiLU(), nn.utils.spectral_norm(nn.Linear(8, 1)))
    optimizer = t.optim.RMSprop(critic.parameters(), lr=1e-2)
    for _ in range(3):
        a, b, mix = t.randn(6, 4), t.randn(6, 4) + 1, t.rand(6, 1)
        between = (mix * a + (1 - mix) * b).requires_grad_(True)
        out = critic(between)
        (slope,) = t.autograd.grad(
            outputs=out,
            inputs=between,
            grad_outputs=t.ones_like(out),
            create_graph=True,
            retain_graph=True,
            only_inputs=True,
        )
        loss = critic(b).mean() - critic(a).mean() + 10 * ((slope.norm(2, dim=1) - 1) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        told.append(loss.item())
    return told, list(critic.state_dict())


def reinforcement(t):
    """Q-learning from a replay memory and proximal policy optimization, in a world made of NumPy."""
    nn, F = t.nn, t.nn.functional
    with t.backends.cudnn.flags(
        deterministic=True
    ):  # to set it alone is refused once PyTorch's own tests were imported
        repeatable = t.backends.cudnn.deterministic, t.backends.cudnn.benchmark
    device = t.accelerator.current_accelerator() if t.accelerator.is_available() else "cpu"
    if t.backends.mps.is_available() or str(device) == "cuda":
        pytest.skip("another device's numbers")
    policy, target = (nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2)) for _ in range(2))
    told = [str(target.load_state_dict(policy.state_dict())), repeatable]
    optimizer = t.optim.AdamW(policy.parameters(), lr=1e-3, amsgrad=True)
    state, memory = np.random.randn(4).astype(np.float32), []
    for step in range(16):
        now = t.tensor(state).unsqueeze(0)
        with t.no_grad():
            action = (
                policy(now).max(1).indices.view(1, 1) if random.random() > 0.5 else t.tensor([[random.randrange(2)]])
            )
        state = (state * 0.9 + (action.item() - 0.5) * 0.3 + np.random.randn(4) * 0.1).astype(np.float32)
        reward = -np.abs(state).sum()  # a np.float32
        memory.append((now, action, None if step % 8 == 7 else t.from_numpy(state)[None], t.tensor([reward])))
    for _ in range(3):
        states, actions, nexts, rewards = zip(*random.sample(memory, 8), strict=True)
        alive, worth = t.tensor([one is not None for one in nexts]), t.zeros(8)
        with t.no_grad():
            worth[alive] = target(t.cat([one for one in nexts if one is not None])).max(1).values
        expected = worth * np.float32(0.99) + t.cat(rewards)
        loss = F.smooth_l1_loss(policy(t.cat(states)).gather(1, t.cat(actions)), expected.unsqueeze(1))
        optimizer.zero_grad()
        loss.backward()
        t.nn.utils.clip_grad_value_(policy.parameters(), 100)
        optimizer.step()
        told.append(loss.item())
    observed, old, order = t.randn(32, 4), t.distributions.Categorical(logits=t.zeros(32, 2)), np.arange(32)
    acts, gains = old.sample(), np.float64(0.5) * t.randn(32)
    before = old.log_prob(acts)
    np.random.shuffle(order)
    for part in np.split(order, 4):
        new = t.distributions.Categorical(logits=policy(observed[part]))
        ratio = (new.log_prob(acts[part]) - before[part]).exp()
        gain = (gains[part] - gains[part].mean()) / (gains[part].std() + np.finfo(np.float32).eps.item())
        loss = t.max(-gain * ratio, -gain * t.clamp(ratio, 0.8, 1.2)).mean() - 0.01 * new.entropy().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        told.append(loss.item())
    return told, t.tensor([np.float64(r) for r in (1.0, 2.0)]), acts


def tagger(t):
    """A BiLSTM with a conditional random field, learned by logsumexp and read by Viterbi's way; sentences are packed."""
    nn, rnn = t.nn, t.nn.utils.rnn
    sentences = [t.randint(1, 20, (n,)) for n in (3, 7, 5, 1)]
    words, lengths = rnn.pad_sequence(sentences, batch_first=True), t.tensor([len(s) for s in sentences])
    tags, mask = words % 4, t.arange(words.size(1))[None, :] < lengths[:, None]
    embedding, lstm, score = (
        nn.Embedding(20, 6, padding_idx=0),
        nn.LSTM(6, 5, bidirectional=True, batch_first=True),
        nn.Linear(10, 4),
    )
    transitions, told = nn.Parameter(t.randn(4, 4)), []
    modules = nn.ModuleList([embedding, lstm, score])
    optimizer = t.optim.SGD([*modules.parameters(), transitions], lr=0.05, weight_decay=1e-4)

    def emissions():
        packed = rnn.pack_padded_sequence(embedding(words), lengths.cpu(), batch_first=True, enforce_sorted=False)
        return score(rnn.pad_packed_sequence(lstm(packed)[0], batch_first=True)[0])

    for _ in range(4):
        e = emissions()
        alpha = e[:, 0]
        truth = e.gather(2, tags.unsqueeze(2)).squeeze(2)
        steps = transitions[tags[:, :-1], tags[:, 1:]]
        for i in range(1, e.size(1)):
            step = t.logsumexp(alpha.unsqueeze(2) + transitions.unsqueeze(0) + e[:, i].unsqueeze(1), dim=1)
            alpha = t.where(mask[:, i].unsqueeze(1), step, alpha)
        path = (truth * mask).sum(axis=1) + (steps * mask[:, 1:]).sum(axis=1)
        loss = (t.logsumexp(alpha, axis=1) - path).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        told.append(loss.item())
    e, back = emissions().detach()[1], []
    best = e[0]
    for row in e[1:]:
        best, where = (best.unsqueeze(1) + transitions.detach()).max(0)
        best += row
        back.append(where)
    way = [best.argmax().item()]
    for where in reversed(back):
        way.append(where[way[-1]].item())
    return told, way[::-1], embedding.weight.grad


def meta_learning(t):
    """MAML through two inner steps; gradients by sample; an ensemble under vmap; a Hessian."""
    nn, F, func = t.nn, t.nn.functional, t.func
    weights = [t.randn(8, 1) * 0.5, t.zeros(8), t.randn(1, 8) * 0.5, t.zeros(1)]
    for weight in weights:
        weight.requires_grad_()
    optimizer, told = t.optim.Adam(weights, lr=1e-2), []

    def net(parameters, x):
        return F.linear(F.relu(F.linear(x, parameters[0], parameters[1])), parameters[2], parameters[3])

    for _ in range(3):
        optimizer.zero_grad()
        total = t.zeros(())
        for _ in range(2):
            x = t.rand(10, 1) * 10 - 5
            y, fast = (t.rand(1) * 4 + 1) * t.sin(x + t.rand(1) * 3), weights
            for _ in range(2):
                slopes = t.autograd.grad(F.mse_loss(net(fast, x[:5]), y[:5]), fast, create_graph=True)
                fast = [weight - 0.01 * slope for weight, slope in zip(fast, slopes, strict=True)]
            total += F.mse_loss(net(fast, x[5:]), y[5:])
        total.backward()
        optimizer.step()
        told.append(total.item())
    model, x, y = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2)), t.randn(6, 3), t.randint(0, 2, (6,))
    fixed = {name: parameter.detach() for name, parameter in model.named_parameters()}

    def loss_of(parameters, x, y):
        return F.cross_entropy(func.functional_call(model, parameters, (x.unsqueeze(0),)), y.unsqueeze(0))

    by_sample = func.vmap(func.grad(loss_of), in_dims=(None, 0, 0))(fixed, x, y)
    several = [nn.Linear(3, 2) for _ in range(3)]
    stacked, buffers = func.stack_module_state(several)
    together = func.vmap(lambda p, b: func.functional_call(several[0], (p, b), (x,)))(stacked, buffers)
    by_name = t.autograd.grad(model(x).sum(), dict(model.named_parameters()))
    return told, by_sample, together, func.hessian(lambda x: model(x).sum())(x[0]), by_name


def own_optimizer(t):
    """An optimizer that preconditions with what hooks saw (K-FAC), in the old style with Variables and `.data`."""
    nn, F, Variable = t.nn, t.nn.functional, t.autograd.Variable

    class KFAC(t.optim.Optimizer):
        def __init__(self, net, lr=0.1, damping=0.1):
            super().__init__(net.parameters(), {"lr": lr, "damping": damping})
            self.layers, self.inputs, self.slopes = [m for m in net.modules() if isinstance(m, nn.Linear)], {}, {}
            for layer in self.layers:
                layer.register_forward_pre_hook(lambda m, given: self.inputs.update({m: given[0].data}))
                layer.register_full_backward_hook(lambda m, gi, go: self.slopes.update({m: go[0].data}))

        @t.no_grad()
        def step(self):
            for group in self.param_groups:
                for layer in self.layers:
                    x = t.cat([self.inputs[layer], t.ones(len(self.inputs[layer]), 1)], axis=1)
                    g = self.slopes[layer] * len(x)
                    a, b = (m.t() @ m / len(x) + group["damping"] * t.eye(m.size(1)) for m in (x, g))
                    change = t.linalg.solve(b, t.cat([layer.weight.grad, layer.bias.grad[:, None]], 1)) @ t.inverse(a)
                    layer.weight.add_(change[:, :-1], alpha=-group["lr"])
                    layer.bias.add_(change[:, -1], alpha=-group["lr"])

    net, told = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 4)), []
    optimizer, x, y = KFAC(net), Variable(t.randn(32, 6), requires_grad=True), t.randint(4, (32,))
    for _ in range(3):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        told.append(loss.item())
    w = Variable(t.Tensor([1.0]), requires_grad=True)
    for _ in range(3):
        (w * np.float32(2) - 6).pow(2).sum().backward()
        w.data = w.data - 0.01 * w.grad.data
        w.grad.data.zero_()
    return told, w, repr(optimizer), isinstance(w, Variable), optimizer.state_dict()["param_groups"]


def metrics(t):
    """Counting, images of bytes, boxes and strings: what goes on around a loop."""
    image = t.tensor([[0, 128], [255, 64]], dtype=t.uint8)
    scores, labels = t.randn(10, 6), t.randint(6, (10,))
    hits = scores.topk(3, 1, True, True)[1].t().eq(labels.view(1, -1))
    confusion = t.bincount(6 * labels + scores.argmax(axis=1), minlength=36).reshape(6, 6)
    accuracy = hits[:1].reshape(-1).float().sum(0, keepdim=True).mul_(100.0 / 10)
    normal = (scores - scores.mean(axis=0, keepdims=True)) / scores.std(axis=0)
    best = normal.max(1)[0]
    best -= 1
    said = f"{accuracy.item():.1f}% {accuracy} {image + 200} {image == -1} {normal.shape} {t.ones(2, device='meta')}"
    return said, confusion, hits.sum(), normal, best, image / 255, image * np.int64(2), t.tensor([image[0, 1], 1.5])


PROGRAMS = (
    convolutional_network, language_model, diffusion, adversarial, reinforcement, tagger, meta_learning, own_optimizer, metrics,
)  # fmt: skip


def told(library, program):
    library.manual_seed(0)
    np.random.seed(0)
    random.seed(0)
    return program(library)


def assert_same(ours, theirs, where):
    if isinstance(theirs, torch.Tensor):
        assert (str(ours.dtype), tuple(ours.shape)) == (str(theirs.dtype), tuple(theirs.shape)), where
        assert ours.requires_grad == theirs.requires_grad, where
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), 1e-4, 1e-4, err_msg=where)
    elif isinstance(theirs, dict):
        assert_same(list(ours), list(theirs), where)
        assert_same(list(ours.values()), list(theirs.values()), where)
    elif isinstance(theirs, list | tuple):
        assert len(ours) == len(theirs), where
        for number, pair in enumerate(zip(ours, theirs, strict=True)):
            assert_same(*pair, f"{where}[{number}]")
    else:
        assert ours == (pytest.approx(theirs, 1e-4, 1e-4) if isinstance(theirs, float) else theirs), where


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # of PyTorch's own jacfwd
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_same_story(program):
    assert_same(told(minitorch, program), told(torch, program), program.__name__)
