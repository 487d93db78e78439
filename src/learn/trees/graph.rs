//! Trees as one ONNX node, and back.
//!
//! `TreeEnsembleRegressor` of `ai.onnx.ml` adds up the leaves of all trees of all members at once, with a target for each class of
//! each member. ONNX Runtime passes over the base value of a target that no tree names, so start scores are added by a node of
//! their own, and every member has a tree that names all its classes.

use super::{Boosted, BoostedTree, TreeBranch, TreeCut};
use crate::math::Matrix;
use crate::onnx::messages::OperatorSetId;
use crate::onnx::{Model, Node, Tensor, build};

/// The value that holds what trees add up to: [batch, members · K].
pub const SCORES: &str = "querist/tree_scores";
const START: &str = "querist/tree_start";
const SHAPE: &str = "querist/tree_shape";
const LOGITS: &str = "querist/tree_logits";
const DOMAIN: &str = "ai.onnx.ml";
const OPERATOR: &str = "TreeEnsembleRegressor";
const CUT: &str = "BRANCH_LEQ";
const LEAF: &str = "LEAF";

/// Have the model name the operator set of trees.
pub fn import_set(model: &mut Model) {
    if model.opset_import.iter().all(|set| set.domain() != DOMAIN) {
        model.opset_import.push(OperatorSetId { domain: Some(DOMAIN.to_owned()), version: Some(2) });
    }
}

/// Add what leads from `embedding` to the trees' scores, [batch, members, K]; returns their name.
pub fn add(trees: &[Boosted], embedding: &str, nodes: &mut Vec<Node>, constants: &mut Vec<Tensor>) -> &'static str {
    let k = trees.first().map_or(0, Boosted::n_classes);
    let mut ensemble = Ensemble::default();
    // A tree that adds nothing names all classes of a member that has no other.
    let idle = BoostedTree { cuts: Vec::new(), leaves: Matrix::zeros(1, k) };
    for (member, boosted) in trees.iter().enumerate() {
        let own = if boosted.trees.is_empty() { std::slice::from_ref(&idle) } else { &boosted.trees };
        for tree in own {
            ensemble.add(tree, member * k);
        }
    }
    nodes.push(ensemble.node(embedding, trees.len() * k));
    nodes.push(build::node("Add", &[SCORES, START], &["querist/tree_sums"], Vec::new()));
    nodes.push(build::node("Reshape", &["querist/tree_sums", SHAPE], &[LOGITS], Vec::new()));
    let start: Vec<f32> = trees.iter().flat_map(|boosted| boosted.start.iter().copied()).collect();
    constants.push(build::floats(START, &[start.len()], &start));
    constants.push(build::ints(SHAPE, &[-1, trees.len() as i64, k as i64]));
    LOGITS
}

/// The trees of a committee's graph, the inverse of [`add`]; none where it holds none, `None` where they are damaged.
pub fn trees_of(nodes: &[Node], constants: &[Tensor], k: usize) -> Option<Vec<Boosted>> {
    let Some(node) = nodes.iter().find(|node| node.output.iter().any(|name| name == SCORES)) else {
        return Some(Vec::new());
    };
    let start = constants.iter().find(|tensor| tensor.name() == START)?.floats();
    if k == 0 || start.is_empty() || !start.len().is_multiple_of(k) {
        return None;
    }
    let mut members: Vec<Boosted> =
        start.chunks_exact(k).map(|start| Boosted { start: start.to_vec(), trees: Vec::new() }).collect();
    let ensemble = Ensemble::read(node)?;
    let mut nodes = 0;
    let mut leaves = 0;
    while nodes < ensemble.trees.len() {
        let tree = ensemble.trees[nodes];
        let count = ensemble.trees[nodes..].iter().take_while(|&&other| other == tree).count();
        let (read, member) = ensemble.tree(nodes..nodes + count, &mut leaves, k)?;
        members.get_mut(member)?.trees.push(read);
        nodes += count;
    }
    let idle = |tree: &BoostedTree| tree.cuts.is_empty() && tree.leaves.as_slice().iter().all(|&step| step == 0.0);
    for member in &mut members {
        if member.trees.len() == 1 && idle(&member.trees[0]) {
            member.trees.clear();
        }
    }
    Some(members)
}

/// The node's attributes: of every node of every tree, and of every leaf and class.
#[derive(Default)]
struct Ensemble {
    trees: Vec<i64>,
    numbers: Vec<i64>,
    axes: Vec<i64>,
    cuts: Vec<f32>,
    modes: Vec<String>,
    below: Vec<i64>,
    above: Vec<i64>,
    target_trees: Vec<i64>,
    target_nodes: Vec<i64>,
    targets: Vec<i64>,
    steps: Vec<f32>,
    count: i64,
}

impl Ensemble {
    /// Add a tree whose classes begin at target `first`. Its nodes are its cuts and then its leaves.
    fn add(&mut self, tree: &BoostedTree, first: usize) {
        let number = self.count;
        self.count += 1;
        let place = |branch: TreeBranch| match branch {
            TreeBranch::Cut(cut) => cut as i64,
            TreeBranch::Leaf(leaf) => (tree.cuts.len() + leaf) as i64,
        };
        for (at, cut) in tree.cuts.iter().enumerate() {
            self.node_of(number, at, cut.axis as i64, cut.at, CUT, (place(cut.below), place(cut.above)));
        }
        for leaf in 0..tree.leaves.rows() {
            let at = tree.cuts.len() + leaf;
            self.node_of(number, at, 0, 0.0, LEAF, (0, 0));
            for (class, &step) in tree.leaves.row(leaf).iter().enumerate() {
                self.target_trees.push(number);
                self.target_nodes.push(at as i64);
                self.targets.push((first + class) as i64);
                self.steps.push(step);
            }
        }
    }

    fn node_of(&mut self, tree: i64, number: usize, axis: i64, cut: f32, mode: &str, (below, above): (i64, i64)) {
        self.trees.push(tree);
        self.numbers.push(number as i64);
        self.axes.push(axis);
        self.cuts.push(cut);
        self.modes.push(mode.to_owned());
        self.below.push(below);
        self.above.push(above);
    }

    fn node(&self, embedding: &str, targets: usize) -> Node {
        let modes: Vec<&str> = self.modes.iter().map(String::as_str).collect();
        let attributes = vec![
            build::int("n_targets", targets as i64),
            build::text("aggregate_function", "SUM"),
            build::text("post_transform", "NONE"),
            build::int_list("nodes_treeids", &self.trees),
            build::int_list("nodes_nodeids", &self.numbers),
            build::int_list("nodes_featureids", &self.axes),
            build::float_list("nodes_values", &self.cuts),
            build::texts("nodes_modes", &modes),
            build::int_list("nodes_truenodeids", &self.below),
            build::int_list("nodes_falsenodeids", &self.above),
            build::int_list("target_treeids", &self.target_trees),
            build::int_list("target_nodeids", &self.target_nodes),
            build::int_list("target_ids", &self.targets),
            build::float_list("target_weights", &self.steps),
        ];
        Node { domain: Some(DOMAIN.to_owned()), ..build::node(OPERATOR, &[embedding], &[SCORES], attributes) }
    }

    /// The attributes of such a node; `None` where their lengths disagree.
    fn read(node: &Node) -> Option<Self> {
        let find = |name: &str| node.attribute.iter().find(|attribute| attribute.name() == name);
        let ints = |name: &str| find(name).map(|attribute| attribute.ints.clone()).unwrap_or_default();
        let floats = |name: &str| find(name).map(|attribute| attribute.floats.clone()).unwrap_or_default();
        let modes = find("nodes_modes")?.strings.iter();
        let ensemble = Self {
            trees: ints("nodes_treeids"),
            numbers: ints("nodes_nodeids"),
            axes: ints("nodes_featureids"),
            cuts: floats("nodes_values"),
            modes: modes.map(|mode| String::from_utf8_lossy(mode).into_owned()).collect(),
            below: ints("nodes_truenodeids"),
            above: ints("nodes_falsenodeids"),
            target_trees: ints("target_treeids"),
            target_nodes: ints("target_nodeids"),
            targets: ints("target_ids"),
            steps: floats("target_weights"),
            count: 0,
        };
        let n = ensemble.trees.len();
        let nodes = [ensemble.numbers.len(), ensemble.axes.len(), ensemble.cuts.len(), ensemble.modes.len()];
        let sides = [ensemble.below.len(), ensemble.above.len()];
        let leaves = [ensemble.target_trees.len(), ensemble.target_nodes.len(), ensemble.targets.len()];
        let agree = nodes.iter().chain(&sides).all(|&length| length == n)
            && leaves.iter().all(|&length| length == ensemble.steps.len());
        agree.then_some(ensemble)
    }

    /// The tree of these nodes and its member; `leaves` counts what was read of the targets.
    fn tree(&self, nodes: std::ops::Range<usize>, leaves: &mut usize, k: usize) -> Option<(BoostedTree, usize)> {
        let cuts = nodes.clone().take_while(|&at| self.modes[at] == CUT).count();
        let count = nodes.len() - cuts;
        let branch = |to: i64| -> Option<TreeBranch> {
            let to = usize::try_from(to).ok().filter(|&to| to < cuts + count)?;
            Some(if to < cuts { TreeBranch::Cut(to) } else { TreeBranch::Leaf(to - cuts) })
        };
        let read = |(number, at): (usize, usize)| -> Option<TreeCut> {
            let (below, above) = (branch(self.below[at])?, branch(self.above[at])?);
            // Cuts lead on to later ones, so that every way ends.
            let onward = |branch| !matches!(branch, TreeBranch::Cut(to) if to <= number);
            let axis = usize::try_from(self.axes[at]).ok()?;
            (onward(below) && onward(above)).then_some(TreeCut { axis, at: self.cuts[at], below, above })
        };
        let tree = nodes.clone().take(cuts).enumerate().map(read).collect::<Option<Vec<_>>>()?;
        let values = *leaves..leaves.checked_add(count * k)?;
        let steps = self.steps.get(values.clone())?;
        let first = usize::try_from(*self.targets.get(values.start)?).ok()?;
        *leaves = values.end;
        Some((BoostedTree { cuts: tree, leaves: Matrix::new(count, k, steps.to_vec()) }, first / k))
    }
}
