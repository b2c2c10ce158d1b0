"""Places the nodes of a drawing in columns from left to right, without overlaps, and leads its edges around them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean

COLUMN_GAP = 100.0
ROW_GAP = 40.0
BORDER = 40.0
TITLE = 20.0
LANE_STEP = 12.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    def moved(self, x: float, y: float) -> Box:
        """Return the box at another place."""
        return Box(self.x + x, self.y + y, self.width, self.height)


@dataclass(frozen=True, slots=True)
class Drawing:
    """Where everything of one scope is, from its own upper left corner.

    :param boxes: by node.
    :param lines: the corners of each edge, in the order of the edges.
    """

    boxes: dict[str, Box]
    lines: list[list[tuple[float, float]]]
    width: float
    height: float


@dataclass(slots=True)
class _Grid:
    """Nodes in columns; a long edge has a place without a node in each column that it passes."""

    columns: list[list[str]]
    chains: list[list[str]]
    is_back: list[bool]
    sizes: dict[str, tuple[float, float]] = field(default_factory=dict)


def lay_out(sizes: Mapping[str, tuple[float, float]], edges: Sequence[tuple[str, str]]) -> Drawing:
    """Return where the nodes and edges of a scope are drawn.

    :param sizes: width and height by node, in the order of the file.
    :param edges: from and to; each end is a node of ``sizes``. Edges that lead back go below everything.
    """
    grid = _grid(sizes, edges)
    _sort_columns(grid)
    boxes = _place(grid)
    bottom = max((box.y + box.height for box in boxes.values()), default=0.0)
    lines, lowest = _lines(edges, grid, boxes, bottom)
    width = max((box.x + box.width for box in boxes.values()), default=0.0) + BORDER
    return Drawing({name: boxes[name] for name in sizes}, lines, width, lowest + BORDER)


def _grid(sizes: Mapping[str, tuple[float, float]], edges: Sequence[tuple[str, str]]) -> _Grid:
    back = _back_edges(sizes, edges)
    places = _columns_of(sizes, [edge for edge, is_back in zip(edges, back, strict=True) if not is_back])
    columns: list[list[str]] = [[] for _ in range(max(places.values(), default=0) + 1)]
    for name in sizes:
        columns[places[name]].append(name)
    grid = _Grid(columns, [], back, dict(sizes))
    for number, ((source, target), is_back) in enumerate(zip(edges, back, strict=True)):
        chain = [source]
        for column in range(places[source] + 1, places[target]) if not is_back else ():
            point = f"{source} {target} {number} {column}"
            grid.sizes[point] = (0.0, 0.0)
            columns[column].append(point)
            chain.append(point)
        grid.chains.append([*chain, target])
    return grid


def _back_edges(names: Mapping[str, object], edges: Sequence[tuple[str, str]]) -> list[bool]:
    """Return for each edge whether a walk from the first nodes finds that it leads back to where it has come from."""
    leaving: dict[str, list[int]] = defaultdict(list)
    for number, (source, _) in enumerate(edges):
        leaving[source].append(number)
    entered = {target for _, target in edges}
    is_back = [False] * len(edges)
    done: set[str] = set()
    on_path: set[str] = set()
    for root in (*(name for name in names if name not in entered), *names):
        path = [(root, iter(leaving[root]))] if root not in done else []
        done.update(name for name, _ in path)
        on_path.update(name for name, _ in path)
        while path:
            name, ahead = path[-1]
            edge = next(ahead, None)
            if edge is None:
                path.pop()
                on_path.discard(name)
                continue
            target = edges[edge][1]
            is_back[edge] = target in on_path
            if target not in done:
                done.add(target)
                on_path.add(target)
                path.append((target, iter(leaving[target])))
    return is_back


def _columns_of(names: Mapping[str, object], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Return the column of each node: one behind the last of those that lead to it. The edges have no cycle."""
    missing = dict.fromkeys(names, 0)
    leaving: dict[str, list[str]] = defaultdict(list)
    for source, target in edges:
        missing[target] += 1
        leaving[source].append(target)
    columns = dict.fromkeys(names, 0)
    ready = [name for name in names if not missing[name]]
    for name in ready:
        for target in leaving[name]:
            columns[target] = max(columns[target], columns[name] + 1)
            missing[target] -= 1
            if not missing[target]:
                ready.append(target)
    return columns


def _sort_columns(grid: _Grid) -> None:
    """Sort each column by the mean place of what its nodes are connected to, so that few edges cross."""
    before: dict[str, list[str]] = defaultdict(list)
    behind: dict[str, list[str]] = defaultdict(list)
    for chain, is_back in zip(grid.chains, grid.is_back, strict=True):
        for source, target in pairwise(chain) if not is_back else ():
            before[target].append(source)
            behind[source].append(target)
    places = {name: float(place) for column in grid.columns for place, name in enumerate(column)}
    for neighbours, columns in ((before, grid.columns), (behind, grid.columns[::-1])) * 2:
        for column in columns:
            wanted = {
                name: fmean(places[other] for other in neighbours[name]) if neighbours[name] else places[name]
                for name in column
            }
            column.sort(key=wanted.__getitem__)
            places |= {name: float(place) for place, name in enumerate(column)}


def _place(grid: _Grid) -> dict[str, Box]:
    heights = [sum(grid.sizes[name][1] + ROW_GAP for name in column) for column in grid.columns]
    tallest, x, boxes = max(heights, default=0.0), BORDER, {}
    for column, height in zip(grid.columns, heights, strict=True):
        width = max((grid.sizes[name][0] for name in column), default=0.0)
        y = BORDER + (tallest - height) / 2
        for name in column:
            own_width, own_height = grid.sizes[name]
            boxes[name] = Box(x + (width - own_width) / 2, y, own_width, own_height)
            y += own_height + ROW_GAP
        x += width + COLUMN_GAP
    return boxes


def _lines(
    edges: Sequence[tuple[str, str]], grid: _Grid, boxes: Mapping[str, Box], bottom: float
) -> tuple[list[list[tuple[float, float]]], float]:
    """Return the corners of each edge, and how far down they reach."""
    right = {
        name: max(boxes[other].x + boxes[other].width for other in column) for column in grid.columns for name in column
    }
    lines, lowest, used = [], bottom, 0
    for chain, is_back in zip(grid.chains, grid.is_back, strict=True):
        source, target = boxes[chain[0]], boxes[chain[-1]]
        if is_back:
            used += 1
            lowest = bottom + ROW_GAP / 2 + used * LANE_STEP
            begin, end = source.x + source.width / 2, target.x + target.width / 2
            lines.append(
                [(begin, source.y + source.height), (begin, lowest), (end, lowest), (end, target.y + target.height)]
            )
            continue
        points = [(source.x + source.width, source.y + source.height / 2)]
        for name, following in pairwise(chain):
            box, turn = boxes[following], right[name] + COLUMN_GAP / 2
            y = box.y + box.height / 2
            if y != points[-1][1]:
                points += [(turn, points[-1][1]), (turn, y)]
        lines.append([*points, (target.x, target.y + target.height / 2)])
    return lines, lowest
