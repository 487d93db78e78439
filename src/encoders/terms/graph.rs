//! The learned encoder as an ONNX graph, and back.
//!
//! `Tokenizer` (of ONNX Runtime's own operators) parts a text into characters and into words, `LabelEncoder` numbers them,
//! whatever their case, and `TfIdfVectorizer` counts the n-grams of the numbers. Lower-casing by `StringNormalizer` is not used:
//! it depends on the locales of the system. The graph is as exact as this code on every text: the tokeniser's expression is
//! plain ranges of characters, and both look up what is written in the file.

use std::collections::{BTreeMap, HashMap};

use half::f16;

use super::alphabet::Alphabet;
use super::grams::{GAP, Gram, Grams, LONGEST, NEVER, length, longer, numbers};
use super::vocabulary::{Letters, Vocabulary};
use super::{SHORTEST, Terms, TermsError};
use crate::math::Matrix;
use crate::onnx::messages::{OperatorSetId, attribute_kind, data_type};
use crate::onnx::{Attribute, Dim, Graph, Model, Node, build};

/// The input: N texts.
pub const INPUT: &str = "text";
/// The output: numbers, [N, D].
pub const OUTPUT: &str = "embedding";
const OPSET: i64 = 13;
const IR_VERSION: i64 = 7;
const LETTERS: &str = "letters";
const LETTER_NUMBERS: &str = "letter_numbers";
const LETTER_COUNTS: &str = "letter_counts";
const WORDS: &str = "words";
const WORD_NUMBERS: &str = "word_numbers";
const WORD_COUNTS: &str = "word_counts";
const PROJECTION: &str = "half_projection";
/// A key that is no word and no letter: the lists of an operator are never empty.
const NO_KEY: &str = " ";

/// See [`Terms::to_model`].
pub(super) fn model(vocabulary: &Vocabulary, projection: &Matrix) -> Model {
    let halves: Vec<f16> = projection.as_slice().iter().map(|&value| f16::from_f32(value)).collect();
    let graph = Graph {
        name: Some("terms".to_owned()),
        node: nodes(vocabulary),
        initializer: vec![
            build::floats("one", &[], &[1.0]),
            build::floats("shortest", &[], &[SHORTEST]),
            build::halves(PROJECTION, &[projection.rows(), projection.cols()], &halves),
        ],
        input: vec![build::value(INPUT, data_type::STRING, &[Dim::Open])],
        output: vec![build::batch_of(OUTPUT, &[projection.cols()])],
        ..Graph::default()
    };
    let set = |domain: &str, version| OperatorSetId { domain: Some(domain.to_owned()), version: Some(version) };
    Model {
        ir_version: Some(IR_VERSION),
        producer_name: Some("querist".to_owned()),
        producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        opset_import: vec![set("", OPSET), set("ai.onnx.ml", 2), set("com.microsoft", 1)],
        graph: Some(graph),
        ..Model::default()
    }
}

fn nodes(vocabulary: &Vocabulary) -> Vec<Node> {
    let letters = vocabulary.letters.numbers().iter().map(|(c, &number)| (c.to_string(), number));
    let words = vocabulary.words.iter().map(|(word, &number)| (word.clone(), number));
    let [shortest, longest] = vocabulary.lengths;
    let parts = build::texts("separators", &[""]);
    let expression = build::text("tokenexp", &vocabulary.alphabet.expression());
    let plain = |op: &str, inputs: &[&str], output: &str| build::node(op, inputs, &[output], Vec::new());
    let rows = vec![build::int_list("axes", &[1]), build::int("keepdims", 1)];
    vec![
        tokeniser(LETTERS, parts),
        encoder(LETTERS, LETTER_NUMBERS, letters.collect(), GAP),
        counter(LETTER_NUMBERS, LETTER_COUNTS, &vocabulary.letter_grams, shortest, longest),
        tokeniser(WORDS, expression),
        encoder(WORDS, WORD_NUMBERS, words.collect(), 0),
        counter(WORD_NUMBERS, WORD_COUNTS, &vocabulary.word_grams, 1, 2),
        build::node("Concat", &[WORD_COUNTS, LETTER_COUNTS], &["times"], vec![build::int("axis", 1)]),
        // 1 + ln(times), and 0 for none.
        plain("Max", &["times", "one"], "least_one"),
        plain("Log", &["least_one"], "logarithm"),
        plain("Add", &["logarithm", "one"], "if_there"),
        plain("Min", &["times", "one"], "is_there"),
        plain("Mul", &["if_there", "is_there"], "weights"),
        build::node("Cast", &[PROJECTION], &["projection"], vec![build::int("to", i64::from(data_type::FLOAT))]),
        plain("MatMul", &["weights", "projection"], "sum"),
        build::node("ReduceL2", &["sum"], &["length"], rows),
        plain("Max", &["length", "shortest"], "divisor"),
        plain("Div", &["sum", "divisor"], OUTPUT),
    ]
}

/// Parts N texts into `[N, longest]`. The marks before and after a text keep that from being empty beside another text; they are
/// unknown, as is the padding.
fn tokeniser(output: &str, how: Attribute) -> Node {
    let attributes = vec![build::int("mark", 1), build::int("mincharnum", 1), build::text("pad_value", ""), how];
    Node { domain: Some("com.microsoft".to_owned()), ..build::node("Tokenizer", &[INPUT], &[output], attributes) }
}

fn encoder(input: &str, output: &str, keys: BTreeMap<String, u32>, unknown: u32) -> Node {
    let mut keys = keys;
    keys.insert(NO_KEY.to_owned(), unknown);
    let names: Vec<&str> = keys.keys().map(String::as_str).collect();
    let values: Vec<i64> = keys.values().map(|&number| i64::from(number)).collect();
    let attributes = vec![
        build::texts("keys_strings", &names),
        build::int_list("values_int64s", &values),
        build::int("default_int64", i64::from(unknown)),
    ];
    Node { domain: Some("ai.onnx.ml".to_owned()), ..build::node("LabelEncoder", &[input], &[output], attributes) }
}

fn counter(input: &str, output: &str, grams: &Grams, shortest: usize, longest: usize) -> Node {
    let list = grams.list();
    let pool: Vec<i64> = list.iter().flat_map(|&gram| numbers(gram)).map(i64::from).collect();
    // Where the n-grams of each length begin in the pool.
    let start = |len: usize| list.iter().map(|&gram| length(gram)).filter(|&found| found < len).sum::<usize>() as i64;
    let starts: Vec<i64> = (1..=longest).map(start).collect();
    let indexes: Vec<i64> = (0..list.len() as i64).collect();
    let attributes = vec![
        build::text("mode", "TF"),
        build::int("min_gram_length", shortest as i64),
        build::int("max_gram_length", longest as i64),
        build::int("max_skip_count", 0),
        build::int_list("ngram_counts", &starts),
        build::int_list("ngram_indexes", &indexes),
        build::int_list("pool_int64s", &pool),
    ];
    build::node("TfIdfVectorizer", &[input], &[output], attributes)
}

/// See [`Terms::from_model`]: what is read must give the same nodes again.
pub(super) fn read(model: &Model) -> Result<Terms, TermsError> {
    let graph = model.graph.as_ref().ok_or(TermsError::Foreign("graph"))?;
    let node = |name: &'static str| {
        let found = graph.node.iter().find(|node| node.output.first().is_some_and(|output| output == name));
        found.ok_or(TermsError::Foreign(name))
    };
    let expression = one(node(WORDS)?, "tokenexp").and_then(|attribute| attribute.s.as_deref());
    let expression = expression.and_then(|bytes| std::str::from_utf8(bytes).ok());
    let alphabet = expression.and_then(Alphabet::from_expression).ok_or(TermsError::Foreign(WORDS))?;
    let words: HashMap<String, u32> = keys(node(WORD_NUMBERS)?).ok_or(TermsError::Foreign(WORD_NUMBERS))?;
    if !words.keys().all(|word| alphabet.is_word(word)) {
        return Err(TermsError::Foreign(WORD_NUMBERS));
    }
    let letters = keys(node(LETTER_NUMBERS)?).ok_or(TermsError::Foreign(LETTER_NUMBERS))?.into_iter();
    let letter = |(key, number): (String, u32)| {
        let mut chars = key.chars();
        // The marks around a text are gaps.
        let c = chars.next().filter(|c| chars.next().is_none() && !c.is_control())?;
        Some((c, number))
    };
    let letters: Option<HashMap<char, u32>> = letters.map(letter).collect();
    let letters = Letters::new(letters.ok_or(TermsError::Foreign(LETTER_NUMBERS))?);
    let counted = node(LETTER_COUNTS)?;
    let length = |name| one(counted, name).and_then(|attribute| usize::try_from(attribute.i?).ok());
    let lengths = length("min_gram_length").zip(length("max_gram_length"));
    let within = |&(shortest, longest): &(usize, usize)| 1 <= shortest && shortest <= longest && longest <= LONGEST;
    let (shortest, longest) = lengths.filter(within).ok_or(TermsError::Foreign(LETTER_COUNTS))?;
    let letter_grams = grams(counted, longest).ok_or(TermsError::Foreign(LETTER_COUNTS))?;
    let word_grams = grams(node(WORD_COUNTS)?, 2).ok_or(TermsError::Foreign(WORD_COUNTS))?;
    let vocabulary = Vocabulary { alphabet, words, letters, lengths: [shortest, longest], word_grams, letter_grams };
    let projection = projection(graph, vocabulary.columns()).ok_or(TermsError::Foreign(PROJECTION))?;
    if graph.node != nodes(&vocabulary) {
        return Err(TermsError::Foreign("nodes"));
    }
    Ok(Terms::new(vocabulary, projection))
}

fn one<'a>(node: &'a Node, name: &str) -> Option<&'a Attribute> {
    node.attribute.iter().find(|attribute| attribute.name() == name)
}

/// The numbered keys of a `LabelEncoder`.
fn keys(node: &Node) -> Option<HashMap<String, u32>> {
    let (keys, values) = (&one(node, "keys_strings")?.strings, &one(node, "values_int64s")?.ints);
    if keys.len() != values.len() {
        return None;
    }
    let pairs = keys.iter().zip(values).filter(|(key, _)| key.as_slice() != NO_KEY.as_bytes());
    pairs.map(|(key, &value)| Some((String::from_utf8(key.clone()).ok()?, number(value)?))).collect()
}

fn number(value: i64) -> Option<u32> {
    u32::try_from(value).ok().filter(|number| (1..=NEVER).contains(number))
}

/// The n-grams of a `TfIdfVectorizer`, at most `longest` numbers each.
fn grams(node: &Node, longest: usize) -> Option<Grams> {
    let (starts, pool) = (&one(node, "ngram_counts")?.ints, &one(node, "pool_int64s")?.ints);
    if starts.len() != longest || one(node, "pool_int64s")?.kind != Some(attribute_kind::INTS) {
        return None;
    }
    let ends = starts.iter().skip(1).copied().chain([pool.len() as i64]);
    let mut list = Vec::new();
    for (len, (&start, end)) in (1..).zip(starts.iter().zip(ends)) {
        let part = pool.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)?;
        for gram in part.chunks(len) {
            let gram: Option<Gram> = gram.iter().try_fold(0, |gram, &value| Some(longer(gram, number(value)?)));
            list.push(gram?);
        }
    }
    Grams::new(list)
}

fn projection(graph: &Graph, columns: usize) -> Option<Matrix> {
    let tensor = graph.initializer.iter().find(|tensor| tensor.name() == PROJECTION)?;
    let [rows, dim] = *tensor.dims.as_slice() else { return None };
    let (rows, dim) = (usize::try_from(rows).ok()?, usize::try_from(dim).ok()?);
    let raw = tensor.raw_data.as_ref().filter(|_| tensor.data_type == Some(data_type::FLOAT16))?;
    let values: Vec<f32> = raw.as_chunks::<2>().0.iter().map(|&bytes| f16::from_le_bytes(bytes).to_f32()).collect();
    let fits = rows == columns && dim > 0 && Some(values.len()) == rows.checked_mul(dim);
    (fits && values.iter().all(|value| value.is_finite())).then(|| Matrix::new(rows, dim, values))
}
