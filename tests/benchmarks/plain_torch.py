"""The same nets and steps in plain PyTorch, each generator pass used for both players."""

import torch
from torch import nn
from torch.nn import functional

from tests.benchmarks.nets import LATENT_DIM


class Place(nn.Module):
    """Padding as Keras's "same" for a stride of 2 and a kernel of 3: one more row at the end."""

    def forward(self, x):
        return functional.pad(x, (0, 1, 0, 1))


def generator():
    return nn.Sequential(
        nn.Linear(LATENT_DIM, 7 * 7 * 128),
        nn.LeakyReLU(0.2),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 128, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(128, 128, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(128, 1, 7, padding=3),
        nn.Tanh(),
    )


def discriminator():
    return nn.Sequential(
        Place(),
        nn.Conv2d(1, 64, 3, stride=2),
        nn.LeakyReLU(0.2),
        Place(),
        nn.Conv2d(64, 128, 3, stride=2),
        nn.LeakyReLU(0.2),
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),
        nn.Linear(128, 1),
    )


class TorchGAN:
    """One step of each player on one batch of real samples (n, 1, 28, 28)."""

    def __init__(self):
        self.generator, self.discriminator = generator(), discriminator()
        self.g_optimizer, self.d_optimizer = (
            torch.optim.Adam(network.parameters(), 2e-4, (0.5, 0.999))
            for network in (self.generator, self.discriminator)
        )

    def fakes(self, real):
        return self.generator(torch.randn(len(real), LATENT_DIM))

    def step(self, real):
        fake = self.fakes(real)
        self.d_optimizer.zero_grad()
        real_scores, fake_scores = self.discriminator(torch.cat([real, fake.detach()])).chunk(2)
        d_loss = functional.softplus(-real_scores).mean() + functional.softplus(fake_scores).mean()
        d_loss.backward()
        self.d_optimizer.step()
        self.generator_step(functional.softplus(-self.frozen(fake)).mean())

    def frozen(self, fake):
        """Scores of fakes; the discriminator's own weights get no gradient."""
        self.discriminator.requires_grad_(False)
        scores = self.discriminator(fake)
        self.discriminator.requires_grad_(True)
        return scores

    def generator_step(self, loss):
        self.g_optimizer.zero_grad()
        loss.backward()
        self.g_optimizer.step()


class TorchWGANGP(TorchGAN):
    """Five critic steps with gradient penalty on fresh real samples, then one of the generator."""

    critic_steps, penalty_weight = 5, 10.0

    def step(self, real):
        for part in real.chunk(self.critic_steps):
            fake = self.fakes(part)
            self.critic_step(part, fake.detach())
        self.generator_step(-self.frozen(fake).mean())

    def critic_step(self, real, fake):
        self.d_optimizer.zero_grad()
        real_scores, fake_scores = self.discriminator(torch.cat([real, fake])).chunk(2)
        between = torch.lerp(fake, real, torch.rand(len(real), 1, 1, 1)).requires_grad_()
        scores = self.discriminator(between)
        (gradient,) = torch.autograd.grad(scores.sum(), between, create_graph=True)
        penalty = (gradient.flatten(1).norm(dim=1) - 1).square().mean()
        loss = fake_scores.mean() - real_scores.mean() + self.penalty_weight * penalty
        loss.backward()
        self.d_optimizer.step()
