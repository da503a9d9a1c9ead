"""What all HTML pages share: the layout, its colours in light and dark, charts as SVG."""
