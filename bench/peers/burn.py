"""The same arithmetic as burn.mjs."""


def burn(loops):
    state = 7
    for _ in range(loops):
        state = state * 48271 % 2147483647
    return state
