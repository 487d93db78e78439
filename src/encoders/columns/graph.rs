//! The learned encoder as an ONNX graph, and back: an input for each column, everything else inside.
//!
//! Columns of numbers and dates are joined first, so that there are as many nodes for three hundred as for one. Hats are
//! differences of ramps, each a clipped line. At the end all is rounded to half precision, as the store does.

use super::reduce::TableReduction;
use super::{CYCLES, Categories, ColumnEncoder, HATS, KNOTS, NumberScale, PERIODS, STEP, STEPS, WAVE};
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
    /// The number that all rows share.
    shared: f32,
    /// Features that are no axes.
    rest: usize,
}

impl ColumnEncoder {
    /// One input per column, `float` [N, 1] for numbers (NaN where missing) and dates (days since 1970), `string` [N, 1] for
    /// categories (empty where missing); `embedding` [N, D] out.
    pub fn to_model(&self) -> Model {
        let mut parts = GraphParts::default();
        // Features as `ColumnEncoder::features` orders them.
        let (mut features, mut later) = (Vec::new(), Vec::new());
        if !self.numbers.is_empty() {
            self.add_numbers(&mut parts, &mut features);
            later.push("hats".to_owned());
        }
        if self.dates > 0 {
            self.add_dates(&mut parts, &mut later);
        }
        let category = |holds| holds == ColumnHolds::Category;
        let texts = self.spec.columns.iter().filter(|column| category(column.holds));
        for (at, (column, categories)) in texts.zip(&self.categories).enumerate() {
            if categories.width() > 0 {
                features.push(parts.category(at, &column.input, categories));
            }
        }
        features.extend(later);
        let names: Vec<&str> = features.iter().map(String::as_str).collect();
        parts.node("Concat", &names, "features", vec![build::int("axis", 1)]);
        self.add_embedding(&mut parts);
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
            shared: self.reduction.shared,
            rest: self.reduction.rest,
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
        parts.floats("step", &[], &[STEP]);
        parts.floats("steps", &[], &[STEPS]);
        parts.stepped("weighted", "stepped");
        parts.own("Flatten", &["stepped"], "hats", vec![build::int("axis", 1)]);
        features.push("standardised".to_owned());
        let gaps: Vec<i64> = self.gaps().map(|at| at as i64).collect();
        if !gaps.is_empty() {
            parts.ints("with_gaps", &gaps);
            parts.own("Gather", &["missing", "with_gaps"], "gaps", vec![build::int("axis", 1)]);
            features.push("gaps".to_owned());
        }
    }

    /// From features to the embedding: axes, the rest or its directions, and what all rows share, in half precision.
    fn add_embedding(&self, parts: &mut GraphParts) {
        let TableReduction { axes, rest, rows, offset, shared } = &self.reduction;
        let plain = Vec::new;
        let to = |kind: i32| vec![build::int("to", kind.into())];
        parts.floats("shrink", &[], &[1.0 / shared]);
        parts.floats("shared", &[], &[*shared]);
        parts.ints("by_column", &[1]);
        parts.ints("begin", &[0]);
        parts.ints("behind_axes", &[*axes as i64]);
        parts.ints("end", &[(axes + rest) as i64]);
        let mut places = Vec::new();
        if *axes > 0 {
            parts.own("Slice", &["features", "begin", "behind_axes", "by_column"], "axes", plain());
            places.push("axes");
        }
        if *rest > 0 {
            parts.own("Slice", &["features", "behind_axes", "end", "by_column"], "rest", plain());
        }
        if let Some(rows) = rows {
            parts.floats("projection", &[rows.rows(), rows.cols()], rows.as_slice());
            parts.floats("offset", &[offset.len()], &offset.iter().map(|value| -value).collect::<Vec<_>>());
            parts.floats("least", &[], &[-shared]);
            parts.floats("most", &[], &[*shared]);
            parts.own("Gemm", &["rest", "projection", "offset"], "turned", vec![build::int("transB", 1)]);
            parts.own("Clip", &["turned", "least", "most"], "directions", plain());
            places.push("directions");
        } else if *rest > 0 {
            places.push("rest");
        }
        // One number for each row.
        parts.ints("first", &[1]);
        parts.floats("nothing_of", &[], &[0.0]);
        parts.own("Slice", &["features", "begin", "first", "by_column"], "any", plain());
        parts.own("Mul", &["any", "nothing_of"], "nothing_any", plain());
        parts.own("Add", &["nothing_any", "shared"], "same", plain());
        places.push("same");
        parts.own("Concat", &places, "exact", vec![build::int("axis", 1)]);
        parts.own("Mul", &["exact", "shrink"], "small", plain());
        parts.own("Cast", &["small"], "half", to(data_type::FLOAT16));
        parts.own("Cast", &["half"], "rounded", to(data_type::FLOAT));
        parts.nodes.push(build::node("Mul", &["columns/rounded", "columns/shared"], &[OUTPUT], plain()));
    }

    /// The places of dates in year, week and day.
    fn add_dates(&self, parts: &mut GraphParts, features: &mut Vec<String>) {
        let n = self.numbers.len();
        parts.ints("first_date", &[(n - self.dates) as i64]);
        parts.ints("behind_dates", &[n as i64]);
        parts.ints("second", &[1]);
        for (name, value) in [("cycles", CYCLES), ("quarter", 0.25), ("middle", 0.5), ("eight", 8.0), ("sixteen", 16.0)]
        {
            parts.floats(name, &[], &[value]);
        }
        parts.floats("wave_least", &[], &[WAVE.0]);
        parts.floats("wave_more", &[], &[WAVE.1]);
        parts.own("Slice", &["filled", "first_date", "behind_dates", "second"], "days", Vec::new());
        parts.own("Slice", &["here", "first_date", "behind_dates", "second"], "days_here", Vec::new());
        parts.own("Mul", &["days_here", "cycles"], "days_weight", Vec::new());
        for (at, period) in PERIODS.into_iter().enumerate() {
            let name = |part: &str| format!("period{at}/{part}");
            parts.floats(&name("length"), &[], &[period]);
            parts.own("Div", &["days", &name("length")], &name("turns"), Vec::new());
            parts.own("Add", &[&name("turns"), "quarter"], &name("later"), Vec::new());
            for turns in [name("turns"), name("later")] {
                parts.wave(&turns);
                parts.own("Mul", &[&format!("{turns}/wave"), "days_weight"], &format!("{turns}/weighted"), Vec::new());
                parts.stepped(&format!("{turns}/weighted"), &format!("{turns}/stepped"));
                features.push(format!("{turns}/stepped"));
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

    /// The nearest multiple of a step.
    fn stepped(&mut self, of: &str, output: &str) {
        self.own("Mul", &[of, "steps"], &format!("{output}/many"), Vec::new());
        self.own("Round", &[&format!("{output}/many")], &format!("{output}/whole"), Vec::new());
        self.own("Mul", &[&format!("{output}/whole"), "step"], output, Vec::new());
    }

    /// As [`super::wave`], of turns.
    fn wave(&mut self, turns: &str) {
        let name = |part: &str| format!("{turns}/{part}");
        self.own("Floor", &[turns], &name("floor"), Vec::new());
        self.own("Sub", &[turns, &name("floor")], &name("fraction"), Vec::new());
        self.own("Sub", &[&name("fraction"), "middle"], &name("part"), Vec::new());
        self.own("Abs", &[&name("part")], &name("far"), Vec::new());
        self.own("Mul", &[&name("far"), "sixteen"], &name("steep"), Vec::new());
        self.own("Sub", &[&name("steep"), "eight"], &name("slope"), Vec::new());
        self.own("Mul", &[&name("part"), &name("slope")], &name("arch"), Vec::new());
        self.own("Abs", &[&name("arch")], &name("height"), Vec::new());
        self.own("Mul", &[&name("height"), "wave_more"], &name("more"), Vec::new());
        self.own("Add", &[&name("more"), "wave_least"], &name("factor"), Vec::new());
        self.own("Mul", &[&name("arch"), &name("factor")], &name("wave"), Vec::new());
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
    let LearnedColumns { spec, numbers, categories, shared, rest } = serde_json::from_str(line.value()).ok()?;
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
    let reduction = TableReduction { axes: spec.axes, rest, shared, ..TableReduction::default() };
    let mut encoder = ColumnEncoder { spec, numbers, dates, categories, reduction };
    let fits = encoder.spec.axes <= encoder.plain() && encoder.spec.axes + rest == encoder.width();
    if !fits || shared.is_nan() || shared <= 0.0 {
        return None;
    }
    if let (Some(projection), Some(offset)) = (tensor(PROJECTION), tensor(OFFSET)) {
        if projection.len() != offset.len() * rest {
            return None;
        }
        encoder.reduction.rows = Some(Matrix::new(offset.len(), rest, projection));
        encoder.reduction.offset = offset.into_iter().map(|value| -value).collect();
    }
    (encoder.reduction.dim() == encoder.spec.dim).then_some(encoder)
}
