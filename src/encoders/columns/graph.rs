//! The learned encoder as an ONNX graph, and back: an input for each column, everything else inside.
//!
//! Columns of numbers and dates are joined first, so that there are as many nodes for three hundred as for one. Hats are
//! differences of ramps, each a clipped line.

use super::reduce::TableReduction;
use super::{CYCLES, Categories, ColumnEncoder, HATS, KNOTS, NumberScale, PERIODS};
use crate::math::Matrix;
use crate::modality::table::{ColumnHolds, TableSpec};
use crate::onnx::messages::{OperatorSetId, data_type};
use crate::onnx::{Attribute, Dim, Graph, Model, Node, Tensor, build};
use crate::runtime::EncodeError;

pub(super) const OUTPUT: &str = "embedding";
/// What names inside the graph begin with.
pub(super) const OWN: &str = "columns/";
/// The line of metadata that holds what tensors do not.
const LEARNED: &str = "querist.columns";
const PROJECTION: &str = "columns/projection";
const OFFSET: &str = "columns/offset";
const OPSET: i64 = 13;
const IR_VERSION: i64 = 7;

/// What tensors do not hold.
#[derive(serde::Serialize, serde::Deserialize)]
struct LearnedColumns {
    spec: TableSpec,
    numbers: Vec<NumberScale>,
    categories: Vec<Categories>,
}

impl ColumnEncoder {
    /// One input per column, `float` [N, 1] for numbers (NaN where missing) and dates (days since 1970), `string` [N, 1] for
    /// categories (empty where missing); `embedding` [N, D] out.
    pub fn to_model(&self) -> Model {
        let mut parts = GraphParts::default();
        let mut features = Vec::new();
        if !self.numbers.is_empty() {
            self.add_numbers(&mut parts, &mut features);
        }
        if self.dates > 0 {
            self.add_dates(&mut parts, &mut features);
        }
        let category = |holds| holds == ColumnHolds::Category;
        let texts = self.spec.columns.iter().filter(|column| category(column.holds));
        for (at, (column, categories)) in texts.zip(&self.categories).enumerate() {
            if categories.width() > 0 {
                features.push(parts.category(at, &column.input, categories));
            }
        }
        let names: Vec<&str> = features.iter().map(String::as_str).collect();
        parts.node("Concat", &names, "features", vec![build::int("axis", 1)]);
        let TableReduction { rows, offset } = &self.reduction;
        parts.floats("projection", &[rows.rows(), rows.cols()], rows.as_slice());
        parts.floats("offset", &[offset.len()], &offset.iter().map(|value| -value).collect::<Vec<_>>());
        let last =
            build::node("Gemm", &["columns/features", PROJECTION, OFFSET], &[OUTPUT], vec![build::int("transB", 1)]);
        parts.nodes.push(last);
        let inputs = self.spec.columns.iter().map(|column| {
            let kind = if category(column.holds) { data_type::STRING } else { data_type::FLOAT };
            build::value(&column.input, kind, &[Dim::Open, Dim::Fixed(1)])
        });
        let graph = Graph {
            name: Some("columns".to_owned()),
            node: parts.nodes,
            initializer: parts.constants,
            input: inputs.collect(),
            output: vec![build::batch_of(OUTPUT, &[self.dim()])],
            ..Graph::default()
        };
        let learned = LearnedColumns {
            spec: self.spec.clone(),
            numbers: self.numbers.clone(),
            categories: self.categories.clone(),
        };
        let set = |domain: &str, version| OperatorSetId { domain: Some(domain.to_owned()), version: Some(version) };
        Model {
            ir_version: Some(IR_VERSION),
            producer_name: Some("querist".to_owned()),
            producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            opset_import: vec![set("", OPSET), set("ai.onnx.ml", 2)],
            metadata_props: vec![build::property(LEARNED, &serde_json::to_string(&learned).unwrap_or_default())],
            graph: Some(graph),
            ..Model::default()
        }
    }

    /// The encoder that [`ColumnEncoder::to_model`] wrote.
    ///
    /// # Errors
    /// When the model is another one.
    pub fn from_model(model: &Model) -> Result<Self, EncodeError> {
        let foreign =
            || EncodeError::Spec("the model is no built-in encoder of rows; learn the encoder again".to_owned());
        read(model).ok_or_else(foreign)
    }

    /// Standardised numbers, hats, and what is missing.
    fn add_numbers(&self, parts: &mut GraphParts, features: &mut Vec<String>) {
        let (n, plain) = (self.numbers.len(), Vec::new);
        let each = |of: fn(&NumberScale) -> f32| self.numbers.iter().map(of).collect::<Vec<f32>>();
        parts.floats("mean", &[1, n], &each(|scale| scale.mean));
        parts.floats("scale", &[1, n], &each(|scale| scale.scale));
        parts.floats("low", &[1, n], &each(|scale| scale.low));
        parts.floats("high", &[1, n], &each(|scale| scale.high));
        let ramps: Vec<(f32, f32)> = self.numbers.iter().flat_map(NumberScale::ramps).collect();
        let (from, inverse): (Vec<f32>, Vec<f32>) = ramps.into_iter().unzip();
        parts.floats("from", &[1, n, KNOTS - 1], &from);
        parts.floats("inverse", &[1, n, KNOTS - 1], &inverse);
        parts.floats("zero", &[], &[0.0]);
        parts.floats("one", &[], &[1.0]);
        parts.floats("weight", &[], &[HATS]);
        parts.ints("third", &[2]);
        let inputs: Vec<&str> = self.spec.columns.iter().take(n).map(|column| column.input.as_str()).collect();
        parts.nodes.push(build::node("Concat", &inputs, &["columns/given"], vec![build::int("axis", 1)]));
        parts.own("IsNaN", &["given"], "gone", plain());
        parts.own("Where", &["gone", "mean", "given"], "filled", plain());
        parts.own("Max", &["filled", "low"], "above", plain());
        parts.own("Min", &["above", "high"], "held", plain());
        parts.own("Sub", &["held", "mean"], "centred", plain());
        parts.own("Mul", &["centred", "scale"], "standardised", plain());
        parts.own("Cast", &["gone"], "missing", vec![build::int("to", data_type::FLOAT.into())]);
        parts.own("Sub", &["one", "missing"], "here", plain());
        parts.own("Unsqueeze", &["held", "third"], "each", plain());
        parts.own("Unsqueeze", &["here", "third"], "each_here", plain());
        parts.own("Sub", &["each", "from"], "along", plain());
        parts.own("Mul", &["along", "inverse"], "shares", plain());
        parts.own("Clip", &["shares", "zero", "one"], "clipped", plain());
        parts.own("Mul", &["clipped", "each_here"], "ramps", plain());
        parts.own("Sub", &["each_here", "each_here"], "nothing", plain());
        parts.own("Concat", &["each_here", "ramps"], "rising", vec![build::int("axis", 2)]);
        parts.own("Concat", &["ramps", "nothing"], "falling", vec![build::int("axis", 2)]);
        parts.own("Sub", &["rising", "falling"], "apart", plain());
        parts.own("Mul", &["apart", "weight"], "weighted", plain());
        parts.own("Flatten", &["weighted"], "hats", vec![build::int("axis", 1)]);
        features.extend(["standardised", "hats", "missing"].map(str::to_owned));
    }

    /// The places of dates in year, week and day.
    fn add_dates(&self, parts: &mut GraphParts, features: &mut Vec<String>) {
        let n = self.numbers.len();
        parts.ints("first_date", &[(n - self.dates) as i64]);
        parts.ints("behind_dates", &[n as i64]);
        parts.ints("second", &[1]);
        parts.floats("turn", &[], &[std::f32::consts::TAU]);
        parts.floats("cycles", &[], &[CYCLES]);
        parts.own("Slice", &["filled", "first_date", "behind_dates", "second"], "days", Vec::new());
        parts.own("Slice", &["here", "first_date", "behind_dates", "second"], "days_here", Vec::new());
        parts.own("Mul", &["days_here", "cycles"], "days_weight", Vec::new());
        for (at, period) in PERIODS.into_iter().enumerate() {
            let name = |part: &str| format!("period{at}/{part}");
            parts.floats(&name("length"), &[], &[period]);
            parts.own("Div", &["days", &name("length")], &name("turns"), Vec::new());
            parts.own("Floor", &[&name("turns")], &name("whole"), Vec::new());
            parts.own("Sub", &[&name("turns"), &name("whole")], &name("part"), Vec::new());
            parts.own("Mul", &[&name("part"), "turn"], &name("angle"), Vec::new());
            for op in ["Sin", "Cos"] {
                let waved = name(&op.to_lowercase());
                parts.own(op, &[&name("angle")], &waved, Vec::new());
                parts.own("Mul", &[&waved, "days_weight"], &format!("{waved}/weighted"), Vec::new());
                features.push(format!("{waved}/weighted"));
            }
        }
    }
}

/// Nodes and constants, whose names begin with [`OWN`] unless they are inputs of the graph.
#[derive(Default)]
struct GraphParts {
    nodes: Vec<Node>,
    constants: Vec<Tensor>,
}

impl GraphParts {
    fn node(&mut self, op: &str, inputs: &[&str], output: &str, attributes: Vec<Attribute>) {
        self.own(op, inputs, output, attributes);
    }

    fn own(&mut self, op: &str, inputs: &[&str], output: &str, attributes: Vec<Attribute>) {
        let inputs: Vec<String> = inputs.iter().map(|name| format!("{OWN}{name}")).collect();
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        self.nodes.push(build::node(op, &inputs, &[&format!("{OWN}{output}")], attributes));
    }

    fn floats(&mut self, name: &str, dims: &[usize], values: &[f32]) {
        self.constants.push(build::floats(&format!("{OWN}{name}"), dims, values));
    }

    fn ints(&mut self, name: &str, values: &[i64]) {
        self.constants.push(build::ints(&format!("{OWN}{name}"), values));
    }

    /// The features of a column of categories: [N, values]. Returns their name.
    fn category(&mut self, at: usize, input: &str, categories: &Categories) -> String {
        let name = |part: &str| format!("category{at}/{part}");
        let mut keys: Vec<&str> = categories.values.iter().map(String::as_str).collect();
        keys.push("");
        let mut values: Vec<i64> = (0..categories.values.len() as i64).collect();
        values.push(categories.place("").map_or(-1, |place| place as i64));
        let others = if categories.others { categories.values.len() as i64 } else { -1 };
        let attributes = vec![
            build::texts("keys_strings", &keys),
            build::int_list("values_int64s", &values),
            build::int("default_int64", others),
        ];
        let numbered = format!("{OWN}{}", name("number"));
        let encoder = build::node("LabelEncoder", &[input], &[&numbered], attributes);
        self.nodes.push(Node { domain: Some("ai.onnx.ml".to_owned()), ..encoder });
        self.ints(&name("places"), &(0..categories.width() as i64).collect::<Vec<_>>());
        self.own("Equal", &[&name("number"), &name("places")], &name("is"), Vec::new());
        self.own("Cast", &[&name("is")], &name("values"), vec![build::int("to", data_type::FLOAT.into())]);
        name("values")
    }
}

fn read(model: &Model) -> Option<ColumnEncoder> {
    let line = model.metadata_props.iter().find(|line| line.key() == LEARNED)?;
    let LearnedColumns { spec, numbers, categories } = serde_json::from_str(line.value()).ok()?;
    let spec = TableSpec::from_json(&spec.to_json()).ok()?;
    let graph = model.graph.as_ref()?;
    let tensor = |name: &str| -> Option<Vec<f32>> {
        let found = graph.initializer.iter().find(|tensor| tensor.name() == name)?;
        let four = |bytes: &[u8]| Some(f32::from_le_bytes(bytes.try_into().ok()?));
        found.raw_data.as_ref()?.chunks_exact(4).map(four).collect()
    };
    let of = |holds| spec.columns.iter().filter(|column| column.holds == holds).count();
    let dates = of(ColumnHolds::Date);
    if numbers.len() != of(ColumnHolds::Number) + dates || categories.len() != of(ColumnHolds::Category) {
        return None;
    }
    if numbers.iter().any(|scale| scale.knots.len() > KNOTS) {
        return None;
    }
    let (projection, offset) = (tensor(PROJECTION)?, tensor(OFFSET)?);
    let none = TableReduction { rows: Matrix::zeros(0, 0), offset: Vec::new() };
    let mut encoder = ColumnEncoder { spec, numbers, dates, categories, reduction: none };
    let (d, f) = (offset.len(), encoder.width());
    if d != encoder.spec.dim || projection.len() != d * f {
        return None;
    }
    let offset = offset.into_iter().map(|value| -value).collect();
    encoder.reduction = TableReduction { rows: Matrix::new(d, f, projection), offset };
    Some(encoder)
}
