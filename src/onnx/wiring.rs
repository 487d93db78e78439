//! Who makes each value of a graph, and what is known of its shape: stated by the model, or following from its weights.
//!
//! Exporters often write no shapes inside a graph. What matters here is how many numbers an embedding has, and that
//! nearly always follows from a weight.
//!
//! **Invariant:** a graph from outside may be wired in circles; every walk is bounded.

use std::cell::RefCell;
use std::collections::HashMap;

use super::messages::{Graph, Node, Tensor, data_type};
use super::{Dim, types};

/// How far a shape is followed back; the deepest usual networks have a few hundred layers, and a shape is soon found.
const DEPTH: usize = 200;

/// A graph, indexed by the names of its values.
pub struct Wiring<'a> {
    producers: HashMap<&'a str, &'a Node>,
    constants: HashMap<&'a str, &'a Tensor>,
    stated: HashMap<&'a str, Vec<Dim>>,
    kinds: HashMap<&'a str, i32>,
    found: RefCell<HashMap<String, Option<Vec<Dim>>>>,
}

impl<'a> Wiring<'a> {
    pub fn of(graph: &'a Graph) -> Self {
        let producers = graph.node.iter().flat_map(|node| node.output.iter().map(move |name| (name.as_str(), node)));
        let infos = || graph.input.iter().chain(&graph.value_info).chain(&graph.output);
        Self {
            producers: producers.filter(|(name, _)| !name.is_empty()).collect(),
            constants: graph.initializer.iter().map(|tensor| (tensor.name(), tensor)).collect(),
            stated: infos().filter_map(|info| Some((info.name(), info.dims()?))).collect(),
            kinds: infos().filter_map(|info| Some((info.name(), info.elem_type()?))).collect(),
            found: RefCell::default(),
        }
    }

    /// The node whose output `name` is.
    pub fn producer(&self, name: &str) -> Option<&'a Node> {
        self.producers.get(name).copied()
    }

    /// The constant that `name` stands for, followed back through what only copies, casts, dequantises or transposes it,
    /// and whether it was transposed.
    pub fn constant(&self, name: &str) -> Option<(&'a Tensor, bool)> {
        let mut name = name;
        let mut turned = false;
        for _ in 0..DEPTH {
            if let Some(tensor) = self.constants.get(name) {
                return Some((tensor, turned));
            }
            let node = self.producer(name)?;
            match node.op_type() {
                "Constant" => return Some((node.tensor("value")?, turned)),
                "Identity" | "Cast" | "DequantizeLinear" => {}
                "Transpose" => turned = !turned,
                _ => return None,
            }
            name = node.input.first()?;
        }
        None
    }

    /// Rows and columns of a constant matrix, as its user sees them.
    pub fn matrix(&self, name: &str) -> Option<[usize; 2]> {
        let (tensor, turned) = self.constant(name)?;
        let [rows, columns] = sizes(tensor)?[..] else { return None };
        Some(if turned { [columns, rows] } else { [rows, columns] })
    }

    /// The kind of number of a value (see [`data_type`]), where the model says it.
    pub fn kind(&self, name: &str) -> Option<i32> {
        self.kinds.get(name).copied()
    }

    /// The shape of a value: as stated, else as it follows from how the value is made. `None` when even the number of
    /// dimensions stays unknown.
    pub fn dims(&self, name: &str) -> Option<Vec<Dim>> {
        let stated = self.follow(name, DEPTH);
        let Some(mut dims) = stated.clone().filter(|dims| dims.contains(&Dim::Open)) else { return stated };
        // A model may state a shape and leave open what its weights say.
        let made = self.producer(name).and_then(|node| self.made_by(node, DEPTH)).unwrap_or_default();
        if made.len() == dims.len() {
            for (dim, made) in dims.iter_mut().zip(made).skip(1).filter(|(dim, _)| **dim == Dim::Open) {
                *dim = made;
            }
        }
        Some(dims)
    }

    fn follow(&self, name: &str, depth: usize) -> Option<Vec<Dim>> {
        if let Some(dims) = self.stated.get(name) {
            return Some(dims.clone());
        }
        if let Some(tensor) = self.constants.get(name) {
            return Some(sizes(tensor)?.into_iter().map(Dim::Fixed).collect());
        }
        if let Some(found) = self.found.borrow().get(name) {
            return found.clone();
        }
        let made = self.producer(name).filter(|_| depth > 0).and_then(|node| self.made_by(node, depth - 1));
        self.found.borrow_mut().insert(name.to_owned(), made.clone());
        made
    }

    /// The shape of a node's first output. Only operators near the end of image networks are known here.
    fn made_by(&self, node: &Node, depth: usize) -> Option<Vec<Dim>> {
        let input = |at: usize| self.follow(node.input.get(at)?, depth);
        match node.op_type() {
            "Relu"
            | "Clip"
            | "Sigmoid"
            | "HardSigmoid"
            | "HardSwish"
            | "Elu"
            | "LeakyRelu"
            | "PRelu"
            | "Gelu"
            | "Tanh"
            | "Erf"
            | "Softmax"
            | "LogSoftmax"
            | "Identity"
            | "Cast"
            | "Dropout"
            | "BatchNormalization"
            | "LayerNormalization"
            | "InstanceNormalization"
            | "LpNormalization"
            | "QuantizeLinear"
            | "DequantizeLinear"
            | "Sqrt"
            | "Exp"
            | "Neg" => input(0),
            "Add" | "Sub" | "Mul" | "Div" | "Pow" => Some(broadcast(&input(0)?, &input(1)?)),
            "Gemm" => {
                let [rows, columns] = self.matrix(node.input.get(1)?)?;
                let wide = if node.int("transB") == 1 { rows } else { columns };
                Some(vec![input(0).and_then(|dims| dims.first().copied()).unwrap_or(Dim::Open), Dim::Fixed(wide)])
            }
            "MatMul" => {
                let mut dims = input(0)?;
                *dims.last_mut()? = Dim::Fixed(self.matrix(node.input.get(1)?)?[1]);
                Some(dims)
            }
            "Conv" => {
                let channels = *sizes(self.constant(node.input.get(1)?)?.0)?.first()?;
                let batch = input(0).and_then(|dims| dims.first().copied()).unwrap_or(Dim::Open);
                Some(vec![batch, Dim::Fixed(channels), Dim::Open, Dim::Open])
            }
            "GlobalAveragePool" | "GlobalMaxPool" => {
                let mut dims = input(0)?;
                dims.iter_mut().skip(2).for_each(|dim| *dim = Dim::Fixed(1));
                Some(dims)
            }
            "MaxPool" | "AveragePool" => {
                let mut dims = input(0)?;
                dims.iter_mut().skip(2).for_each(|dim| *dim = Dim::Open);
                Some(dims)
            }
            "Flatten" if node.int_or("axis", 1) == 1 => {
                let dims = input(0)?;
                let (batch, rest) = dims.split_first()?;
                Some(vec![*batch, product(rest)])
            }
            "ReduceMean" => self.reduced(node, &input(0)?),
            "Squeeze" => {
                let dims = input(0)?;
                let axes = self.axes(node, dims.len())?;
                Some(
                    dims.into_iter().enumerate().filter(|(axis, _)| !axes.contains(axis)).map(|(_, dim)| dim).collect(),
                )
            }
            "Reshape" => self.reshaped(node, input(0).as_deref()),
            "Concat" => {
                let parts: Option<Vec<_>> = (0..node.input.len()).map(input).collect();
                let mut parts = parts?.into_iter();
                let mut all = parts.next()?;
                let axis = place(node.int("axis"), all.len())?;
                for part in parts {
                    all[axis] = match (all[axis], part.get(axis)?) {
                        (Dim::Fixed(a), Dim::Fixed(b)) => Dim::Fixed(a.saturating_add(*b)),
                        _ => Dim::Open,
                    };
                }
                Some(all)
            }
            "Transpose" => {
                let dims = input(0)?;
                node.ints("perm").iter().map(|&axis| dims.get(place(axis, dims.len())?).copied()).collect()
            }
            "Gather" => {
                let mut dims = input(0)?;
                let chosen = self.follow(node.input.get(1)?, depth)?;
                let axis = place(node.int("axis"), dims.len())?;
                dims.splice(axis..=axis, chosen);
                Some(dims)
            }
            _ => None,
        }
    }

    /// Axes from the attribute of older operator sets, or from the second input of newer ones.
    fn axes(&self, node: &Node, rank: usize) -> Option<Vec<usize>> {
        let mut axes = node.ints("axes").to_vec();
        if axes.is_empty() {
            axes = self.constant(node.input.get(1)?)?.0.ints()?;
        }
        axes.into_iter().map(|axis| place(axis, rank)).collect()
    }

    fn reduced(&self, node: &Node, dims: &[Dim]) -> Option<Vec<Dim>> {
        let axes = self.axes(node, dims.len())?;
        let keep = node.int_or("keepdims", 1) == 1;
        let dims = dims.iter().enumerate();
        Some(if keep {
            dims.map(|(axis, dim)| if axes.contains(&axis) { Dim::Fixed(1) } else { *dim }).collect()
        } else {
            dims.filter(|(axis, _)| !axes.contains(axis)).map(|(_, dim)| *dim).collect()
        })
    }

    fn reshaped(&self, node: &Node, from: Option<&[Dim]>) -> Option<Vec<Dim>> {
        let target = self.constant(node.input.get(1)?)?.0.ints()?;
        let copied = |axis: usize| from.and_then(|dims| dims.get(axis).copied()).unwrap_or(Dim::Open);
        // What is left to infer after a batch that is kept is the rest of the numbers.
        if let ([0, -1], Some(from)) = (target.as_slice(), from) {
            let (batch, rest) = from.split_first()?;
            return Some(vec![*batch, product(rest)]);
        }
        let dims = target.iter().enumerate().map(|(axis, &n)| match n {
            0 => copied(axis),
            n if n > 0 => Dim::Fixed(n as usize),
            _ => Dim::Open,
        });
        Some(dims.collect())
    }
}

fn product(dims: &[Dim]) -> Dim {
    dims.iter().fold(Dim::Fixed(1), |all, dim| match (all, dim) {
        (Dim::Fixed(a), Dim::Fixed(b)) => Dim::Fixed(a.saturating_mul(*b)),
        _ => Dim::Open,
    })
}

/// The shape of two values that are combined number by number.
fn broadcast(a: &[Dim], b: &[Dim]) -> Vec<Dim> {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let start = long.len() - short.len();
    long.iter()
        .enumerate()
        .map(|(axis, &dim)| match (dim, axis.checked_sub(start).and_then(|at| short.get(at))) {
            (Dim::Fixed(n), None) => Dim::Fixed(n),
            (Dim::Fixed(1) | Dim::Open, Some(&other)) if other != Dim::Fixed(1) => other,
            (dim, _) => dim,
        })
        .collect()
}

/// An axis counted from the front.
fn place(axis: i64, rank: usize) -> Option<usize> {
    let rank = i64::try_from(rank).ok()?;
    let axis = if axis < 0 { axis + rank } else { axis };
    (0..rank).contains(&axis).then_some(axis as usize)
}

/// The extents of a constant.
pub fn sizes(tensor: &Tensor) -> Option<Vec<usize>> {
    tensor.dims.iter().map(|&n| usize::try_from(n).ok()).collect()
}

impl Node {
    fn attribute(&self, name: &str) -> Option<&super::Attribute> {
        self.attribute.iter().find(|attribute| attribute.name() == name)
    }

    /// A whole-number setting; `default` when it is not given.
    pub fn int_or(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).and_then(|attribute| attribute.i).unwrap_or(default)
    }

    /// A whole-number setting; 0 when it is not given.
    pub fn int(&self, name: &str) -> i64 {
        self.int_or(name, 0)
    }

    /// A list of whole numbers; empty when it is not given.
    pub fn ints(&self, name: &str) -> &[i64] {
        self.attribute(name).map_or(&[], |attribute| &attribute.ints)
    }

    fn tensor(&self, name: &str) -> Option<&Tensor> {
        self.attribute(name)?.t.as_ref()
    }
}

impl Tensor {
    /// The numbers of a constant of 32-bit floats, whichever field holds them.
    pub fn floats(&self) -> Vec<f32> {
        match &self.raw_data {
            Some(raw) => raw.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
            None => self.float_data.clone(),
        }
    }

    /// The numbers of a constant of 64-bit integers: shapes and axes.
    pub fn ints(&self) -> Option<Vec<i64>> {
        if self.data_type() != data_type::INT64 {
            return None;
        }
        match &self.raw_data {
            Some(raw) => raw.as_chunks().0.iter().map(|bytes| Some(i64::from_le_bytes(*bytes))).collect(),
            None => Some(self.int64_data.clone()),
        }
    }
}

impl super::ValueInfo {
    /// The kind of number (see [`data_type`]), where the model says it.
    pub fn elem_type(&self) -> Option<i32> {
        let types::Value::Tensor(tensor) = self.r#type.as_ref()?.value.as_ref()? else { return None };
        tensor.elem_type
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::{Attribute, build};

    /// The shape of `y`, made from `x` of `[batch, 8, 7, 7]` by `nodes` with the constants given.
    fn shape(nodes: Vec<Node>, initializer: Vec<Tensor>) -> Option<Vec<Dim>> {
        let graph =
            Graph { node: nodes, initializer, input: vec![build::batch_of("x", &[8, 7, 7])], ..Graph::default() };
        Wiring::of(&graph).dims("y")
    }

    fn one(op: &str, inputs: &[&str], attributes: Vec<Attribute>) -> Vec<Node> {
        vec![build::node(op, inputs, &["y"], attributes)]
    }

    #[test]
    fn shapes_follow_from_what_makes_a_value() {
        use Dim::{Fixed, Open};
        let weight = |dims: &[usize]| vec![build::floats("w", dims, &vec![0.0; dims.iter().product()])];
        let ints = |values: &[i64]| vec![build::ints("i", values)];
        let cases = [
            ("conv", one("Conv", &["x", "w"], vec![]), weight(&[16, 8, 3, 3]), vec![Open, Fixed(16), Open, Open]),
            ("pool", one("GlobalAveragePool", &["x"], vec![]), vec![], vec![Open, Fixed(8), Fixed(1), Fixed(1)]),
            ("flatten", one("Flatten", &["x"], vec![]), vec![], vec![Open, Fixed(392)]),
            ("reshape", one("Reshape", &["x", "i"], vec![]), ints(&[0, -1]), vec![Open, Fixed(392)]),
            ("rows", one("Reshape", &["x", "i"], vec![]), ints(&[0, 8, -1]), vec![Open, Fixed(8), Open]),
            (
                "mean",
                one("ReduceMean", &["x"], vec![build::int_list("axes", &[-1, -2]), build::int("keepdims", 0)]),
                vec![],
                vec![Open, Fixed(8)],
            ),
            (
                "mean 18",
                one("ReduceMean", &["x", "i"], vec![]),
                ints(&[2, 3]),
                vec![Open, Fixed(8), Fixed(1), Fixed(1)],
            ),
            (
                "concat",
                one("Concat", &["x", "x"], vec![build::int("axis", 1)]),
                vec![],
                vec![Open, Fixed(16), Fixed(7), Fixed(7)],
            ),
            (
                "transpose",
                one("Transpose", &["x"], vec![build::int_list("perm", &[0, 2, 3, 1])]),
                vec![],
                vec![Open, Fixed(7), Fixed(7), Fixed(8)],
            ),
            ("matmul", one("MatMul", &["x", "w"], vec![]), weight(&[7, 5]), vec![Open, Fixed(8), Fixed(7), Fixed(5)]),
            ("bias", one("Add", &["w", "x"], vec![]), weight(&[1]), vec![Open, Fixed(8), Fixed(7), Fixed(7)]),
            ("gemm", one("Gemm", &["?", "w"], vec![build::int("transB", 1)]), weight(&[5, 3]), vec![Open, Fixed(5)]),
        ];
        for (name, nodes, constants, expected) in cases {
            assert_eq!(shape(nodes, constants), Some(expected), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_known_is_not_guessed() {
        assert_eq!(shape(one("Einsum", &["x"], vec![]), vec![]), None);
        assert_eq!(shape(one("Squeeze", &["x"], vec![build::int_list("axes", &[9])]), vec![]), None);
        assert_eq!(shape(one("Gather", &["x", "y"], vec![]), vec![]), None);
    }

    #[test]
    fn a_stated_shape_that_leaves_the_width_open_is_filled_from_the_weights() {
        let graph = Graph {
            node: one("Gemm", &["x", "w"], vec![]),
            initializer: vec![build::floats("w", &[3, 5], &[0.0; 15])],
            output: vec![build::value("y", data_type::FLOAT, &[Dim::Open, Dim::Open])],
            ..Graph::default()
        };
        assert_eq!(Wiring::of(&graph).dims("y"), Some(vec![Dim::Open, Dim::Fixed(5)]));
    }
}
