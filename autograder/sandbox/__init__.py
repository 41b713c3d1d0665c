"""The cage in which untrusted notebooks run."""
