"""The tree of hunks, below their files or their groups, with counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from amigrate.review.selecting import counts
from amigrate.review.session import Session, Status, status
from amigrate.review.subject import Item
from amigrate_cli.review.labels import branch_label, item_label

Arrangement = Literal["file", "group"]
Node = TreeNode[str]


class HunkTree(Tree[str]):
    """Branches are files or groups, leaves are hunks: their data is the id of the hunk, that of branches is empty."""

    def __init__(self) -> None:
        super().__init__("", id="tree")
        self.show_root = False
        self.guide_depth = 2
        self.leaves: dict[str, list[Node]] = {}
        self.branches: dict[str, tuple[Node, tuple[Item, ...]]] = {}
        self.arrangement: Arrangement = "file"
        self._shown: dict[str, Status] = {}

    def fill(self, session: Session, items: Sequence[str], arrangement: Arrangement) -> None:
        """Builds the tree anew from these hunks."""
        self.clear()
        self.arrangement, self.leaves, self.branches, self._shown = arrangement, {}, {}, {}
        found: defaultdict[str, list[Item]] = defaultdict(list)
        for one in items:
            item = session.subject.items[one]
            for name in (item.path,) if arrangement == "file" else item.groups:
                found[name].append(item)
        for name, below in found.items():
            branch = self.root.add(branch_label(name, counts(session, below)), data="", expand=True)
            self.branches[name] = (branch, tuple(below))
            for item in below:
                now = self._shown[item.id] = status(session, item)
                leaf = branch.add_leaf(item_label(item, now, with_path=arrangement == "group"), data=item.id)
                self.leaves.setdefault(item.id, []).append(leaf)

    def update(self, session: Session) -> None:
        """Writes the labels of what changed anew."""
        touched = set[str]()
        for one, nodes in self.leaves.items():
            item = session.subject.items[one]
            now = status(session, item)
            if now is self._shown[one]:
                continue
            self._shown[one] = now
            touched.update((item.path,) if self.arrangement == "file" else item.groups)
            for node in nodes:
                node.set_label(item_label(item, now, with_path=self.arrangement == "group"))
        for name in touched & self.branches.keys():
            branch, below = self.branches[name]
            branch.set_label(branch_label(name, counts(session, below)))

    def go_to(self, item: str) -> None:
        """Puts the cursor on a hunk, if it is in the tree."""
        nodes = self.leaves.get(item)
        if nodes:
            node = nodes[0]
            if node.parent is not None and not node.parent.is_expanded:
                node.parent.expand()
            self.call_after_refresh(self._select, node)

    def _select(self, node: Node) -> None:
        self.move_cursor(node)
        self.scroll_to_node(node, animate=False)

    @property
    def current(self) -> str:
        """The hunk under the cursor, or the first one below a branch; "" in an empty tree."""
        node = self.cursor_node
        if node is None:
            return ""
        if not node.data and node.children:
            node = node.children[0]
        return node.data or ""

    @property
    def order(self) -> Iterable[str]:
        """The hunks from top to bottom, each once."""
        return self.leaves.keys()
