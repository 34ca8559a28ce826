"""What RQ runs."""
from burn import burn as compute


def noop(n, loops):
    return None


def burn(n, loops):
    return compute(loops)
