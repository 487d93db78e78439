//! The learned encoder as an ONNX graph.
//!
//! With `p` a patch, `m` its mean and `s = √(variance + 10)`, the whitened patch is `w = W (p − m) / s − W μ`. Removing the
//! mean folds into the filters, so `w` is one convolution, one division and one subtraction; the distances to the
//! dictionary are `‖w‖² − 2 c·w + ‖c‖²`, a convolution with a window of one.

use super::dictionary::{Dictionary, FLAT};
use super::spectrum::Projection;
use super::{PATCH, PATCH_LEN, Settings};
use crate::onnx::messages::OperatorSetId;
use crate::onnx::{Attribute, Graph, Model, Node, Tensor, build};

pub(super) const INPUT: &str = "image";
pub(super) const OUTPUT: &str = "embedding";
const OPSET: i64 = 13;
const IR_VERSION: i64 = 7;

/// `image` [batch, 3, side, side] with levels 0 to 255 in; `embedding` [batch, D] out, or without a projection the
/// pooled answers [batch, F].
pub(super) fn model(settings: &Settings, dictionaries: &[Dictionary], projection: Option<&Projection>) -> Model {
    let mut parts = Parts::default();
    let mut source = INPUT.to_owned();
    let mut side = settings.side;
    let mut answers = Vec::new();
    for (scale, dictionary) in dictionaries.iter().enumerate() {
        if scale > 0 {
            let half = format!("half{scale}");
            parts.node("AveragePool", &[&source], &half, window(2, 2));
            source = half;
            side /= 2;
        }
        answers.push(parts.scale(&format!("scale{scale}"), &source, side, settings.strides[scale], dictionary));
    }
    let names: Vec<&str> = answers.iter().map(String::as_str).collect();
    let width = 4 * dictionaries.iter().map(Dictionary::entries).sum::<usize>();
    let dim = if let Some(projection) = projection {
        parts.node("Concat", &names, "answers", vec![build::int("axis", 1)]);
        let bias: Vec<f32> = (0..projection.dim())
            .map(|i| -projection.rows.row(i).iter().zip(&projection.mean).map(|(&w, &m)| w * m).sum::<f32>())
            .collect();
        parts.floats("projection", &[projection.dim(), width], projection.rows.as_slice());
        parts.floats("offset", &[projection.dim()], &bias);
        parts.node("Gemm", &["answers", "projection", "offset"], OUTPUT, vec![build::int("transB", 1)]);
        projection.dim()
    } else {
        parts.node("Concat", &names, OUTPUT, vec![build::int("axis", 1)]);
        width
    };
    let graph = Graph {
        name: Some("selftaught".to_owned()),
        node: parts.nodes,
        initializer: parts.constants,
        input: vec![build::batch_of(INPUT, &[3, settings.side, settings.side])],
        output: vec![build::batch_of(OUTPUT, &[dim])],
        ..Graph::default()
    };
    Model {
        ir_version: Some(IR_VERSION),
        producer_name: Some("querist".to_owned()),
        producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        opset_import: vec![OperatorSetId { domain: Some(String::new()), version: Some(OPSET) }],
        graph: Some(graph),
        ..Model::default()
    }
}

fn window(size: usize, stride: usize) -> Vec<Attribute> {
    let (size, stride) = (size as i64, stride as i64);
    vec![build::int_list("kernel_shape", &[size, size]), build::int_list("strides", &[stride, stride])]
}

#[derive(Default)]
struct Parts {
    nodes: Vec<Node>,
    constants: Vec<Tensor>,
}

impl Parts {
    fn node(&mut self, op: &str, inputs: &[&str], output: &str, attributes: Vec<Attribute>) {
        self.nodes.push(build::node(op, inputs, &[output], attributes));
    }

    fn floats(&mut self, name: &str, dims: &[usize], values: &[f32]) {
        self.constants.push(build::floats(name, dims, values));
    }

    /// The pooled answers of one dictionary: [batch, 4·K]. Returns their name.
    fn scale(&mut self, prefix: &str, source: &str, side: usize, stride: usize, dictionary: &Dictionary) -> String {
        let n = |name: &str| format!("{prefix}/{name}");
        let k = dictionary.entries();
        let ones = vec![1.0 / PATCH_LEN as f32; PATCH_LEN];
        self.floats(&n("ones"), &[1, 3, PATCH, PATCH], &ones);
        self.floats(&n("flat"), &[1], &[FLAT]);
        self.floats(&n("zero"), &[1], &[0.0]);
        self.floats(&n("filters"), &[PATCH_LEN, 3, PATCH, PATCH], &centred(dictionary));
        self.floats(&n("shift"), &[1, PATCH_LEN, 1, 1], &dictionary.shift);
        self.floats(&n("all"), &[1, PATCH_LEN, 1, 1], &[1.0; PATCH_LEN]);
        let twice: Vec<f32> = dictionary.centroids.as_slice().iter().map(|value| -2.0 * value).collect();
        self.floats(&n("centroids"), &[k, PATCH_LEN, 1, 1], &twice);
        let squares: Vec<f32> =
            (0..k).map(|i| dictionary.centroids.row(i).iter().map(|value| value * value).sum()).collect();
        self.floats(&n("lengths"), &[k], &squares);

        self.node("Conv", &[source, &n("ones")], &n("mean"), window(PATCH, stride));
        self.node("Mul", &[source, source], &n("square"), Vec::new());
        self.node("Conv", &[&n("square"), &n("ones")], &n("mean_square"), window(PATCH, stride));
        self.node("Mul", &[&n("mean"), &n("mean")], &n("squared_mean"), Vec::new());
        self.node("Sub", &[&n("mean_square"), &n("squared_mean")], &n("rough_variance"), Vec::new());
        self.node("Max", &[&n("rough_variance"), &n("zero")], &n("variance"), Vec::new());
        self.node("Add", &[&n("variance"), &n("flat")], &n("energy"), Vec::new());
        self.node("Sqrt", &[&n("energy")], &n("deviation"), Vec::new());
        self.node("Conv", &[source, &n("filters")], &n("response"), window(PATCH, stride));
        self.node("Div", &[&n("response"), &n("deviation")], &n("scaled"), Vec::new());
        self.node("Sub", &[&n("scaled"), &n("shift")], &n("white"), Vec::new());
        self.node("Mul", &[&n("white"), &n("white")], &n("white_square"), Vec::new());
        self.node("Conv", &[&n("white_square"), &n("all")], &n("length"), window(1, 1));
        self.node("Conv", &[&n("white"), &n("centroids"), &n("lengths")], &n("partial"), window(1, 1));
        self.node("Add", &[&n("partial"), &n("length")], &n("rough_distance"), Vec::new());
        self.node("Relu", &[&n("rough_distance")], &n("squared_distance"), Vec::new());
        self.node("Sqrt", &[&n("squared_distance")], &n("distance"), Vec::new());
        let over_entries = vec![build::int_list("axes", &[1]), build::int("keepdims", 1)];
        self.node("ReduceMean", &[&n("distance")], &n("average"), over_entries);
        self.node("Sub", &[&n("average"), &n("distance")], &n("nearer"), Vec::new());
        self.node("Relu", &[&n("nearer")], &n("triangle"), Vec::new());
        // Quadrants; with an odd number of positions the middle ones count for both sides.
        let positions = (side - PATCH) / stride + 1;
        let quadrant = positions.div_ceil(2);
        self.node("AveragePool", &[&n("triangle")], &n("quadrants"), window(quadrant, positions - quadrant));
        self.node("Flatten", &[&n("quadrants")], &n("answers"), vec![build::int("axis", 1)]);
        n("answers")
    }
}

/// The whitening filters with the removal of a patch's mean folded in: 108 × 108.
fn centred(dictionary: &Dictionary) -> Vec<f32> {
    let rows = dictionary.whitening.as_slice().chunks_exact(PATCH_LEN);
    rows.flat_map(|row| {
        let mean = row.iter().sum::<f32>() / PATCH_LEN as f32;
        row.iter().map(move |value| value - mean)
    })
    .collect()
}
