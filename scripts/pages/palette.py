"""Every colour of the pages, in the light and in the dark."""

# Texts and what lies behind them.
SURFACES = {
    "paper": ("#ffffff", "#0d1117"),
    "card": ("#f6f8fa", "#161b22"),
    "line": ("#d8dee4", "#30363d"),
    "ink": ("#1b1f24", "#e6edf3"),
    "soft": ("#57606a", "#9da7b3"),
    "good": ("#116329", "#56d364"),
    "bad": ("#a40e26", "#ff8a80"),
    "unsure": ("#7d4e00", "#e3b341"),
}
# Marks of charts. Told apart without seeing colours as well: by lightness, shape or order.
MARKS = {
    "blue": ("#0a5cc2", "#79b8ff"),
    "amber": ("#8a5a00", "#f0b72f"),
    "gold": ("#c99700", "#e3b341"),
    "red": ("#a83232", "#ff7b72"),
    "violet": ("#5b3ea8", "#b99bf8"),
    "green": ("#9ec5ab", "#3f7d54"),
    "grey": ("#3d444d", "#c9d1d9"),
}


def drawn(name: str) -> str:
    """The colour that a chart is drawn with; style.css gives it another one in the dark."""
    return (SURFACES | MARKS)[name][0]
